import { setImmediate as everythingElse } from 'node:timers/promises';
import type { PhoneOutcome, PushCallRequest, PushCancelRequest, PushResult } from 'pns-proxy-client';
import { PnsProxyError } from 'pns-proxy-client';
import type { AskOptions } from '../../../pbx/src/calls/ask.ts';
import { createAsking } from '../../../pbx/src/calls/ask.ts';
import { createCalls } from '../../../pbx/src/calls/calls.ts';
import type { Clock } from '../../../pbx/src/calls/clock.ts';
import type { CallPorts } from '../../../pbx/src/calls/ports.ts';
import type { Log, LogEvent } from '../../../pbx/src/log/log.ts';
import type { Settings } from '../../../pbx/src/settings/settings.ts';
import { noon } from '../../support/builders.ts';
import { settingsOf } from '../support/settings.ts';

export const uuid = '11111111-2222-4333-8444-555555555555';
export const otherUuid = 'aaaaaaaa-2222-4333-8444-555555555555';

/** A clock that goes on as it is told, and rings what is due on the way. */
export const createManualClock = () => {
  let now = noon;
  let alarms: { at: number; ring: () => void }[] = [];
  const clock: Clock = {
    now: () => now,
    alarm: (milliseconds, ring) => {
      const alarm = { at: now + Math.max(0, milliseconds), ring };
      const takeBack = () => {
        alarms = alarms.filter((other) => other !== alarm);
      };
      alarms.push(alarm);
      return takeBack;
    },
  };
  const advance = async (milliseconds: number): Promise<void> => {
    const end = now + milliseconds;
    for (;;) {
      await everythingElse();
      const [next] = alarms.toSorted((a, b) => a.at - b.at);
      if (next === undefined || next.at > end) break;
      now = next.at;
      alarms = alarms.filter((alarm) => alarm !== next);
      next.ring();
    }
    now = end;
  };
  return { clock, advance, alarms: () => alarms.length };
};

type Sent<Request> = {
  request: Request;
  options: AskOptions;
  /** When it was sent, counted from the start of the test, in milliseconds. */
  at: number;
  answer: (result: PushResult) => Promise<void>;
  fail: (error: unknown) => Promise<void>;
};

const record =
  <Request>(sent: Sent<Request>[], now: () => number) =>
  (request: Request, options: AskOptions) => {
    const { promise, resolve, reject } = Promise.withResolvers<PushResult>();
    sent.push({
      request,
      options,
      at: now() - noon,
      answer: async (result) => {
        resolve(result);
        await everythingElse();
      },
      fail: async (error) => {
        reject(error);
        await everythingElse();
      },
    });
    return promise;
  };

/** Calls whose proxy answers when the test says so, and whose time goes on as the test says. */
export const createBench = (changes: Partial<Settings> = {}, ports: Partial<CallPorts> = {}) => {
  const time = createManualClock();
  const pushes: Sent<PushCallRequest>[] = [];
  const cancels: Sent<PushCancelRequest>[] = [];
  const lines: ({ event: LogEvent; level: string } & Record<string, unknown>)[] = [];
  let settings = settingsOf(changes);
  const log: Log = (level, event, fields) => lines.push({ ...fields, level, event });
  const { ask, giveUp } = createAsking(time.clock, log);
  const calls = createCalls({
    ask,
    proxy: {
      pushCall: record(pushes, time.clock.now),
      pushCancel: record(cancels, time.clock.now),
    },
    settings: () => settings,
    log,
    clock: time.clock,
    ...ports,
  });
  return {
    calls,
    giveUp,
    pushes,
    cancels,
    lines,
    advance: time.advance,
    alarms: time.alarms,
    change: (next: Partial<Settings>) => {
      settings = { ...settings, ...next };
    },
    /** Pushes a call, and has the proxy answer with these phones. */
    ring: async (request: PushCallRequest, phones: PhoneOutcome[] = [android('A')]) => {
      const answered = calls.push(request);
      await everythingElse();
      await pushes.at(-1)?.answer(resultOf(...phones));
      return answered;
    },
  };
};
export type Bench = ReturnType<typeof createBench>;

/** Whether a promise is settled by now. */
export const isSettled = async (promise: Promise<unknown>): Promise<boolean> => {
  let settled = false;
  const note = () => {
    settled = true;
  };
  promise.then(note, note);
  await everythingElse();
  return settled;
};

export const resultOf = (...phones: PhoneOutcome[]): PushResult => ({
  devices: phones.length,
  accepted: phones.filter(({ accepted }) => accepted).length,
  uuid,
  phones,
});

export const android = (deviceId: string): PhoneOutcome => ({ deviceId, platform: 'fcm', accepted: true });
export const iPhone = (deviceId: string): PhoneOutcome => ({
  deviceId,
  platform: 'apns-voip',
  accepted: true,
});
/** A phone that was registered without a deviceId. */
export const nameless = (fingerprint: string): PhoneOutcome => ({
  fingerprint,
  platform: 'fcm',
  accepted: true,
});
export const refused = (deviceId: string): PhoneOutcome => ({
  deviceId,
  platform: 'fcm',
  accepted: false,
  reason: 'endpoint-disabled',
  retryable: false,
});

export const failure = (code: string, unknown: boolean): PnsProxyError =>
  new PnsProxyError(`it failed with ${code}`, {
    code,
    unknown,
    retryable: true,
    attempts: 1,
    requestId: 'r-1',
  });

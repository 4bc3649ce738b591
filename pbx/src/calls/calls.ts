import type { PushCallRequest } from 'pns-proxy-client';
import { describeError } from '../log/describe-error.ts';
import type { CallAnswer, CancelAnswer, CancelRequest, RegisteredRequest } from '../operations.ts';
import { createAsk } from './ask.ts';
import type { Call } from './call.ts';
import { addRegistered } from './call.ts';
import { createCallBook } from './call-book.ts';
import { createCancelling } from './cancelling.ts';
import { within } from './clock.ts';
import { patienceOf } from './patience.ts';
import type { CallPorts } from './ports.ts';
import type { Push } from './pushing.ts';
import { createPushing } from './pushing.ts';
import { uuidOfCallId } from './uuid.ts';

export type Calls = {
  /**
   * Never rejects, and answers within CALL_DEADLINE_MS. The same call pushed anew while its push is under way shares
   * its answer; pushed anew after its cancel it is not sent: `none`, with the code `cancelled`.
   */
  push(request: PushCallRequest): Promise<CallAnswer>;
  /** Never rejects, and answers within CALL_DEADLINE_MS; what is not done by then goes on. */
  cancel(request: CancelRequest): Promise<CancelAnswer>;
  /** Gives to how many calls in progress this phone belongs. */
  registered(request: RegisteredRequest): Promise<number>;
  /** How many calls are in progress. */
  size(): number;
  /** Lets what is under way end, and gives it up after so long; nothing is pushed again by itself afterwards. */
  finish(milliseconds: number): Promise<void>;
};

/** What is given up ends at once: a moment for its answer. */
const givenUpMs = 500;

/** The calls in progress: each is known from its push until shortly after its ring window. */
export const createCalls = (ports: CallPorts): Calls => {
  const { settings, log, clock } = ports;
  const startedAt = clock.now();
  let finishing = false;
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };

  const book = createCallBook(clock);
  const { ask, giveUp } = createAsk(clock, log);
  const { push, pushAgain } = createPushing(ports, { ask, track, isFinishing: () => finishing });
  const cancel = createCancelling(ports, ask);

  const pushCall = async (request: PushCallRequest): Promise<CallAnswer> => {
    const receivedAt = clock.now();
    const { key, ringSeconds, wake } = settings();
    const callId = request.callId || undefined;
    const uuid = request.uuid?.toLowerCase() ?? madeUuid(key, callId);
    const endsAt = receivedAt + (request.ringSeconds ?? ringSeconds) * 1_000;
    const overtaken = callId === undefined ? undefined : book.find(request.to, { callId }).find(isAwaited);
    const call = book.open({ to: request.to, uuid, callId }, endsAt);
    if (overtaken !== undefined) {
      overtaken.awaited = undefined;
      call.cancel = 'done';
    }
    const wanted: Push = { event: 'push_call', request, receivedAt, endsAt };

    const answer = await push(call, wanted);
    if (answer.outcome === 'sent' && wake === 'until-registered')
      pushAgain(call, wanted).catch((error: unknown) => log('error', 'internal_error', describeError(error)));
    return answer;
  };

  const cancelCalls = async (request: CancelRequest): Promise<CancelAnswer> => {
    const { to, reason } = request;
    const current = settings();
    const { key, ringSeconds } = current;
    const uuid = request.uuid?.toLowerCase();
    const callId = request.callId || undefined;
    const known = book.find(to, { uuid, callId });
    if (known.length === 0 && (uuid !== undefined || callId !== undefined)) {
      // It has overtaken its push, which must not ring any more.
      const name = { to, uuid: uuid ?? madeUuid(key, callId), callId };
      const call = book.open(name, clock.now() + ringSeconds * 1_000);
      if (clock.now() < startedAt + ringSeconds * 1_000) {
        // Or it was pushed before pns was started.
        call.others = true;
        known.push(call);
      } else call.cancel = 'done';
      call.awaited = callId !== undefined;
    }

    const calls = known.filter((call) => call.cancel === undefined || call.cancel === 'failed');
    let accepted = 0;
    const told = calls.map(async (call) => {
      const phones = await cancel(call, reason);
      accepted += phones;
    });
    await within(clock, patienceOf(current), Promise.all(told.map(track)));
    return { calls: calls.length, accepted };
  };

  return {
    push: pushCall,
    cancel: cancelCalls,
    registered: async ({ extension, deviceId }) => {
      const now = clock.now();
      const calls = book
        .find(extension)
        .filter((call) => addRegistered(call, deviceId))
        .filter((call) => call.cancel === undefined && call.endsAt > now);
      const uuids = calls.map(({ uuid }) => uuid);
      // A PBX may tell of every REGISTER, and a phone sends one a minute.
      log(uuids.length > 0 ? 'info' : 'debug', 'registered', { extension, deviceId, uuids });
      return uuids.length;
    },
    size: book.ringing,
    finish: async (milliseconds) => {
      finishing = true;
      const ended = await within(clock, milliseconds, Promise.allSettled(underWay));
      if (ended !== undefined) return;
      giveUp();
      await within(clock, givenUpMs, Promise.allSettled(underWay));
    },
  };
};

const isAwaited = ({ awaited }: Call): boolean => awaited === true;

const madeUuid = (key: string, callId: string | undefined): string =>
  callId === undefined ? crypto.randomUUID() : uuidOfCallId(key, callId);

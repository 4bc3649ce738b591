import type { PhoneOutcome, PushResult } from 'pns-proxy-client';
import { PnsProxyError } from 'pns-proxy-client';
import { describeError } from '../log/describe-error.ts';
import type { Log } from '../log/log.ts';
import type { CallAnswer } from '../operations.ts';
import type { Clock } from './clock.ts';
import { within } from './clock.ts';

type Answer = Omit<CallAnswer, 'uuid'>;

export type Asked = {
  /** For the PBX. */
  answer: Answer;
  /** For the log, beside it: what an operator needs to find a failure. */
  failure?: Pick<PnsProxyError, 'status' | 'requestId' | 'attempts' | 'errors'>;
};

export type AskOptions = {
  /** The client gives up by then, in milliseconds. */
  deadlineMs: number;
  /** Aborted when nothing may go out any more. */
  signal: AbortSignal;
};

/**
 * The client knows better than a timer whether a request went out: it gives up this much earlier, in milliseconds,
 * and says so.
 */
const marginMs = 25;

/** Asks the proxy, and has an answer in time, whatever comes of it. */
export type Ask = (
  milliseconds: number,
  send: (options: AskOptions) => Promise<PushResult>,
) => Promise<Asked>;

export type Asking = {
  ask: Ask;
  /** For a stop: ends all that is under way, each telling whether it may still go out; what is asked later is short. */
  giveUp(): void;
};

/** For a cancel that has waited for its push, in milliseconds. */
const afterwardsMs = 400;

export const createAsking = (clock: Clock, log: Log): Asking => {
  const underWay = new Set<AbortController>();
  let isGivenUp = false;
  const ask: Ask = async (given, send) => {
    const milliseconds = isGivenUp ? Math.min(given, afterwardsMs) : given;
    const sending = new AbortController();
    underWay.add(sending);
    try {
      const deadlineMs = Math.max(1, milliseconds - marginMs);
      const result = await within(clock, milliseconds, send({ deadlineMs, signal: sending.signal }));
      if (result === undefined) {
        sending.abort();
        return failed('unknown', 'deadline');
      }
      const { devices, accepted } = result;
      const phones = result.phones.map(phoneOf);
      if (accepted > 0) return { answer: { devices, accepted, outcome: 'sent', phones } };
      if (!phones.some(mayHaveTaken)) return { answer: { devices, accepted, outcome: 'none', phones } };
      return { answer: { devices, accepted, outcome: 'unknown', phones, code: 'unavailable' } };
    } catch (error) {
      if (error instanceof PnsProxyError) {
        const { status, requestId, attempts, errors } = error;
        const outcome = error.unknown ? 'unknown' : 'none';
        return { ...failed(outcome, error.code), failure: { status, requestId, attempts, errors } };
      }
      log('error', 'internal_error', describeError(error));
      return failed('unknown', 'internal');
    } finally {
      underWay.delete(sending);
    }
  };
  return {
    ask,
    giveUp: () => {
      isGivenUp = true;
      for (const one of underWay) one.abort();
    },
  };
};

/** SNS was asked for it, and did not answer in time: the push may go out all the same. */
export const mayHaveTaken = ({ accepted, reason }: PhoneOutcome): boolean =>
  !accepted && reason === 'unavailable';

/** What the contract knows, and nothing else that somebody may have put there: it goes into the log. */
const phoneOf = (phone: PhoneOutcome): PhoneOutcome => {
  const { deviceId, fingerprint, platform, accepted, reason, retryable } = phone;
  return {
    ...(deviceId !== undefined && { deviceId }),
    ...(fingerprint !== undefined && { fingerprint }),
    platform,
    accepted,
    ...(reason !== undefined && { reason }),
    ...(retryable !== undefined && { retryable }),
  };
};

export const failed = (outcome: 'none' | 'unknown', code: NonNullable<CallAnswer['code']>): Asked => ({
  answer: { devices: 0, accepted: 0, outcome, phones: [], code },
});

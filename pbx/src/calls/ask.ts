import type { PushResult } from 'pns-proxy-client';
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

export type Ask = {
  /** Asks the proxy, and has an answer in time, whatever comes of it. */
  ask(milliseconds: number, send: (options: AskOptions) => Promise<PushResult>): Promise<Asked>;
  /** Ends all that is under way: whether a push may still go out, each answer tells. */
  giveUp(): void;
};

export const createAsk = (clock: Clock, log: Log): Ask => {
  const underWay = new Set<AbortController>();
  const ask: Ask['ask'] = async (milliseconds, send) => {
    const giveUp = new AbortController();
    underWay.add(giveUp);
    try {
      const deadlineMs = Math.max(1, milliseconds - marginMs);
      const result = await within(clock, milliseconds, send({ deadlineMs, signal: giveUp.signal }));
      if (result === undefined) {
        giveUp.abort();
        return failed('unknown', 'deadline');
      }
      const { devices, accepted, phones } = result;
      return { answer: { devices, accepted, outcome: accepted > 0 ? 'sent' : 'none', phones } };
    } catch (error) {
      if (error instanceof PnsProxyError) {
        const { status, requestId, attempts, errors } = error;
        const outcome = error.unknown ? 'unknown' : 'none';
        return { ...failed(outcome, error.code), failure: { status, requestId, attempts, errors } };
      }
      log('error', 'internal_error', describeError(error));
      return failed('unknown', 'internal');
    } finally {
      underWay.delete(giveUp);
    }
  };
  return {
    ask,
    giveUp: () => {
      for (const one of underWay) one.abort();
    },
  };
};

export const failed = (outcome: 'none' | 'unknown', code: string): Asked => ({
  answer: { devices: 0, accepted: 0, outcome, phones: [], code },
});

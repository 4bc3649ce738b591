import { setTimeout as sleep } from 'node:timers/promises';
import type { Log, LogEvent } from '../log/log.ts';
import type { Spool } from './spool.ts';
import { SpoolError } from './spool-error.ts';
import { failureOf, verdictOf } from './verdict.ts';

/** What is logged of a request that is done with. */
export type Conclusion = {
  level: 'info' | 'error';
  event: Extract<LogEvent, 'delivered' | 'kept_aside'>;
  fields: Record<string, unknown>;
};

/** What the proxy has answered, and could not be written down: with more than this, sending more would lead nowhere. */
const mostUnwritten = 64;

/** Between two tries to write down what the proxy has answered, and for the last such try when stopping; milliseconds. */
export const writePauseMs = 1_000;

/** Writes down that the proxy has taken requests, or refused them for good. */
export const createConcluding = (spool: Spool, log: Log) => {
  let unwritten = 0;
  let isStopping = false;

  /** The same fault is told once, until something could be written again: all that waits for the disk meets it. */
  let fault: string | undefined;
  const tellFault = (error: unknown): void => {
    // Which the spool itself has told.
    if (spool.fault() !== undefined) return;
    const failure = failureOf(error);
    const isClosed = error instanceof SpoolError && error.code === 'closed';
    if (!isClosed && failure.code !== fault) log('error', 'internal_error', failure);
    fault = failure.code;
  };

  const write = async (id: number, refusal: unknown): Promise<Conclusion> => {
    const failure = failureOf(refusal);
    if (refusal !== undefined && verdictOf(refusal) === 'refused') {
      await spool.keepAside(id, failure);
      return { level: 'error', event: 'kept_aside', fields: failure };
    }
    const { superseded, carried } = await spool.delivered(id);
    const fields = {
      ...(refusal !== undefined && { code: failure.code }),
      ...(superseded.length > 0 && { superseded }),
      ...(carried.length > 0 && { carried }),
    };
    return { level: 'info', event: 'delivered', fields };
  };

  const writeUntilDone = async (id: number, refusal: unknown): Promise<Conclusion | undefined> => {
    for (;;) {
      try {
        const conclusion = await write(id, refusal);
        fault = undefined;
        return conclusion;
      } catch (error) {
        tellFault(error);
        if (isStopping) return undefined;
        await sleep(writePauseMs);
      }
    }
  };

  return {
    tellFault,
    isJammed: () => unwritten >= mostUnwritten,

    /**
     * Tried until it is on disk: until then nothing that conflicts may go, but all else. Undefined where pns stops before.
     *
     * @param refusal what the request ended in; undefined where it was taken
     */
    conclude: async (id: number, refusal: unknown): Promise<Conclusion | undefined> => {
      unwritten += 1;
      try {
        return await writeUntilDone(id, refusal);
      } finally {
        unwritten -= 1;
      }
    },

    /** What cannot be written from now on is given up after one more try. */
    stop: (): void => {
      isStopping = true;
    },
  };
};

import { setImmediate as everythingElse } from 'node:timers/promises';
import type { Clock } from '../../lambda/core/ports.ts';
import { noon } from './builders.ts';

type Sleeper = { until: number; wake: () => void };

/**
 * A clock that stands still until it is told to go on. Times are epoch milliseconds.
 *
 * @param start what it shows at first
 * @param random what it gives for jitter, always
 */
export const createFakeClock = (start = noon, random = 0.5) => {
  let now = start;
  const sleepers: Sleeper[] = [];
  const pauses: number[] = [];
  /** Works that are being settled, the innermost last: time passes for that one alone. */
  const settling: symbol[] = [];

  const wakeNext = (): boolean => {
    const [next] = sleepers.toSorted((a, b) => a.until - b.until);
    if (next === undefined) return false;
    sleepers.splice(sleepers.indexOf(next), 1);
    now = Math.max(now, next.until);
    next.wake();
    return true;
  };

  const clock: Clock = {
    now: () => now,
    sleep: (milliseconds) => {
      pauses.push(milliseconds);
      return new Promise((wake) => sleepers.push({ until: now + milliseconds, wake }));
    },
    random: () => random,
  };
  return {
    clock,
    /** Every sleep that was asked for, in milliseconds. */
    pauses,
    /** Lets time pass while nobody sleeps. */
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    /** Lets everybody sleep out, one after another, until the work is done. */
    settle: async <T>(work: Promise<T>): Promise<T> => {
      const me = Symbol();
      settling.push(me);
      let done = false;
      const finished = () => {
        done = true;
      };
      work.then(finished, finished);
      try {
        await everythingElse();
        while (!done) {
          if (settling.at(-1) === me && !wakeNext()) {
            throw new Error('the work waits for something that never comes');
          }
          await everythingElse();
        }
      } finally {
        settling.splice(settling.indexOf(me), 1);
      }
      return work;
    },
    /** Lets everybody sleep out who still sleeps. */
    sleepOut: async (): Promise<void> => {
      do await everythingElse();
      while (wakeNext());
    },
  };
};

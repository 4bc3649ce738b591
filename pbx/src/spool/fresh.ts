import type { Entry } from './entry.ts';
import { extensionOf } from './entry.ts';

/** What has not gone through in so many milliseconds will hardly go through in the moment that a call can wait. */
const freshForMs = 5_000;

type Waiter = { extension: string; done: () => void };

/**
 * Which extensions have requests just taken and still on their way, so that a call may wait a moment for the phone that
 * has just registered. An update, or a delete by token, concerns every extension.
 */
export const createFresh = () => {
  const entries = new Map<number, { extension: string | undefined; since: number }>();
  const counts = new Map<string | undefined, number>();
  const waiters = new Set<Waiter>();

  const count = (extension: string | undefined, change: number) => {
    const left = (counts.get(extension) ?? 0) + change;
    if (left > 0) counts.set(extension, left);
    else counts.delete(extension);
  };
  const isSettled = (extension: string) => !counts.has(undefined) && !counts.has(extension);

  const remove = (id: number) => {
    const found = entries.get(id);
    if (found === undefined) return;
    entries.delete(id);
    count(found.extension, -1);
  };
  const forgetOld = () => {
    for (const [id, { since }] of entries) {
      if (since > performance.now() - freshForMs) return;
      remove(id);
    }
  };

  return {
    add: (entry: Entry): void => {
      forgetOld();
      const extension = extensionOf(entry);
      entries.set(entry.id, { extension, since: performance.now() });
      count(extension, 1);
    },

    remove: (id: number): void => {
      remove(id);
      for (const waiter of [...waiters]) if (isSettled(waiter.extension)) waiter.done();
    },

    /** Lets nobody wait any longer. */
    giveUp: (): void => {
      for (const waiter of [...waiters]) waiter.done();
    },

    /** Resolves once nothing fresh concerns this extension; at the latest after so many milliseconds. */
    settled: (extension: string, milliseconds: number): Promise<void> => {
      forgetOld();
      if (isSettled(extension)) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          waiters.delete(waiter);
          resolve();
        };
        const waiter = { extension, done };
        const timer = setTimeout(done, milliseconds);
        waiters.add(waiter);
      });
    },
  };
};

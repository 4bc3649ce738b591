import { setTimeout as delay } from 'node:timers/promises';

type Loaded<T> = {
  value: T;
  /** From then on it is loaded anew, in epoch milliseconds. */
  until: number;
  /** Where that fails, or takes its time, it is as good as ever until then. @default until */
  goodUntil?: number;
};

export type Kept<T> = {
  /**
   * What is kept, or else is loaded now; whoever asks meanwhile waits for the same. What fails is not kept. What is still
   * good is given where loading it anew fails, or takes longer than a ringing call can spare.
   */
  get(): Promise<T>;
  /** What is kept and good, without loading anything. */
  peek(): T | undefined;
  /** Loads anew next time, unless that has been done since: several may have been refused with the same one. */
  forget(value: T): void;
};

/** In milliseconds: how long a push waits for what it could do without, and how long none waits after that failed. */
const patienceMs = 500;
const pauseMs = 10_000;

/**
 * Keeps what costs a request to get, across invocations of a running copy of the function.
 *
 * @param load is told whether it is needed at once, since nothing good is kept
 */
export const createKept = <T>(load: (needed: boolean) => Promise<Loaded<T>>, now: () => number): Kept<T> => {
  let loaded: Loaded<T> | undefined;
  let loading: Promise<T> | undefined;
  let pausedUntil = 0;

  const isGood = (one: Loaded<T>): boolean => Math.max(one.until, one.goodUntil ?? 0) > now();
  const renew = (needed: boolean): Promise<T> => {
    loading ??= load(needed)
      .then((fresh) => {
        loaded = fresh;
        return fresh.value;
      })
      .finally(() => {
        loading = undefined;
      });
    return loading;
  };

  return {
    get: async () => {
      const kept = loaded !== undefined && isGood(loaded) ? loaded : undefined;
      if (kept === undefined) return renew(true);
      if (kept.until > now() || now() < pausedUntil) return kept.value;
      // A function that is frozen meanwhile is none the wiser: the next to ask after the pause begins anew.
      pausedUntil = now() + pauseMs;
      const late = delay(patienceMs, kept.value, { ref: false });
      return Promise.race([renew(false).catch(() => kept.value), late]);
    },
    peek: () => (loaded !== undefined && isGood(loaded) ? loaded.value : undefined),
    forget: (value) => {
      if (loaded?.value === value) loaded = undefined;
    },
  };
};

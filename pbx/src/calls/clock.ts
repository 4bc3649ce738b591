export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back after so many milliseconds, unless it is taken back by what it gives. */
  alarm(milliseconds: number, ring: () => void): () => void;
};

/**
 * The machine's clock, but that nobody can set it: a ring window neither ends early nor lasts for an hour more. Its
 * alarms do not keep the process alive.
 */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  alarm: (milliseconds, ring) => {
    const timer = setTimeout(ring, milliseconds).unref();
    return () => clearTimeout(timer);
  },
};

export const sleep = (clock: Clock, milliseconds: number): Promise<void> =>
  new Promise((wake) => void clock.alarm(milliseconds, wake));

/** What comes of the work in so many milliseconds; `undefined` where it takes longer. Leaves no timer behind. */
export const within = <T>(clock: Clock, milliseconds: number, work: Promise<T>): Promise<T | undefined> =>
  new Promise((resolve, reject) => {
    // After a stop of the process, alarms come before what has arrived meanwhile, which may end the work.
    const takeBack = clock.alarm(milliseconds, () => void setImmediate(resolve, undefined));
    work.then(resolve, reject).finally(takeBack);
  });

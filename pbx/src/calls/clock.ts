export type Clock = {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
};

/**
 * The machine's clock, but that nobody can set it: a ring window neither ends early nor lasts for an hour more. Its
 * sleepers do not keep the process alive.
 */
export const systemClock: Clock = {
  now: () => performance.timeOrigin + performance.now(),
  sleep: (milliseconds) => new Promise((wake) => setTimeout(wake, milliseconds).unref()),
};

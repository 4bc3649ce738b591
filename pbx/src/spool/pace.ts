/** How long is waited for what, in milliseconds. */
export type Pace = {
  /** Longest first pause after a failure; each further one may be twice as long. */
  firstPauseMs: number;
  longestPauseMs: number;
  /** Between two tries with a key that was refused. */
  keyPauseMs: number;
  /** How long the proxy may still be at work on a request whose answer never came. */
  strayMs: number;
  /** How often is looked for what another process wrote: `pns import`, `pns spool retry`. */
  lookEveryMs: number;
};

export const defaultPace: Pace = {
  firstPauseMs: 500,
  longestPauseMs: 60_000,
  keyPauseMs: 60_000,
  // The functions' time-out (lib/service-function.ts).
  strayMs: 10_000,
  lookEveryMs: 5_000,
};

/**
 * Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"). With a refused key there is nothing to be
 * quick for: half of the pause at least.
 *
 * @param failures how many there have been, this one counted
 */
export const pauseAfter = (pace: Pace, failures: number, isKey: boolean): number => {
  if (isKey) return pace.keyPauseMs * (0.5 + Math.random() / 2);
  return Math.random() * Math.min(pace.firstPauseMs * 2 ** (failures - 1), pace.longestPauseMs);
};

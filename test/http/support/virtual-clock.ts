import type { Clock } from '../../../lambda/core/ports.ts';

/**
 * A clock on which pauses take no time: once nothing else is left to do, it jumps to the next one that ends.
 * Starts at the real time, since `lambda/http` reads that.
 */
export const createVirtualClock = (): Clock & { forgetPauses(): void } => {
  let ahead = 0;
  let pauses: { until: number; end: () => void }[] = [];
  const now = () => Date.now() + ahead;

  const jump = () => {
    const [next] = pauses.toSorted((a, b) => a.until - b.until);
    if (next === undefined) return;
    pauses = pauses.filter((pause) => pause !== next);
    ahead += Math.max(0, next.until - now());
    next.end();
  };

  return {
    now,
    random: () => 0.5,
    sleep: (milliseconds) =>
      new Promise((resolve) => {
        pauses.push({ until: now() + milliseconds, end: resolve });
        setImmediate(jump);
      }),
    /** Once an answer is there, nobody waits for what it no longer needs. */
    forgetPauses: () => {
      pauses = [];
    },
  };
};

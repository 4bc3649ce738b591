/**
 * One at a time, and of those that are asked for meanwhile a single one: it begins after all of them were asked for, so
 * that what it finds holds for all.
 */
export const joined = (work: () => Promise<void>): (() => Promise<void>) => {
  let last = Promise.resolve();
  let waiting: Promise<void> | undefined;
  return () => {
    waiting ??= last.then(() => {
      waiting = undefined;
      return work();
    });
    last = waiting.catch(() => {});
    return waiting;
  };
};

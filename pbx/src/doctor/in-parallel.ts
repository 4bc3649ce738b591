/**
 * Runs the task for each item, a few at a time, in order of the items, until the signal says stop.
 *
 * @returns what each came to; undefined for those that were not begun
 */
export const inParallel = async <Item, Result>(
  items: readonly Item[],
  atOnce: number,
  signal: AbortSignal,
  task: (item: Item) => Promise<Result>,
): Promise<(Result | undefined)[]> => {
  const results: (Result | undefined)[] = items.map(() => undefined);
  const queue = items.entries();
  const work = async () => {
    for (const [index, item] of queue) {
      if (signal.aborted) return;
      results[index] = await task(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, work));
  return results;
};

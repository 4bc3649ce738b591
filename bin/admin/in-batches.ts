/** Quick, and far from what a table on demand throttles, with calls ringing beside it. */
const atOnce = 25;

/**
 * Works on all items, a few at once, and gives what came of each.
 *
 * @throws what the first that failed throws, once all beside it have ended: they count too
 */
export const inBatches = async <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> => {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    const batch = items.slice(start, start + atOnce).map(work);
    await Promise.allSettled(batch);
    results.push(...(await Promise.all(batch)));
  }
  return results;
};

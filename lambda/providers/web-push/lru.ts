/** Gives what belongs to a name, made when it is first asked for. */
export type Lru<T> = (name: string) => T;

/**
 * Keeps a few of many: what was asked for the longest ago makes room.
 *
 * @param most how many are kept
 * @param drop gets what is kept no longer
 */
export const createLru = <T>(
  most: number,
  make: (name: string) => T,
  drop: (dropped: T) => void = () => undefined,
): Lru<T> => {
  const kept = new Map<string, { value: T }>();
  return (name) => {
    const found = kept.get(name) ?? { value: make(name) };
    kept.delete(name);
    kept.set(name, found);
    for (const [oldest, { value }] of kept) {
      if (kept.size <= most) break;
      kept.delete(oldest);
      drop(value);
    }
    return found.value;
  };
};

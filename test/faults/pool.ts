/** Lends things out, each to one borrower at a time. */
export const createPool = <Thing>(things: readonly Thing[]) => {
  const free = [...things];
  const waiting: ((thing: Thing) => void)[] = [];
  const take = async (): Promise<Thing> => {
    const thing = free.pop();
    if (thing !== undefined) return thing;
    return new Promise((resolve) => waiting.push(resolve));
  };
  return async <Result>(use: (thing: Thing) => Promise<Result>): Promise<Result> => {
    const thing = await take();
    try {
      return await use(thing);
    } finally {
      const next = waiting.shift();
      if (next === undefined) free.push(thing);
      else next(thing);
    }
  };
};

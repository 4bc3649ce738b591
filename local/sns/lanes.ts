/** Lets at most `limit` tasks run at once; the others wait, first come, first served. */
export const createLanes = (limit: number) => {
  const waiting: (() => void)[] = [];
  let free = limit;
  return async <Result>(task: () => Promise<Result>): Promise<Result> => {
    if (free === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    else free -= 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
};

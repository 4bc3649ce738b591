type Loaded<T> = {
  value: T;
  /** From then on it is loaded anew, in epoch milliseconds. */
  until: number;
  /** While that goes on, or fails, it is as good as ever until then: nobody waits. @default until */
  goodUntil?: number;
};

export type Kept<T> = {
  /** What is kept, or else is loaded now; whoever asks meanwhile waits for the same. What fails is not kept. */
  get(): Promise<T>;
  /** Loads anew next time, unless that has been done since: several may have been refused with the same one. */
  forget(value: T): void;
};

/** Keeps what costs a request to get, across invocations of a running copy of the function. */
export const createKept = <T>(load: () => Promise<Loaded<T>>, now: () => number): Kept<T> => {
  let loaded: Loaded<T> | undefined;
  let loading: Promise<T> | undefined;

  return {
    get: () => {
      if (loaded !== undefined && loaded.until > now()) return Promise.resolve(loaded.value);
      const good = loaded !== undefined && (loaded.goodUntil ?? 0) > now() ? loaded : undefined;
      loading ??= load()
        .then((fresh) => {
          loaded = fresh;
          return fresh.value;
        })
        .finally(() => {
          loading = undefined;
        });
      if (good === undefined) return loading;
      loading.catch(() => {});
      return Promise.resolve(good.value);
    },
    forget: (value) => {
      if (loaded?.value === value) loaded = undefined;
    },
  };
};

/** `until` is in epoch milliseconds. */
type Loaded<T> = { value: T; until: number };

export type Kept<T> = {
  /** What is kept, or is loaded now; whoever asks meanwhile waits for the same. What fails is not kept. */
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
      loading ??= load()
        .then((fresh) => {
          loaded = fresh;
          return fresh.value;
        })
        .finally(() => {
          loading = undefined;
        });
      return loading;
    },
    forget: (value) => {
      if (loaded?.value === value) loaded = undefined;
    },
  };
};

/** Starts a stopwatch; what it gives tells the milliseconds since, to a tenth. */
export const startStopwatch = (now: () => number = () => performance.now()): (() => number) => {
  const start = now();
  return () => Math.round((now() - start) * 10) / 10;
};

/**
 * What one request came to, for its one log line. Operations add to it as they learn; whoever runs them
 * writes it out. Holds no token, key, message text or caller's name.
 */
export type Trace = {
  add(fields: Record<string, unknown>): void;
  /** Runs a step and notes how long it took, in milliseconds, under `<name>Ms`. */
  timed<T>(name: string, step: () => Promise<T>): Promise<T>;
};

export const createTrace = (
  now?: () => number,
): Trace & { readonly fields: Readonly<Record<string, unknown>> } => {
  const fields: Record<string, unknown> = {};
  return {
    fields,
    add: (more) => void Object.assign(fields, more),
    timed: async (name, step) => {
      const elapsed = startStopwatch(now);
      try {
        return await step();
      } finally {
        fields[`${name}Ms`] = elapsed();
      }
    },
  };
};

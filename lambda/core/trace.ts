/**
 * What one request came to, for its one log line. Operations add to it as they learn; whoever runs them
 * writes it out. Holds no token, key, message text or caller's name.
 */
export type Trace = {
  add(fields: Record<string, unknown>): void;
  /** Runs a step and notes how long it took, in milliseconds, under `<name>Ms`. */
  timed<T>(name: string, step: () => Promise<T>): Promise<T>;
};

export const createTrace = (now: () => number): Trace & { readonly fields: Record<string, unknown> } => {
  const fields: Record<string, unknown> = {};
  return {
    fields,
    add: (more) => void Object.assign(fields, more),
    timed: async (name, step) => {
      const start = now();
      try {
        return await step();
      } finally {
        fields[`${name}Ms`] = Math.round((now() - start) * 10) / 10;
      }
    },
  };
};

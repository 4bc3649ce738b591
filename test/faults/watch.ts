import type { AwsRequest, Kind, Service, Watcher } from './fault-proxy.ts';

/** The n-th request of an action, counted from 1. */
export type Point = { action: string; nth: number };

/** From its point on, a lasting fault meets every request to the same service, until the plan is dropped. */
export type Plan = Point & { kind: Kind; lasting: boolean };

/** Looks at the requests of one phone, and makes the planned ones fail. */
export type Watch = {
  /** Whether a request speaks of the phone. */
  owns(request: AwsRequest): boolean;
  /** Adds another name by which requests speak of it. */
  learn(name: string): void;
  /** Counts from here. */
  begin(plan?: Plan): void;
  /** Resolves when the planned fault has been made, a lasting one for the first time. */
  met(): Promise<void>;
  /** No fault from here on. */
  end(): void;
  /** Actions since the beginning. */
  seen(): string[];
  judge: Watcher['judge'];
  happened: Watcher['happened'];
};

export const createWatch = (names: readonly string[]): Watch => {
  const known = new Set(names);
  const actions: string[] = [];
  let plan: Plan | undefined;
  let failing: Service | undefined;
  let met = Promise.withResolvers<void>();

  return {
    owns: ({ text }) => [...known].some((name) => text.includes(name)),
    learn: (name) => known.add(name),
    begin: (planned) => {
      actions.length = 0;
      failing = undefined;
      plan = planned;
      met = Promise.withResolvers<void>();
    },
    met: () => met.promise,
    end: () => {
      plan = undefined;
    },
    seen: () => [...actions],
    judge: ({ action, service }) => {
      actions.push(action);
      if (plan === undefined) return undefined;
      if (failing !== undefined) return plan.lasting && service === failing ? plan.kind : undefined;
      const nth = actions.filter((one) => one === action).length;
      if (action !== plan.action || nth !== plan.nth) return undefined;
      failing = service;
      return plan.kind;
    },
    happened: () => met.resolve(),
  };
};

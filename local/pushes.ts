/** One push that a provider took for delivery. */
export type ReceivedPush = {
  provider: 'apple' | 'google' | 'huawei' | 'webpush';
  /** Which of Apple's two services took it. */
  environment?: 'production' | 'sandbox';
  /** ISO 8601. */
  at: string;
  token: string;
  /** As they were sent, in lower case; without `authorization`, and without HTTP/2's pseudo-headers. */
  headers: Record<string, string>;
  /** The request's body, parsed: APNs' payload, `{ message }` of FCM, the whole of Push Kit's, or what a browser has decrypted. */
  payload: unknown;
};

export type PushLog = {
  add(push: ReceivedPush): void;
  /** Oldest first. */
  list(): ReceivedPush[];
  clear(): void;
  /**
   * The first push that the predicate holds for, whether it is here already or still to come.
   * Rejects once `timeoutMs` milliseconds are over.
   */
  next(predicate: (push: ReceivedPush) => boolean, timeoutMs: number): Promise<ReceivedPush>;
};

type Waiting = { predicate: (push: ReceivedPush) => boolean; resolve: (push: ReceivedPush) => void };

/** How many pushes are kept; the oldest go first. */
export const PUSHES_KEPT = 100_000;

/** How far the list may outgrow its bound, so that not every push moves all the others. */
const SLACK = 1_000;

/** What the providers received, in memory. */
export const createPushLog = (): PushLog => {
  const pushes: ReceivedPush[] = [];
  const waiting = new Set<Waiting>();

  return {
    add: (push) => {
      pushes.push(push);
      if (pushes.length > PUSHES_KEPT + SLACK) pushes.splice(0, pushes.length - PUSHES_KEPT);
      for (const one of waiting) if (one.predicate(push)) one.resolve(push);
    },
    list: () => pushes.slice(-PUSHES_KEPT),
    clear: () => {
      pushes.length = 0;
    },
    next: (predicate, timeoutMs) => {
      const present = pushes.find(predicate);
      if (present) return Promise.resolve(present);
      return new Promise((resolve, reject) => {
        const one: Waiting = {
          predicate,
          resolve: (push) => {
            settle();
            resolve(push);
          },
        };
        const timer = setTimeout(() => {
          settle();
          reject(new Error(`no such push within ${timeoutMs} ms`));
        }, timeoutMs);
        const settle = () => {
          clearTimeout(timer);
          waiting.delete(one);
        };
        waiting.add(one);
      });
    },
  };
};

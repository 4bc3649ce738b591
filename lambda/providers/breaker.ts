import type { Clock, PushGateway } from '../core/ports.ts';
import { PushRefusal } from '../core/ports.ts';

/** A provider that has answered nothing for this long, and this often, is down. */
const patienceMs = 3_000;
const fewestFailures = 5;

/** Then nobody waits for it, but for one push every so often: at first, and at most. */
const firstPauseMs = 1_000;
const longestPauseMs = 10_000;

/** Asks a provider, or refuses at once: rejects with what the provider's gateway rejects with, or `provider-down`. */
export type Breaker = <T>(ask: () => Promise<T>) => Promise<T>;

/**
 * Keeps a dead provider from holding up whoever waits for the answer, which tells of the phones of other providers too:
 * once it is known to be down, pushes are refused at once (`provider-down`), and one is let through from time to time.
 * A refusal is an answer: only `unavailable` speaks against the provider.
 */
export const createBreaker = ({ now, random }: Pick<Clock, 'now' | 'random'>): Breaker => {
  let failures = 0;
  let failingSince = 0;
  let pauseMs = firstPauseMs;
  let nextTry: number | undefined;

  const succeeded = () => {
    failures = 0;
    pauseMs = firstPauseMs;
    nextTry = undefined;
  };
  const failed = () => {
    if (failures === 0) failingSince = now();
    failures += 1;
    if (failures < fewestFailures || now() - failingSince < patienceMs) return;
    if (nextTry !== undefined) pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    nextTry = now() + pauseMs * (0.5 + random() / 2);
  };

  return async (ask) => {
    if (nextTry !== undefined) {
      if (now() < nextTry) throw new PushRefusal('provider-down');
      // One goes; the others wait for what becomes of it.
      nextTry = now() + longestPauseMs;
    }
    try {
      const answer = await ask();
      succeeded();
      return answer;
    } catch (error) {
      if (error instanceof PushRefusal && error.reason === 'unavailable') failed();
      else succeeded();
      throw error;
    }
  };
};

/** A gateway to one provider, behind a breaker. */
export const withBreaker = (gateway: PushGateway, clock: Pick<Clock, 'now' | 'random'>): PushGateway => {
  const guarded = createBreaker(clock);
  return { publish: (to, push, signal) => guarded(() => gateway.publish(to, push, signal)) };
};

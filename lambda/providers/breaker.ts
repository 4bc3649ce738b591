import type { Clock, PushGateway } from '../core/ports.ts';
import { PushRefusal } from '../core/ports.ts';

/** A provider that has answered nothing for this long, and this often, is down; failures farther apart are none of one outage. */
const patienceMs = 3_000;
const fewestFailures = 5;
const apartMs = 30_000;

/** Then nobody waits for it, but for one push every so often: at first, and at most. */
const firstPauseMs = 1_000;
const longestPauseMs = 10_000;

/** What had less time than this, and ran out of it, says nothing of the provider. */
const fairMs = 1_000;

/** Asks a provider, or refuses at once: rejects with what the provider's gateway rejects with, or `provider-down`. */
export type Breaker = <T>(ask: () => Promise<T>, signal?: AbortSignal) => Promise<T>;

/**
 * Keeps a dead provider from holding up whoever waits for the answer, which tells of the phones of other providers too:
 * once it is known to be down, pushes are refused at once (`provider-down`), and one is let through from time to time.
 * A refusal is an answer: only `unavailable` speaks against the provider, and not where the signal left no time.
 */
export const createBreaker = ({ now, random }: Pick<Clock, 'now' | 'random'>): Breaker => {
  let failures = 0;
  let failingSince = 0;
  let failedAt = 0;
  let pauseMs = firstPauseMs;
  let nextTry: number | undefined;

  const succeeded = () => {
    failures = 0;
    pauseMs = firstPauseMs;
    nextTry = undefined;
  };
  const failed = (isTry: boolean) => {
    // What was under way when it was found to be down tells nothing new.
    if (nextTry !== undefined && !isTry) return;
    if (failures === 0 || now() - failedAt > apartMs) [failures, failingSince] = [0, now()];
    failures += 1;
    failedAt = now();
    if (failures < fewestFailures || now() - failingSince < patienceMs) return;
    if (isTry) pauseMs = Math.min(pauseMs * 2, longestPauseMs);
    nextTry = now() + pauseMs * (0.5 + random() / 2);
  };

  return async (ask, signal) => {
    const isTry = nextTry !== undefined;
    const waits = nextTry === undefined ? 0 : nextTry - now();
    // A clock that was put back must not keep it shut.
    if (waits > 0 && waits <= longestPauseMs) throw new PushRefusal('provider-down');
    // One goes; the others wait for what becomes of it.
    if (isTry) nextTry = now() + longestPauseMs;
    const begunAt = now();
    try {
      const answer = await ask();
      succeeded();
      return answer;
    } catch (error) {
      const isFailure = error instanceof PushRefusal && error.reason === 'unavailable';
      const hadNoTime = signal?.aborted === true && now() - begunAt < fairMs;
      if (!isFailure) succeeded();
      else if (!hadNoTime) failed(isTry);
      else if (isTry) nextTry = now();
      throw error;
    }
  };
};

/** A gateway to one provider, behind a breaker. */
export const withBreaker = (gateway: PushGateway, clock: Pick<Clock, 'now' | 'random'>): PushGateway => {
  const guarded = createBreaker(clock);
  return { publish: (to, push, signal) => guarded(() => gateway.publish(to, push, signal), signal) };
};

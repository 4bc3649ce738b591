import type { Clock, RefusalReason } from './ports.ts';
import { PushRefusal } from './ports.ts';

/** First pause at most; each further one may be twice as long. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;

const passing: ReadonlySet<RefusalReason> = new Set(['throttled', 'unavailable']);

/** Whether the same request to a provider gateway may go better in a moment. */
const isPassing = (error: unknown): boolean => error instanceof PushRefusal && passing.has(error.reason);

/**
 * Repeats what failed for a passing reason, with full jitter (AWS Architecture Blog, "Exponential Backoff And
 * Jitter"), and starts nothing once the deadline, in epoch milliseconds, is reached.
 *
 * @param throttledAtMost how often it may be throttled until that is final
 */
export const retrying = async <T>(
  clock: Clock,
  deadline: number,
  attempt: () => Promise<T>,
  throttledAtMost = Infinity,
): Promise<T> => {
  let throttled = 0;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    if (clock.now() >= deadline) throw new PushRefusal('unavailable');
    try {
      return await attempt();
    } catch (error) {
      const wait = clock.random() * pauseMs;
      if (error instanceof PushRefusal && error.reason === 'throttled') throttled += 1;
      if (throttled >= throttledAtMost || !isPassing(error) || clock.now() + wait >= deadline) throw error;
      await clock.sleep(wait);
    }
  }
};

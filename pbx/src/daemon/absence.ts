import { NotAnswering, type NotListening } from '../control/ask-daemon.ts';
import type { Holder } from './instance.ts';

/**
 * Why there was no answer, in a word. `deaf`: pns runs, but listens elsewhere; `foreign`: another program listens;
 * `unknown`: this user may not look whether pns runs.
 *
 * @param holder of the daemon's data
 */
export const absenceOf = (
  error: NotListening | NotAnswering,
  holder: Holder,
): 'gone' | 'deaf' | 'foreign' | 'stuck' | 'unknown' => {
  if (holder === 'unknown') return 'unknown';
  const isListening = error instanceof NotAnswering;
  if (holder === undefined) return isListening ? 'foreign' : 'gone';
  return isListening ? 'stuck' : 'deaf';
};

import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/ports.ts';

/**
 * A pause keeps the process alive: Lambda's runtime ends once nothing is left to wait for, idle connections not
 * counted, even if a request is still unanswered.
 */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => delay(Math.max(0, milliseconds)),
  random: () => Math.random(),
};

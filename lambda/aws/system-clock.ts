import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '../core/ports.ts';

/** A pause keeps nothing alive: once a function has answered, nobody waits for it. */
export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => delay(Math.max(0, milliseconds), undefined, { ref: false }),
  random: () => Math.random(),
};

import { describe, expect, it } from 'vitest';
import { beginnings, combinationsOf } from './operations.ts';
import { nameOf, walk } from './scenario.ts';

const pairs = combinationsOf(2);

describe('invariants 1, 2 and 3: every interleaving of two operations, with a crash at every step', () => {
  for (const [beginning, initial] of Object.entries(beginnings)) {
    it(beginning, { timeout: 900_000 }, async () => {
      let states = 0;
      for (const pair of pairs) {
        const walked = await walk({ initial, operations: pair }).catch((error: Error) => {
          throw new Error(`${pair.map(nameOf).join(' ‖ ')}: ${error.message}`);
        });
        states += walked.states;
      }
      expect(states).toBeGreaterThan(pairs.length);
    });
  }
});

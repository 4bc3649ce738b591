import { describe, expect, it } from 'vitest';
import { beginnings, combinationsOf } from '../operations.ts';
import { nameOf, walk } from '../scenario.ts';

/** Takes hours altogether, so it is not a part of `npm test` (CONTRIBUTING.md). */
export const walkEveryTriple = (beginning: keyof typeof beginnings): void => {
  describe(`every interleaving of any three operations, with a crash at every step: ${beginning}`, () => {
    it.each(combinationsOf(3).map((triple) => ({ triple, name: triple.map(nameOf).join(' ‖ ') })))(
      '$name',
      { timeout: 7_200_000 },
      async ({ triple }) => {
        const { endings } = await walk({
          initial: beginnings[beginning],
          operations: triple,
          together: true,
        });
        expect(endings).toBeGreaterThan(0);
      },
    );
  });
};

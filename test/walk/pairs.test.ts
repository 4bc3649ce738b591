import { describe, expect, it } from 'vitest';
import { nameOf, settled, walk } from './scenario.ts';
import type { Operation } from './specification.ts';

const operations: Operation[] = [
  { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'A' },
  { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'B' },
  { kind: 'register', pbxId: 'pbx-1', token: 'new', extension: 'B' },
  { kind: 'update', pbxId: 'pbx-1', token: 'old', newToken: 'new' },
  { kind: 'delete', pbxId: 'pbx-1', token: 'old' },
  { kind: 'delete', pbxId: 'pbx-1', token: 'new' },
  { kind: 'delete all', pbxId: 'pbx-1', extension: 'A' },
  { kind: 'call', pbxId: 'pbx-1', extension: 'A' },
  { kind: 'register', pbxId: 'pbx-2', token: 'old', extension: 'C' },
  { kind: 'update', pbxId: 'pbx-2', token: 'old', newToken: 'new' },
  { kind: 'delete', pbxId: 'pbx-2', token: 'old' },
];

const beginnings = {
  'nothing registered': [],
  'old is A’s': [settled('pbx-1', 'old', 'A', 'today')],
  'old is A’s and another PBX’s': [
    settled('pbx-1', 'old', 'A', 'long ago'),
    settled('pbx-2', 'old', 'C', 'long ago'),
  ],
  'old is A’s, new is B’s': [settled('pbx-1', 'old', 'A', 'today'), settled('pbx-1', 'new', 'B', 'today')],
};

const pairs = operations.flatMap((one, index) => operations.slice(index).map((other) => [one, other]));

describe('invariants 1, 2 and 3: every interleaving of two operations, with a crash at every step', () => {
  for (const [beginning, initial] of Object.entries(beginnings)) {
    it(beginning, { timeout: 300_000 }, async () => {
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

import { describe, expect, it } from 'vitest';
import type { Scenario } from './scenario.ts';
import { nameOf, settled, walk } from './scenario.ts';
import type { Operation } from './specification.ts';

const again: Operation = { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'A' };
const elsewhere: Operation = { kind: 'register', pbxId: 'pbx-2', token: 'old', extension: 'C' };
const update: Operation = { kind: 'update', pbxId: 'pbx-1', token: 'old', newToken: 'new' };
const remove: Operation = { kind: 'delete', pbxId: 'pbx-1', token: 'old' };
const removeAll: Operation = { kind: 'delete all', pbxId: 'pbx-1', extension: 'A' };
const call: Operation = { kind: 'call', pbxId: 'pbx-1', extension: 'A' };
const one = [settled('pbx-1', 'old', 'A', 'today')];
const shared = [...one, settled('pbx-2', 'old', 'C', 'today')];

const scenarios: Scenario[] = [
  { initial: one, operations: [remove] },
  { initial: one, operations: [update] },
  { initial: one, operations: [remove, again] },
  { initial: one, operations: [remove, elsewhere] },
  { initial: one, operations: [remove, call] },
  { initial: one, operations: [removeAll, again] },
  { initial: shared, operations: [remove, update] },
  { initial: one, operations: [again], refused: ['old'] },
  { initial: one, operations: [call], refused: ['old'] },
];

describe('invariants 1, 3 and 6: the stream, the feedback or a call cut off at any step', () => {
  for (const scenario of scenarios) {
    const { operations, refused = [] } = scenario;
    const name = [...operations.map(nameOf), ...refused.map((token) => `refusal of ${token}`)].join(' ‖ ');
    it(name, { timeout: 300_000 }, async () => {
      const { endings } = await walk({ ...scenario, redelivery: true });
      expect(endings).toBeGreaterThan(2);
    });
  }
});

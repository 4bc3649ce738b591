import { describe, expect, it } from 'vitest';
import { one, operations, shared } from './operations.ts';
import type { Scenario } from './scenario.ts';
import { nameOf, walk } from './scenario.ts';

const { registerA, update, remove, removeAll, call, foreignRegister } = operations;

const scenarios: Scenario[] = [
  { initial: one, operations: [remove] },
  { initial: one, operations: [update] },
  { initial: one, operations: [remove, registerA] },
  { initial: one, operations: [remove, registerA, remove], together: true },
  { initial: one, operations: [remove, foreignRegister] },
  { initial: one, operations: [remove, call] },
  { initial: one, operations: [removeAll, registerA] },
  { initial: shared, operations: [remove, update] },
  { initial: one, operations: [registerA], refused: ['old'] },
  { initial: one, operations: [call], refused: ['old'] },
];

describe('invariants 1, 3 and 6: the stream, the feedback or a call cut off at any step', () => {
  for (const scenario of scenarios) {
    const { refused = [] } = scenario;
    const name = [...scenario.operations.map(nameOf), ...refused.map((token) => `refusal of ${token}`)].join(
      ' ‖ ',
    );
    it(name, { timeout: 900_000 }, async () => {
      const { endings } = await walk({ ...scenario, redelivery: true });
      expect(endings).toBeGreaterThan(2);
    });
  }
});

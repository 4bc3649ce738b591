import { describe, expect, it } from 'vitest';
import type { Scenario } from './scenario.ts';
import { nameOf, settled, walk } from './scenario.ts';
import type { Operation } from './specification.ts';

const call: Operation = { kind: 'call', pbxId: 'pbx-1', extension: 'A' };
const again: Operation = { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'A' };
const elsewhere: Operation = { kind: 'register', pbxId: 'pbx-2', token: 'old', extension: 'C' };
const replaced: Operation = { kind: 'update', pbxId: 'pbx-1', token: 'old', newToken: 'new' };
const gone: Operation = { kind: 'delete', pbxId: 'pbx-1', token: 'old' };

const walkAll = async (scenarios: readonly Scenario[]): Promise<number> => {
  let states = 0;
  for (const scenario of scenarios) {
    const walked = await walk(scenario).catch((error: Error) => {
      throw new Error(`${scenario.operations.map(nameOf).join(' ‖ ')}: ${error.message}`);
    });
    states += walked.states;
  }
  return states;
};

describe('invariant 6: a token is given up on evidence only, and never if it was registered since', () => {
  const together: Operation[][] = [
    [again],
    [call],
    [again, call],
    [again, elsewhere],
    [replaced, call],
    [again, gone],
  ];

  for (const verified of ['today', 'long ago'] as const) {
    const initial = [settled('pbx-1', 'old', 'A', verified)];
    it(`a refusal in the midst of other operations, the endpoint verified ${verified}`, {
      timeout: 120_000,
    }, async () => {
      const scenarios = together.map((operations) => ({ initial, operations, refused: ['old'] }));
      expect(await walkAll(scenarios)).toBeGreaterThan(100);
    });
  }

  it('two refusals, told late and in any order', { timeout: 120_000 }, async () => {
    const initial = [settled('pbx-1', 'old', 'A', 'today'), settled('pbx-2', 'old', 'C', 'today')];
    const scenarios = [[again], [call], [again, call]].map((operations) => ({
      initial,
      operations,
      refused: ['old', 'old'],
    }));
    expect(await walkAll(scenarios)).toBeGreaterThan(100);
  });
});

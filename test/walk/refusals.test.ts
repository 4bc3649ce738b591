import { describe, expect, it } from 'vitest';
import type { Scenario } from './scenario.ts';
import { nameOf, settled, walk } from './scenario.ts';
import type { Operation } from './specification.ts';

const call: Operation = { kind: 'call', pbxId: 'pbx-1', extension: 'A' };
const again: Operation = { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'A' };
const elsewhere: Operation = { kind: 'register', pbxId: 'pbx-2', token: 'old', extension: 'C' };
const replaced: Operation = { kind: 'update', pbxId: 'pbx-1', token: 'old', newToken: 'new' };
const gone: Operation = { kind: 'delete', pbxId: 'pbx-1', token: 'old' };

type Mix = { operations: Operation[]; crashes: number };
const mixes: Mix[] = [
  { operations: [again], crashes: 1 },
  { operations: [call], crashes: 1 },
  { operations: [again, call], crashes: 1 },
  { operations: [again, gone], crashes: 1 },
  { operations: [again, elsewhere], crashes: 0 },
];

const walkAll = async (scenarios: readonly (Scenario & { crashes: number })[]): Promise<number> => {
  let states = 0;
  for (const scenario of scenarios) {
    const walked = await walk(scenario, scenario.crashes).catch((error: Error) => {
      throw new Error(`${scenario.operations.map(nameOf).join(' ‖ ')}: ${error.message}`);
    });
    states += walked.states;
  }
  return states;
};

describe('invariant 6: a token is given up on evidence only, and never if it was registered since', () => {
  for (const verified of ['today', 'long ago'] as const) {
    const initial = [settled('pbx-1', 'old', 'A', verified)];
    it(`a refusal in the midst of other operations, the endpoint verified ${verified}`, {
      timeout: 300_000,
    }, async () => {
      const scenarios = mixes.map((mix) => ({ initial, refused: ['old'], ...mix }));
      expect(await walkAll(scenarios)).toBeGreaterThan(1_000);
    });
  }

  it('a refusal while the token is replaced', { timeout: 300_000 }, async () => {
    const initial = [settled('pbx-1', 'old', 'A', 'today')];
    const scenarios = [
      { initial, refused: ['old'], operations: [replaced], crashes: 1 },
      { initial, refused: ['old'], operations: [replaced, again], crashes: 0 },
    ];
    expect(await walkAll(scenarios)).toBeGreaterThan(1_000);
  });

  it('two refusals of a token that two PBXs have, told late and in any order', {
    timeout: 300_000,
  }, async () => {
    const initial = [settled('pbx-1', 'old', 'A', 'today'), settled('pbx-2', 'old', 'C', 'today')];
    const scenarios = mixes.slice(0, 2).map((mix) => ({ initial, refused: ['old', 'old'], ...mix }));
    expect(await walkAll(scenarios)).toBeGreaterThan(1_000);
  });
});

import { describe, expect, it } from 'vitest';
import { beginnings, combinationsOf, one, operations, shared } from './operations.ts';
import type { Scenario } from './scenario.ts';
import { nameOf, settled, walk } from './scenario.ts';
import type { Operation } from './specification.ts';

const { registerA, update, remove, call, foreignRegister } = operations;

type Mix = { operations: Operation[]; crashes: number };
const mixes: Mix[] = [
  { operations: [registerA], crashes: 1 },
  { operations: [call], crashes: 1 },
  { operations: [registerA, call], crashes: 1 },
  { operations: [registerA, remove], crashes: 1 },
  { operations: [registerA, foreignRegister], crashes: 1 },
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
      timeout: 900_000,
    }, async () => {
      const scenarios = mixes.map((mix) => ({ initial, refused: ['old'], ...mix }));
      expect(await walkAll(scenarios)).toBeGreaterThan(1_000);
    });
  }

  it('a refusal beside each operation, of whichever PBX, on each beginning', {
    timeout: 900_000,
  }, async () => {
    const scenarios = Object.values(beginnings).flatMap((initial) =>
      combinationsOf(1).map((single) => ({ initial, refused: ['old'], operations: single, crashes: 1 })),
    );
    expect(await walkAll(scenarios)).toBeGreaterThan(1_000);
  });

  it('a refusal while the token is replaced', { timeout: 900_000 }, async () => {
    const scenarios = [
      { initial: one, refused: ['old'], operations: [update], crashes: 1 },
      { initial: one, refused: ['old'], operations: [update, registerA], crashes: 1 },
    ];
    expect(await walkAll(scenarios)).toBeGreaterThan(1_000);
  });

  it('two refusals of a token that two PBXs have, told late and in any order', {
    timeout: 900_000,
  }, async () => {
    const scenarios = mixes.slice(0, 2).map((mix) => ({ initial: shared, refused: ['old', 'old'], ...mix }));
    expect(await walkAll(scenarios)).toBeGreaterThan(1_000);
  });
});

describe('invariant 7: where the fleet guard believes no refusal, none marks a token', () => {
  it('whatever other operations do', { timeout: 900_000 }, async () => {
    const initial = [settled('pbx-1', 'old', 'A', 'today')];
    const scenarios = mixes.map((mix) => ({ initial, refused: ['old'], believed: 0, ...mix }));
    expect(await walkAll(scenarios)).toBeGreaterThan(1_000);
  });
});

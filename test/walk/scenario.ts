import { expect } from 'vitest';
import { days } from '../../lambda/core/duration.ts';
import { ServiceError } from '../../lambda/core/errors.ts';
import { isDisabled, type Registration } from '../../lambda/core/registration.ts';
import { aRegistration } from '../support/builders.ts';
import type { Walked, World } from './explore.ts';
import { explore } from './explore.ts';
import { epoch } from './fingerprint.ts';
import type { Ending } from './process.ts';
import type { Lines, Operation } from './specification.ts';
import { alternatives, applied, cutOff, outcomes, refused } from './specification.ts';
import type { Sabotage } from './system.ts';
import { createSystem } from './system.ts';

export type Scenario = {
  initial: readonly Registration[];
  operations: readonly Operation[];
  /** Whether all read their clocks at once, and not when others may have ended already: far fewer paths. */
  together?: boolean;
  /** Whether calls, and what the stream and the topic set off, may crash too; the latter are started again then. */
  redelivery?: boolean;
  /** Tokens that Apple or Google refuse at some moment. */
  refused?: readonly string[];
  /** How many refusals the fleet guard believes. @default - all */
  believed?: number;
  /** Tokens whose endpoint must be there at every ending, whoever shares it. */
  endpointsKept?: readonly string[];
  sabotage?: Sabotage;
};

/** A registration of long ago, whose endpoint SNS was asked about a while or a day ago. */
export const settled = (
  pbxId: string,
  token: string,
  extension: string,
  verified: 'today' | 'long ago',
): Registration =>
  aRegistration({
    token,
    pbxId,
    extension,
    registeredAt: epoch - days(2),
    claimedAt: epoch - days(2),
    expiresAt: epoch + days(200),
    verifiedAt: verified === 'today' ? epoch - 1_000 : epoch - days(2) + 1,
  });

export const nameOf = (operation: Operation): string => Object.values(operation).join(' ');

const linesOf = (rows: readonly Registration[], pbxId: string): Lines =>
  new Map(
    rows
      .filter((row) => row.pbxId === pbxId)
      .map((row) => [row.token, { extension: row.extension, claim: 0 }]),
  );

/** What an ending allows an operation to have done, and what it must have answered where it answered at all. */
const verdictOf = (operation: Operation, ending: Ending | undefined) => {
  if (ending?.state === 'finished') {
    return { alternatives: alternatives(operation), answer: ending.answer ?? '' };
  }
  if (ending?.state === 'failed') {
    const code = ending.error instanceof ServiceError ? ending.error.code : String(ending.error);
    if (code === 'unknown-token') return { alternatives: [applied(operation)], answer: code };
    // An update between two apps' tokens.
    if (code === 'invalid-token') return { alternatives: [refused], answer: code };
    if (code !== 'unavailable') throw new Error(`${nameOf(operation)} failed: ${code}`);
  }
  return { alternatives: cutOff(operation), answer: '' };
};

const worldOf = (scenario: Scenario): World => {
  const system = createSystem(scenario.initial, scenario);
  const named = scenario.operations.map((operation, index) => ({
    operation,
    name: `${index} ${nameOf(operation)}`,
  }));
  const refusals = new Map<string, number>();
  const processes = [
    ...named.map(({ operation, name }) => system.process(operation, name)),
    ...(scenario.refused ?? []).map((token) => system.refusal(token, (at) => refusals.set(token, at))),
  ];

  const owners = (pbxId: string) =>
    Object.fromEntries(
      system
        .rows()
        .filter((row) => row.pbxId === pbxId)
        .map((row) => [row.token, row.extension]),
    );
  const ownersOf = (lines: Lines) =>
    Object.fromEntries([...lines].map(([token, { extension }]) => [token, extension]));

  /** Each PBX must find what its own operations alone may come to, whatever others did. */
  const checkLines = (
    pbxId: string,
    endings: ReadonlyMap<string, Ending>,
    repeated: readonly Operation[],
  ) => {
    const own = named.filter(({ operation }) => operation.pbxId === pbxId && operation.kind !== 'call');
    const verdicts = own.map(({ operation, name }) => ({ name, ...verdictOf(operation, endings.get(name)) }));
    // Beside an update, a register may find the row that the update is half done with; beside two, one may
    // find neither token.
    const updates = own.filter(({ operation }) => operation.kind === 'update').length;
    const lenient = (answer: string) => updates > 1 || (updates === 1 && answer !== 'unknown-token');
    const allowed = outcomes(linesOf(scenario.initial, pbxId), verdicts)
      .filter(({ answers }) =>
        verdicts.every(({ name, answer }) => lenient(answer) || answers.get(name) === answer),
      )
      .map(({ lines }) =>
        repeated
          .filter((operation) => operation.pbxId === pbxId)
          .reduce((all, operation) => applied(operation)(all, 100).lines, lines),
      )
      .map(ownersOf);
    expect(allowed, `${pbxId}${repeated.length > 0 ? ' after the repeat' : ''}`).toContainEqual(
      owners(pbxId),
    );
  };

  const checkRings = async (pbxId: string) => {
    for (const extension of ['A', 'B', 'C']) {
      const rows = system.rows().filter((row) => row.pbxId === pbxId && row.extension === extension);
      const refused = (row: Registration) => row.registeredAt < (refusals.get(row.token) ?? 0);
      const rung = await system.rings(pbxId, extension);
      for (const row of rows) {
        if (!refused(row)) expect(rung, `${row.token} for ${extension} at ${pbxId}`).toContain(row.token);
      }
      for (const token of rung) expect(rows.map((row) => row.token)).toContain(token);
    }
  };

  const pbxIds = [...new Set([...scenario.operations, ...scenario.initial].map(({ pbxId }) => pbxId))];
  return {
    processes,
    spawned: system.spawned,
    state: () => [system.state(), [...refusals]],
    save: () => {
      const [restore, before] = [system.save(), [...refusals]];
      return () => {
        restore();
        refusals.clear();
        for (const [token, at] of before) refusals.set(token, at);
      };
    },
    check: async (endings) => {
      expect(system.stray).toEqual([]);
      const undisturbed = named.every(({ name }) => endings.get(name)?.state === 'finished');
      if (undisturbed) expect(system.orphans()).toEqual([]);
      if (refusals.size === 0 || scenario.believed === 0)
        expect(system.rows().filter(isDisabled)).toEqual([]);

      const held = system.endpoints().map(({ token }) => token);
      expect(held).toEqual(expect.arrayContaining([...(scenario.endpointsKept ?? [])]));

      for (const pbxId of pbxIds) checkLines(pbxId, endings, []);
      for (const pbxId of pbxIds) await checkRings(pbxId);

      const cut = named.filter(({ name }) => endings.get(name)?.state === 'crashed');
      if (cut.length === 0) return;
      const repeated: Operation[] = [];
      for (const { operation } of cut) {
        if (await isDone(system.perform(operation, epoch + 20_000))) repeated.push(operation);
      }
      for (const pbxId of pbxIds) checkLines(pbxId, endings, repeated);
      for (const pbxId of pbxIds) await checkRings(pbxId);
    },
  };
};

const isDone = async (work: Promise<unknown>): Promise<boolean> => {
  try {
    await work;
    return true;
  } catch (error) {
    const isRefusal =
      error instanceof ServiceError && ['unknown-token', 'invalid-token'].includes(error.code);
    if (!isRefusal) throw error;
    return false;
  }
};

export const walk = (scenario: Scenario, crashes = 1): Promise<Walked> => explore(worldOf(scenario), crashes);

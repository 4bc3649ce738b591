import { describe, expect, it } from 'vitest';
import { one, operations, shared } from './operations.ts';
import type { Scenario } from './scenario.ts';
import { settled, walk } from './scenario.ts';
import type { Sabotage } from './system.ts';

const { registerA, registerB, registerNew, update, foreignUpdate, remove } = operations;

/** Faults that the real parts could have, and a walk that must find each. */
const faults: { name: string; sabotage: Sabotage; scenario: Scenario }[] = [
  {
    name: 'update overwrites whoever registered the new token',
    sabotage: ({ table, gateway }) => ({
      gateway,
      table: { ...table, inherit: async (row) => table.claim(row).then(() => true) },
    }),
    scenario: { initial: one, operations: [update, registerNew] },
  },
  {
    name: 'update removes the old row whatever was registered on it since',
    sabotage: ({ table, gateway }) => ({ gateway, table: { ...table, remove: (key) => table.remove(key) } }),
    scenario: { initial: one, operations: [update, registerB] },
  },
  {
    name: 'a PBX’s query finds the rows of another',
    sabotage: ({ table, gateway }) => ({
      gateway,
      table: { ...table, ofToken: (_, tokenHash) => table.ofTokenAnywhere(tokenHash) },
    }),
    scenario: { initial: one, operations: [foreignUpdate] },
  },
  {
    name: 'the stream deletes the endpoint of a token that is still registered',
    sabotage: ({ table, gateway }) => ({ gateway, table: { ...table, ofTokenAnywhere: async () => [] } }),
    scenario: {
      initial: shared,
      operations: [remove],
      endpointsKept: ['old'],
    },
  },
  {
    name: 'a refusal is noted in a row that was registered since',
    sabotage: ({ table, gateway }) => ({
      gateway,
      table: {
        ...table,
        setRefusal: async (key, refusal, expiresAt) => {
          const row = await table.get(key);
          return row === undefined ? false : table.setRefusal(key, refusal, expiresAt, row);
        },
      },
    }),
    scenario: { initial: one, operations: [registerA], refused: ['old'] },
  },
  {
    name: 'a call’s late write brings a row back that was logged out',
    sabotage: ({ table, gateway }) => ({
      gateway,
      table: {
        ...table,
        setEndpoint: async (key, endpoint, read) => {
          const written = await table.setEndpoint(key, endpoint, read);
          return (
            written || (await table.inherit({ ...one[0], ...key, ...endpoint } as (typeof one)[0] & object))
          );
        },
      },
    }),
    scenario: { initial: [settled('pbx-1', 'old', 'A', 'long ago')], operations: [registerA, remove] },
  },
  {
    name: 'a refusal that was told late is not undone where the phone has registered since',
    sabotage: ({ table, gateway }) => ({ table, gateway: { ...gateway, enableEndpoint: async () => {} } }),
    scenario: { initial: one, operations: [registerA], refused: ['old'] },
  },
];

describe('the walk finds a fault where there is one', () => {
  for (const { name, sabotage, scenario } of faults) {
    it(name, { timeout: 900_000 }, async () => {
      await expect(walk({ ...scenario, sabotage })).rejects.toThrow(/^after /);
      await expect(walk(scenario)).resolves.toBeDefined();
    });
  }
});

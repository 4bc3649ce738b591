import { describe, expect, it } from 'vitest';
import { nameOf, settled, walk } from './scenario.ts';
import type { Operation } from './specification.ts';

const registerA: Operation = { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'A' };
const registerB: Operation = { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'B' };
const registerNew: Operation = { kind: 'register', pbxId: 'pbx-1', token: 'new', extension: 'B' };
const update: Operation = { kind: 'update', pbxId: 'pbx-1', token: 'old', newToken: 'new' };
const remove: Operation = { kind: 'delete', pbxId: 'pbx-1', token: 'old' };
const removeNew: Operation = { kind: 'delete', pbxId: 'pbx-1', token: 'new' };
const call: Operation = { kind: 'call', pbxId: 'pbx-1', extension: 'A' };
const foreignRegister: Operation = { kind: 'register', pbxId: 'pbx-2', token: 'old', extension: 'C' };
const foreignDelete: Operation = { kind: 'delete', pbxId: 'pbx-2', token: 'old' };

const one = [settled('pbx-1', 'old', 'A', 'today')];
const shared = [...one, settled('pbx-2', 'old', 'C', 'today')];

const triples = [
  { name: 'log out, log in and a call', initial: one, operations: [remove, registerB, call] },
  { name: 'two log in and one logs out', initial: one, operations: [registerA, registerB, remove] },
  {
    name: 'a token is replaced while somebody logs in on each',
    initial: one,
    operations: [update, registerB, registerNew],
  },
  {
    name: 'a token is replaced and both are logged out',
    initial: one,
    operations: [update, remove, removeNew],
  },
  {
    name: 'a token is replaced twice at once, and logged out',
    initial: one,
    operations: [update, update, remove],
  },
  {
    name: 'a token is replaced at one PBX, and logged out and in at another',
    initial: shared,
    operations: [update, foreignDelete, foreignRegister],
  },
  {
    name: 'one PBX logs out, the other in and out',
    initial: shared,
    operations: [remove, foreignDelete, foreignRegister],
  },
  {
    name: 'a PBX meddles with the token of another',
    initial: one,
    operations: [foreignRegister, foreignDelete, call],
  },
];

describe('invariants 1, 2 and 3: every interleaving of three operations, with a crash at every step', () => {
  for (const { name, initial, operations } of triples) {
    it(`${name}: ${operations.map(nameOf).join(' ‖ ')}`, { timeout: 300_000 }, async () => {
      const { endings } = await walk({ initial, operations, together: true });
      expect(endings).toBeGreaterThan(5);
    });
  }
});

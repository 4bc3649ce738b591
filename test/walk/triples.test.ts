import { describe, expect, it } from 'vitest';
import { one, operations, shared } from './operations.ts';
import { nameOf, walk } from './scenario.ts';

const {
  registerA,
  registerB,
  registerPocket,
  registerNew,
  update,
  remove,
  removeNew,
  call,
  foreignRegister,
  foreignRemove,
} = operations;

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
    name: 'a token is replaced twice at once, while another app registers it',
    initial: one,
    operations: [registerPocket, update, update],
  },
  {
    name: 'logged out twice, and registered by somebody slow',
    initial: one,
    operations: [registerA, remove, remove],
  },
  { name: 'logged out and in, and a call', initial: one, operations: [remove, registerA, call] },
  {
    name: 'a token is replaced at one PBX, and logged out and in at another',
    initial: shared,
    operations: [update, foreignRemove, foreignRegister],
  },
  {
    name: 'one PBX logs out, the other in and out',
    initial: shared,
    operations: [remove, foreignRemove, foreignRegister],
  },
  {
    name: 'a PBX meddles with the token of another',
    initial: one,
    operations: [foreignRegister, foreignRemove, call],
  },
];

describe('invariants 1, 2 and 3: every interleaving of three operations, with a crash at every step', () => {
  for (const { name, initial, operations: three } of triples) {
    it(`${name}: ${three.map(nameOf).join(' ‖ ')}`, { timeout: 900_000 }, async () => {
      const { endings } = await walk({ initial, operations: three, together: true });
      expect(endings).toBeGreaterThan(5);
    });
  }
});

import type { Registration } from '../../lambda/core/registration.ts';
import { settled } from './scenario.ts';
import type { Operation } from './specification.ts';

/** What may happen to the two tokens `old` and `new`, of which pbx-1 has made A's and B's, and pbx-2 C's. */
export const operations = {
  registerA: { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'A' },
  registerB: { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'B' },
  /** Another app on the same token. */
  registerPocket: { kind: 'register', pbxId: 'pbx-1', token: 'old', extension: 'B', app: 'pocket' },
  registerNew: { kind: 'register', pbxId: 'pbx-1', token: 'new', extension: 'B' },
  update: { kind: 'update', pbxId: 'pbx-1', token: 'old', newToken: 'new' },
  remove: { kind: 'delete', pbxId: 'pbx-1', token: 'old' },
  removeNew: { kind: 'delete', pbxId: 'pbx-1', token: 'new' },
  removeAll: { kind: 'delete all', pbxId: 'pbx-1', extension: 'A' },
  call: { kind: 'call', pbxId: 'pbx-1', extension: 'A' },
  foreignRegister: { kind: 'register', pbxId: 'pbx-2', token: 'old', extension: 'C' },
  foreignUpdate: { kind: 'update', pbxId: 'pbx-2', token: 'old', newToken: 'new' },
  foreignRemove: { kind: 'delete', pbxId: 'pbx-2', token: 'old' },
} as const satisfies Record<string, Operation>;

/** `old` is A's. */
export const one: readonly Registration[] = [settled('pbx-1', 'old', 'A', 'today')];
/** `old` is A's, and C's at another PBX. */
export const shared: readonly Registration[] = [...one, settled('pbx-2', 'old', 'C', 'today')];

export const beginnings = {
  'nothing registered': [],
  'old is A’s': one,
  'old is A’s and another PBX’s': [
    settled('pbx-1', 'old', 'A', 'long ago'),
    settled('pbx-2', 'old', 'C', 'long ago'),
  ],
  'old is A’s, new is B’s': [...one, settled('pbx-1', 'new', 'B', 'today')],
} as const satisfies Record<string, readonly Registration[]>;

/** Every choice of so many operations, each as often as may be, in no order. */
export const combinationsOf = (count: number): Operation[][] => {
  const all: readonly Operation[] = Object.values(operations);
  const choose = (left: number, from: number): Operation[][] =>
    left === 0
      ? [[]]
      : all.flatMap((operation, index) =>
          index < from ? [] : choose(left - 1, index).map((rest) => [operation, ...rest]),
        );
  return choose(count, 0);
};

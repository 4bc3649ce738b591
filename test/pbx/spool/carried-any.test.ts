import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fingerprintOf } from '../../../lambda/core/token.ts';
import type { Change, Entry } from '../../../pbx/src/spool/entry.ts';
import { openStore } from '../../../pbx/src/spool/store.ts';
import { register, remove, scratch, update } from './support.ts';

const token = fc.constantFrom('a', 'b', 'c', 'd');
const extension = fc.constantFrom('101', '102');
const line = fc.constantFrom(1, 2);
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(token, extension, line).map(([of, to, on]) => register(of, to, { line: on })),
  },
  { weight: 4, arbitrary: fc.tuple(token, token).map(([from, to]) => update(from, to)) },
  token.map((of) => remove({ token: of })),
  fc.tuple(token, line).map(([of, on]) => remove({ token: of, line: on })),
  extension.map((of) => remove({ extension: of })),
  fc.tuple(extension, token).map(([of, from]) => remove({ extension: of, fingerprint: fingerprintOf(from) })),
);

type Registration = { token: string; line: number; extension: string; id: number };

/** Of each token and line the last registration, whatever it was moved from. */
const createLastOnes = () => {
  const rows = new Map<string, Registration>();
  const set = (row: Registration) => {
    const key = `${row.token} ${row.line}`;
    if ((rows.get(key)?.id ?? 0) < row.id) rows.set(key, row);
  };
  const take = (holds: (row: Registration) => boolean): Registration[] => {
    const found = [...rows].filter(([, row]) => holds(row));
    for (const [key] of found) rows.delete(key);
    return found.map(([, row]) => row);
  };
  return {
    rows,
    apply: ({ operation, request, id }: Entry): void => {
      if (operation === 'register') {
        rows.delete(`${request.token} ${request.line}`);
        set({ token: request.token, line: request.line ?? 1, extension: request.extension, id });
      } else if (operation === 'update') {
        for (const row of take((one) => one.token === request.oldToken))
          set({ ...row, token: request.newToken });
      } else if ('token' in request) {
        take((row) => row.token === request.token && (request.line ?? row.line) === row.line);
      } else {
        take(
          (row) =>
            row.extension === request.extension &&
            (request.fingerprint ?? fingerprintOf(row.token)) === fingerprintOf(row.token),
        );
      }
    },
  };
};

it('whatever was kept aside, and came since: sent again, a register is where it would be had it been taken at once', () => {
  const place = scratch();
  const store = openStore(place.file);
  const operator = new DatabaseSync(place.file);
  let sentAgain = 0;
  fc.assert(
    fc.property(fc.array(fc.tuple(change, fc.boolean()), { minLength: 2, maxLength: 9 }), (all) => {
      operator.exec('DELETE FROM entries; DELETE FROM latest');
      const [proxy, atOnce] = [createLastOnes(), createLastOnes()];
      const deliver = (entry: Entry) => {
        proxy.apply(entry);
        store.delivered(entry.id);
      };
      store.transaction(() => {
        for (const [one, isRefused] of all) {
          const entry = store.add(one);
          atOnce.apply(entry);
          if (isRefused && one.operation === 'register')
            store.keepAside(entry.id, { code: 'unknown-app', detail: '' });
          else deliver(entry);
        }
      });
      operator.exec('UPDATE entries SET retry = 1');
      const again = store.transaction(() => store.retriesAsked().entries);
      store.transaction(() => {
        for (const entry of again) deliver(store.release(entry) ?? entry);
      });
      sentAgain += again.length;
      for (const [key, row] of proxy.rows) {
        if (again.some(({ id }) => id === row.id)) expect([key, row]).toEqual([key, atOnce.rows.get(key)]);
      }
    }),
    { numRuns: 400 },
  );
  expect(sentAgain).toBeGreaterThan(100);
  operator.close();
  store.close();
  place.remove();
});

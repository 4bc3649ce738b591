import fc from 'fast-check';
import { PnsProxyError } from 'pns-proxy-client';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../lambda/core/token.ts';
import type { Change, Entry } from '../../../pbx/src/spool/entry.ts';
import { createOrder } from '../../../pbx/src/spool/order.ts';
import { createRegistrations } from './registrations.ts';
import { quick, register, remove, scratch, startSpool, update } from './support.ts';

const entries = (...changes: Change[]): Entry[] =>
  changes.map((change, index) => ({ ...change, id: index + 1, at: 0, tries: 0 }));

/** Which of these, taken in this order, may be sent at once. */
const mayGo = (...changes: Change[]): number[] => {
  const order = createOrder();
  return entries(...changes)
    .filter((entry) => order.add(entry))
    .map(({ id }) => id);
};

describe('of two requests', () => {
  it.each<[string, Change, Change]>([
    ['registers of one token', register('a', '101'), register('a', '102')],
    ['registers of one Apple token, in capitals', register('AB12', '101'), register('ab12', '101')],
    ['a register and the update of its token', register('a', '101'), update('a', 'b')],
    ['a register and an update to its token', register('b', '101'), update('a', 'b')],
    ['updates in a chain', update('a', 'b'), update('b', 'c')],
    ['a register and the delete of its token', register('a', '101'), remove({ token: 'a' })],
    ['a delete of an extension and a register to it', remove({ extension: '101' }), register('a', '101')],
    ['a register and the delete of its extension', register('a', '101'), remove({ extension: '101' })],
    [
      'a register and the delete of a phone of its extension',
      register('a', '101'),
      remove({ extension: '101', deviceId: 'x' }),
    ],
    [
      'an update, whosever it is, and a delete of an extension',
      update('a', 'b'),
      remove({ extension: '101' }),
    ],
    [
      'a delete of a phone and an update',
      remove({ extension: '101', fingerprint: '01234567' }),
      update('a', 'b'),
    ],
  ])('%s: the later one waits', (_, first, second) => {
    expect(mayGo(first, second)).toEqual([1]);
    expect(mayGo(second, first)).toEqual([1]);
  });

  it.each<[string, Change, Change]>([
    ['registers to one extension', register('a', '101'), register('b', '101')],
    ['updates of different tokens', update('a', 'b'), update('c', 'd')],
    ['deletes of different extensions', remove({ extension: '101' }), remove({ extension: '102' })],
    ['a register and the delete of another extension', register('a', '101'), remove({ extension: '102' })],
    ['a register and the delete of another token', register('a', '101'), remove({ token: 'b' })],
    ['tokens that differ in capitals alone, of Google', register('aZ', '101'), register('AZ', '101')],
  ])('%s: both may go', (_, first, second) => {
    expect(mayGo(first, second)).toEqual([1, 2]);
  });
});

it('frees those that waited, each once nothing that conflicts is before it', () => {
  const order = createOrder();
  const [a, b, moved, again] = entries(
    register('a', '101'),
    register('b', '101'),
    update('a', 'b'),
    register('b', '102'),
  ) as [Entry, Entry, Entry, Entry];
  expect([a, b, moved, again].map((entry) => order.add(entry))).toEqual([true, true, false, false]);
  expect(order.remove(b)).toEqual([]);
  expect(order.remove(a)).toEqual([moved]);
  expect(order.remove(moved)).toEqual([again]);
});

const token = fc.constantFrom('a', 'b', 'c');
const extension = fc.constantFrom('101', '102');
const device = fc.constantFrom('x', 'y');
const line = fc.constantFrom(1, 2);
const change: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(token, extension, fc.option(device, { nil: undefined }), line)
      .map(([of, to, deviceId, on]) =>
        register(of, to, { line: on, ...(deviceId !== undefined && { deviceId }) }),
      ),
  },
  { weight: 2, arbitrary: fc.tuple(token, token).map(([from, to]) => update(from, to)) },
  token.map((of) => remove({ token: of })),
  fc.tuple(token, line).map(([of, on]) => remove({ token: of, line: on })),
  extension.map((of) => remove({ extension: of })),
  fc.tuple(extension, device).map(([of, deviceId]) => remove({ extension: of, deviceId })),
  fc.tuple(extension, token).map(([of, from]) => remove({ extension: of, fingerprint: fingerprintOf(from) })),
);
/** How a try goes: it fails, or is carried out, and its answer comes, is lost, or is lost before it is carried out. */
const fate = fc.record({
  how: fc.constantFrom('done', 'done', 'done', 'failed', 'answer lost', 'late'),
  takesMs: fc.integer({ min: 0, max: 3 }),
});

it('whatever is sent, and however the tries go: what the proxy holds is what the requests, one by one, would give', async () => {
  const place = scratch();
  const failure = (code: string, unknown: boolean) =>
    new PnsProxyError(code, { code, retryable: true, unknown, attempts: 1 });
  const lateMs = 5;
  const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  let fates: { how: string; takesMs: number }[] = [];
  let proxy = createRegistrations();
  let late: Promise<void>[] = [];
  let tries = 0;

  const pns = await startSpool(
    place.file,
    async (entry) => {
      tries += 1;
      const { how, takesMs } = fates.shift() ?? { how: 'done', takesMs: 0 };
      await pause(takesMs);
      if (how === 'failed') throw failure('unavailable', false);
      if (how === 'late') {
        late.push(pause(lateMs).then(() => proxy.apply(entry)));
        throw failure('deadline', true);
      }
      const known =
        entry.operation !== 'update' || [entry.request.oldToken, entry.request.newToken].some(proxy.knows);
      proxy.apply(entry);
      if (how === 'answer lost') throw failure('network', true);
      if (!known) {
        const ends = { code: 'unknown-token', retryable: false, unknown: false, attempts: 1, status: 404 };
        throw new PnsProxyError('neither token is registered', ends);
      }
    },
    { ...quick, firstPauseMs: 1, longestPauseMs: 4, strayMs: lateMs * 2 },
  );

  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 2, maxLength: 14 }),
      fc.array(fate, { maxLength: 20 }),
      async (changes, hindrances) => {
        proxy = createRegistrations();
        fates = [...hindrances];
        late = [];
        const expected = createRegistrations();
        for (const one of changes) expected.apply(one);
        await Promise.all(changes.map((one) => pns.add(one)));
        await pns.empty();
        await Promise.all(late);
        expect(proxy.state()).toEqual(expected.state());
      },
    ),
    { numRuns: 150 },
  );
  expect(tries).toBeGreaterThan(1_000);
  expect(pns.spool.keptAside()).toBe(0);
  await pns.stop();
  place.remove();
});

import { PnsProxyError } from 'pns-proxy-client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fingerprintOf } from '../../../lambda/core/token.ts';
import type { Change, Entry } from '../../../pbx/src/spool/entry.ts';
import { listSpool, retryKeptAside } from '../../../pbx/src/spool/operator.ts';
import { createRegistrations } from './registrations.ts';
import { register, remove, scratch, startSpool, update } from './support.ts';

let place: ReturnType<typeof scratch>;
beforeEach(() => {
  place = scratch();
});
afterEach(() => place.remove());

const refusal = (status: number, code: string) =>
  new PnsProxyError(`failed with ${code}`, { code, retryable: false, unknown: false, attempts: 1, status });

/** Sends these to a proxy that refuses those marked; then it refuses none any more, and all that was kept aside is sent again. */
const run = async (changes: (Change | { refused: Change })[]) => {
  const proxy = createRegistrations();
  const refused = new Set<number>();
  const send = async (entry: Entry) => {
    if (refused.has(entry.id)) throw refusal(400, 'unknown-app');
    const { operation, request } = entry;
    const knows = operation !== 'update' || [request.oldToken, request.newToken].some(proxy.knows);
    proxy.apply(entry);
    if (!knows) throw refusal(404, 'unknown-token');
  };
  const pns = await startSpool(place.file, send);
  for (const [index, change] of changes.entries()) {
    if ('refused' in change) refused.add(index + 1);
    await pns.add('refused' in change ? change.refused : change);
    await pns.empty();
  }
  const keptAside = listSpool(place.file).keptAside.map(({ id }) => id);
  refused.clear();
  retryKeptAside(place.file, 'all');
  await pns.untilCount('delivered', changes.length - pns.of('kept_aside').length + keptAside.length);
  await pns.stop();
  const rings = Object.entries(proxy.state()).map(([key, { extension }]) => `${key} ${extension}`);
  return { keptAside, rings, delivered: pns.of('delivered') };
};
const refused = (change: Change) => ({ refused: change });

it('a register that was kept aside follows the updates of its token, one after the other', async () => {
  const { keptAside, rings, delivered } = await run([
    refused(register('a', '101')),
    update('a', 'b'),
    update('b', 'c'),
  ]);
  expect(keptAside).toEqual([1]);
  expect(rings).toEqual(['c 1 101']);
  expect(delivered).toMatchObject([
    { entry: 2, code: 'unknown-token', carried: [1] },
    { entry: 3, code: 'unknown-token', carried: [1] },
    { entry: 1 },
  ]);
});

it.each<[string, Change]>([
  ['token', remove({ token: 'b' })],
  ['extension', remove({ extension: '101' })],
  ['fingerprint', remove({ extension: '101', fingerprint: fingerprintOf('b') })],
])('and is gone with a later delete of the new token, by %s', async (_, gone) => {
  const { keptAside, rings } = await run([refused(register('a', '101')), update('a', 'b'), gone]);
  expect([keptAside, rings]).toEqual([[], []]);
});

it('and with a later register of the new token', async () => {
  const { keptAside, rings, delivered } = await run([
    refused(register('a', '101')),
    update('a', 'b'),
    register('b', '102'),
  ]);
  expect([keptAside, rings]).toEqual([[], ['b 1 102']]);
  expect(delivered.at(-1)).toMatchObject({ entry: 3, superseded: [1] });
});

it('also where the update has moved another line', async () => {
  const { rings } = await run([
    refused(register('a', '101')),
    register('a', '102', { line: 2 }),
    update('a', 'b'),
  ]);
  expect(rings).toEqual(['b 1 101', 'b 2 102']);
});

it('but not onto a line that was registered with the new token since: of a line, the last registration wins', async () => {
  const { keptAside, rings, delivered } = await run([
    refused(register('a', '101')),
    refused(register('a', '101', { line: 2 })),
    register('b', '102'),
    update('a', 'b'),
  ]);
  expect(keptAside).toEqual([2]);
  expect(rings).toEqual(['b 1 102', 'b 2 101']);
  expect(delivered).toMatchObject([{ entry: 3 }, { entry: 4, superseded: [1], carried: [2] }, { entry: 2 }]);
});

it('nor onto one that was moved to the new token since', async () => {
  const { rings } = await run([
    refused(register('a', '101')),
    register('c', '102'),
    update('c', 'b'),
    update('a', 'b'),
  ]);
  expect(rings).toEqual(['b 1 102']);
});

it('nor onto one for which a later one is kept aside: that is the last registration', async () => {
  const { keptAside, rings } = await run([
    refused(register('a', '101')),
    refused(register('b', '102')),
    update('a', 'b'),
    remove({ extension: '102' }),
  ]);
  expect([keptAside, rings]).toEqual([[], []]);
});

it('but again onto one whose registration was deleted', async () => {
  const { rings } = await run([
    refused(register('a', '101')),
    register('b', '102'),
    remove({ token: 'b' }),
    update('a', 'b'),
  ]);
  expect(rings).toEqual(['b 1 101']);
});

it('a delete that was kept aside follows, too, by token or by fingerprint', async () => {
  const byToken = await run([register('a', '101'), refused(remove({ token: 'a' })), update('a', 'b')]);
  expect([byToken.keptAside, byToken.rings]).toEqual([[2], []]);
  place.remove();
  const { keptAside, rings } = await run([
    register('a', '101'),
    refused(remove({ extension: '101', fingerprint: fingerprintOf('a') })),
    update('a', 'b'),
  ]);
  expect([keptAside, rings]).toEqual([[2], []]);
});

it('a delete does not follow to a token that was registered since', async () => {
  const { keptAside, rings } = await run([
    refused(remove({ token: 'a' })),
    register('b', '102'),
    update('a', 'b'),
  ]);
  expect([keptAside, rings]).toEqual([[], ['b 1 102']]);
});

it('an update that was kept aside leads to the newer token, and is moot where its old token has moved elsewhere', async () => {
  const { keptAside, rings } = await run([register('a', '101'), refused(update('a', 'b')), update('b', 'c')]);
  expect([keptAside, rings]).toEqual([[2], ['c 1 101']]);
  place.remove();
  const moved = await run([register('a', '101'), refused(update('a', 'b')), update('a', 'c')]);
  expect([moved.keptAside, moved.rings]).toEqual([[], ['c 1 101']]);
});

it('updates in a chain that were kept aside all stay, and go in order', async () => {
  const { keptAside, rings } = await run([
    register('a', '101'),
    refused(update('a', 'b')),
    refused(update('b', 'c')),
  ]);
  expect([keptAside, rings]).toEqual([[2, 3], ['c 1 101']]);
});

it('Apple’s tokens are the same in capitals', async () => {
  const { rings } = await run([
    refused(register('AB12', '101')),
    update('ab12', 'CD34'),
    update('cd34', 'ef'),
  ]);
  expect(rings).toEqual(['ef 1 101']);
});

it('what is tried still when a later one goes through counts as earlier: the later registration stays', async () => {
  const proxy = createRegistrations();
  let verdict: PnsProxyError | undefined = new PnsProxyError('later', {
    code: 'unavailable',
    retryable: true,
    unknown: false,
    attempts: 1,
    status: 503,
  });
  const pns = await startSpool(place.file, async (entry) => {
    if (entry.id === 1 && verdict !== undefined) throw verdict;
    proxy.apply(entry);
  });
  await pns.add(register('a', '101'));
  await pns.untilCount('delivery_failed', 1);
  await pns.add(register('b', '102'));
  await pns.untilCount('delivered', 1);
  verdict = refusal(400, 'unknown-app');
  await pns.untilCount('kept_aside', 1);
  await pns.add(update('a', 'b'));
  await pns.untilCount('delivered', 2);
  expect(listSpool(place.file).keptAside).toEqual([]);
  await pns.stop();
});

import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { fingerprintOf } from '../../../lambda/core/token.ts';
import { dropRequest, listSpool, retryKeptAside, spoolAll } from '../../../pbx/src/spool/operator.ts';
import { createEndpoint, register, remove, scratch, startSpool, update } from './support.ts';

let place: ReturnType<typeof scratch>;
let endpoint: ReturnType<typeof createEndpoint>;
let pns: Awaited<ReturnType<typeof startSpool>>;

beforeEach(async () => {
  place = scratch();
  endpoint = createEndpoint();
  await endpoint.start();
  endpoint.answer(() => ({ status: 400, code: 'unknown-app' }));
  pns = await startSpool(place.file, endpoint.send);
});
afterEach(async () => {
  await pns.stop();
  await endpoint.stop();
  place.remove();
});

const taken = () => endpoint.taken.map(({ body }) => body['extension']);
const addAll = async (...changes: Parameters<typeof pns.add>[0][]) => {
  for (const change of changes) await pns.add(change);
  await pns.empty();
};
const takeAll = () => endpoint.answer(() => ({ status: 200 }));
const refused = { code: 'unknown-app', detail: 'failed with unknown-app', tries: 1 };

describe('listSpool', () => {
  it('tells what is to be sent and what is kept aside, without a token, while the daemon runs and when it does not', async () => {
    await addAll(register('secret-a', '101', { deviceId: 'phone' }), remove({ extension: '102' }));
    endpoint.answer(() => ({ status: 503 }));
    await pns.add(update('secret-a', 'secret-b'));
    await pns.untilCount('delivery_failed', 1);

    const expected = {
      keptAside: [
        {
          id: 1,
          operation: 'register',
          extension: '101',
          deviceId: 'phone',
          fingerprint: fingerprintOf('secret-a'),
          ...refused,
        },
        { id: 2, operation: 'delete', extension: '102', ...refused },
      ],
      pending: [
        {
          id: 3,
          operation: 'update',
          fingerprint: fingerprintOf('secret-a'),
          newFingerprint: fingerprintOf('secret-b'),
          code: 'gateway-503',
        },
      ],
    };
    await expect.poll(() => listSpool(place.file)).toMatchObject(expected);
    await pns.stop();
    const listed = listSpool(place.file);
    expect(listed).toMatchObject(expected);
    expect(JSON.stringify(listed)).not.toContain('secret');
    pns = await startSpool(place.file, endpoint.send);
  });

  it('gives the oldest of what waits, and the newest of what is kept aside', async () => {
    await addAll(...Array.from({ length: 5 }, (_, n) => register(`t${n}`, `${n}`)));
    endpoint.answer(() => ({ status: 503 }));
    for (let n = 5; n < 10; n += 1) await pns.add(register(`t${n}`, `${n}`));
    const { pending, keptAside } = listSpool(place.file, 2);
    expect(pending.map(({ id }) => id)).toEqual([6, 7]);
    expect(keptAside.map(({ id }) => id)).toEqual([4, 5]);
  });

  it('of a spool that was never opened: there is none, and none is made', () => {
    const elsewhere = scratch();
    expect(() => listSpool(elsewhere.file)).toThrow(
      expect.objectContaining({ code: 'missing', message: expect.stringContaining(elsewhere.file) }),
    );
    expect(() => retryKeptAside(elsewhere.file, 'all')).toThrow(expect.objectContaining({ code: 'missing' }));
    expect(() => listSpool(elsewhere.file)).toThrow(expect.objectContaining({ code: 'missing' }));
    elsewhere.remove();
  });
});

describe('retryKeptAside', () => {
  it('has the daemon send one again, or all, in the order in which they were taken', async () => {
    await addAll(register('a', '101'), register('a', '101', { line: 2 }), register('a', '102', { line: 3 }));
    takeAll();
    expect(retryKeptAside(place.file, 2)).toBe(1);
    await pns.untilCount('delivered', 1);
    expect(retryKeptAside(place.file, 'all')).toBe(2);
    await pns.untilCount('delivered', 3);
    expect(endpoint.taken.map(({ body }) => body['line'])).toEqual([2, undefined, 3]);
    expect([pns.spool.depth(), pns.spool.keptAside()]).toEqual([0, 0]);
  });

  it('waits for the daemon’s next start where it does not run', async () => {
    await addAll(register('a', '101'));
    await pns.stop();
    expect(retryKeptAside(place.file, 'all')).toBe(1);
    expect(listSpool(place.file).keptAside).toMatchObject([{ id: 1, retryAsked: true }]);
    takeAll();
    pns = await startSpool(place.file, endpoint.send);
    await pns.untilCount('delivered', 1);
    expect(taken()).toEqual(['101']);
  });

  it('is nothing for a request that is not kept aside', async () => {
    await addAll(register('a', '101'));
    expect(retryKeptAside(place.file, 99)).toBe(0);
  });

  it('keeps it aside again where it is refused again', async () => {
    await addAll(register('a', '101'));
    retryKeptAside(place.file, 'all');
    await pns.untilCount('kept_aside', 2);
    expect(listSpool(place.file).keptAside).toMatchObject([{ id: 1, code: 'unknown-app' }]);
    expect(listSpool(place.file).keptAside[0]).not.toHaveProperty('retryAsked');
  });

  it('never sends one after a later one that conflicts, be that under way or read already', async () => {
    await addAll(register('a', '101'), register('b', '101'));
    const gate = Promise.withResolvers<void>();
    endpoint.answer(async () => {
      await gate.promise;
      return { status: 200 };
    });
    await pns.add(register('a', '102'));
    await pns.add(register('c', '103'));
    retryKeptAside(place.file, 'all');
    // The second one comes while the first waits.
    await expect.poll(() => listSpool(place.file).pending.map(({ id }) => id)).toEqual([2, 3, 4]);
    gate.resolve();
    await pns.empty();
    expect(taken()).not.toContain(undefined);
    expect(
      endpoint.taken.filter(({ body }) => body['token'] === 'a').map(({ body }) => body['extension']),
    ).toEqual(['102']);
    expect(pns.spool.keptAside()).toBe(0);
  });

  it('sends what was put back, and not read yet, in its own place', async () => {
    await addAll(register('a', '101'));
    await pns.stop();
    retryKeptAside(place.file, 'all');
    spoolAll(place.file, [register('a', '102'), register('a', '103')]);
    takeAll();
    pns = await startSpool(place.file, endpoint.send);
    await pns.untilCount('delivered', 3);
    expect(taken()).toEqual(['101', '102', '103']);
  });
});

describe('dropRequest', () => {
  it('gives up one that is kept aside', async () => {
    await addAll(register('a', '101'));
    expect(dropRequest(place.file, 1)).toBe(true);
    expect(dropRequest(place.file, 1)).toBe(false);
    await expect.poll(() => pns.spool.keptAside()).toBe(0);
  });

  it('gives up one that is to be sent, again and again: the daemon sends it no more, and what waited behind it goes', async () => {
    endpoint.answer(({ body }) => ({ status: body['extension'] === '101' ? 403 : 200 }));
    await pns.add(register('a', '101'));
    await pns.add(register('a', '102'));
    await pns.untilCount('delivery_failed', 2);
    expect(dropRequest(place.file, 1)).toBe(true);
    await pns.empty();
    await pns.untilCount('dropped', 1);
    expect(pns.of('dropped')).toMatchObject([{ entry: 1, extension: '101' }]);
    expect(taken()).toEqual(['102']);
    expect(dropRequest(place.file, 1)).toBe(false);
  });

  it('gives up one that waits behind another, and was never tried', async () => {
    // Refused, so that no try may still be under way.
    let isDown = true;
    endpoint.answer(() => ({ status: isDown ? 403 : 200 }));
    await pns.add(register('a', '101'));
    await pns.add(register('a', '102'));
    await pns.untilCount('delivery_failed', 1);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 });
    onTestFinished(() => void vi.useRealTimers());
    expect(dropRequest(place.file, 2)).toBe(true);
    isDown = false;
    await pns.add(register('a', '103'));
    await pns.empty();
    expect(taken()).toEqual(['101', '103']);
  });
});

describe('spoolAll', () => {
  it('is found by a daemon that runs', async () => {
    takeAll();
    spoolAll(place.file, [register('a', '101'), register('a', '102'), update('a', 'b')]);
    await pns.untilCount('delivered', 3);
    expect(taken()).toEqual(['101', '102', undefined]);
  });

  it('has its place among what the daemon takes meanwhile', async () => {
    await endpoint.stop();
    takeAll();
    await pns.add(register('a', '1'));
    spoolAll(place.file, [register('a', '2')]);
    await pns.add(register('a', '3'));
    await endpoint.start();
    pns.delivery.hurry();
    await pns.empty();
    expect(taken()).toEqual(['1', '2', '3']);
  });
});

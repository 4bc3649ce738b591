import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Send } from '../../../pbx/src/spool/delivery.ts';
import { fingerprintOf } from '../../../pbx/src/spool/entry.ts';
import { createEndpoint, quick, register, remove, scratch, startSpool, update } from './support.ts';

let place: ReturnType<typeof scratch>;
let endpoint: ReturnType<typeof createEndpoint>;
let pns: Awaited<ReturnType<typeof startSpool>>;

beforeEach(async () => {
  place = scratch();
  endpoint = createEndpoint();
  await endpoint.start();
  pns = await startSpool(place.file, endpoint.send);
});
afterEach(async () => {
  await pns.stop();
  await endpoint.stop();
  place.remove();
});

/** With another pace, or another way to the endpoint. */
const restart = async (changes: { send?: Send; pace?: Partial<typeof quick> } = {}) => {
  await pns.stop();
  pns = await startSpool(place.file, changes.send ?? endpoint.send, { ...quick, ...changes.pace });
};
const takenExtensions = () => endpoint.taken.map(({ body }) => body['extension']);

it('1,000 registers taken while the proxy is down all arrive once it is up: once, in order for each token', async () => {
  await endpoint.stop();
  const registers = Array.from({ length: 1_000 }, (_, n) => register(`token-${n % 40}`, `${n}`));
  await Promise.all(registers.map((one) => pns.add(one)));
  expect(pns.spool.depth()).toBe(1_000);
  expect(pns.spool.oldestAt()).toBeGreaterThan(Date.now() - 30_000);

  await endpoint.start();
  await pns.empty();
  expect(endpoint.taken).toHaveLength(1_000);
  for (let token = 0; token < 40; token += 1) {
    const arrived = endpoint.taken.filter(({ body }) => body['token'] === `token-${token}`);
    expect(arrived.map(({ body }) => Number(body['extension']))).toEqual(
      Array.from({ length: 25 }, (_, n) => token + n * 40),
    );
  }
  expect(pns.spool.oldestAt()).toBeUndefined();
});

describe('while the proxy is down', () => {
  it('one request at a time tries it, each time another one, and all go on at the first that goes through', async () => {
    await restart({ pace: { longestPauseMs: 5 } });
    let [under, most, tries] = [0, 0, 0];
    let isUp = false;
    const tried = new Set<unknown>();
    endpoint.answer(async ({ body }) => {
      tries += 1;
      tried.add(body['extension']);
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setTimeout(resolve, 2));
      under -= 1;
      return { status: isUp ? 200 : 503 };
    });
    await Promise.all(Array.from({ length: 30 }, (_, n) => pns.add(register(`t${n}`, `${n}`))));
    await pns.untilCount('delivery_failed', 9);
    most = under;
    await pns.untilCount('delivery_failed', 25);
    expect(most).toBe(1);
    expect(tried.size).toBeGreaterThanOrEqual(20);

    isUp = true;
    const before = tries;
    await pns.empty();
    expect(tries - before).toBeLessThanOrEqual(31);
    expect(most).toBeGreaterThan(1);
    expect(endpoint.taken).toHaveLength(30);
  });

  it('a pause ends at once where there is reason to think it up again', async () => {
    await restart({ pace: { firstPauseMs: 3_600_000, longestPauseMs: 3_600_000 } });
    endpoint.answer(() => ({ status: 503 }));
    await pns.add(register('a', '101'));
    await pns.untilCount('delivery_failed', 1);
    endpoint.answer(() => ({ status: 200 }));
    pns.delivery.hurry();
    await pns.empty();
    expect(pns.of('delivered')).toMatchObject([{ extension: '101', tries: 2 }]);
  });

  it.each([429, 500, 503, 404])('%i of the gateway’s costs no request', async (status) => {
    let failures = 0;
    endpoint.answer(() => {
      failures += 1;
      return { status: failures > 12 ? 200 : status };
    });
    await pns.add(register('a', '101'));
    await pns.empty();
    expect(pns.of('kept_aside')).toEqual([]);
    expect(takenExtensions()).toEqual(['101']);
  });
});

it.each([401, 403])('a wrong key (%i) costs no request: all go on once it is right', async (status) => {
  endpoint.answer(() => ({ status }));
  const registers = Array.from({ length: 20 }, (_, n) => register(`t${n}`, `${n}`));
  await Promise.all(registers.map((one) => pns.add(one)));
  await pns.untilCount('delivery_failed', 25);
  for (const line of pns.of('delivery_failed')) {
    expect(line).toMatchObject({ code: `gateway-${status}`, level: 'warn' });
    expect(line['retryInMs']).toBeGreaterThanOrEqual(quick.keyPauseMs / 2);
  }
  expect([pns.spool.depth(), pns.spool.keptAside()]).toEqual([20, 0]);

  endpoint.answer(() => ({ status: 200 }));
  await pns.empty();
  expect(endpoint.taken).toHaveLength(20);
});

describe('a request that fails each time though others go through', () => {
  it('holds back what conflicts with it, and nothing else', async () => {
    let isPoisoned = true;
    endpoint.answer(({ body }) => ({ status: body['token'] === 'poison' && isPoisoned ? 500 : 200 }));
    await pns.add(register('poison', '101'));
    const follower = pns.add(register('poison', '102'));
    const extensionDelete = pns.add(remove({ extension: '101' }));
    await Promise.all([follower, extensionDelete]);
    for (let n = 0; n < 200; n += 1) await pns.add(register(`t${n}`, `2${n}`));
    await pns.untilCount('delivered', 200);
    await pns.untilCount('delivery_failed', 5);
    expect(pns.spool.depth()).toBe(3);

    isPoisoned = false;
    await pns.empty();
    expect(endpoint.taken.slice(200).map(({ body }) => body)).toEqual([
      expect.objectContaining({ token: 'poison', extension: '101' }),
      expect.objectContaining({ extension: expect.stringMatching('10[12]') }),
      expect.objectContaining({ extension: expect.stringMatching('10[12]') }),
    ]);
  });

  it('does not make the proxy seem down', async () => {
    await restart({ pace: { firstPauseMs: 300, longestPauseMs: 300 } });
    endpoint.answer(({ body }) => ({ status: body['token'] === 'poison' ? 500 : 200 }));
    await pns.add(register('poison', '101'));
    await pns.untilCount('delivery_failed', 1);
    await pns.add(register('a', '102'));
    await pns.untilCount('delivered', 1);
    for (let failures = 3; failures < 6; failures += 1) {
      await pns.untilCount('delivery_failed', failures);
      await pns.add(register('a', `${failures}`));
      expect(await pns.delivery.settled(`${failures}`, 60_000)).toBe(true);
    }
  });

  it('lets a new one through after a single pause, several of them though there are', async () => {
    endpoint.answer(({ body }) => ({ status: String(body['token']).startsWith('poison') ? 500 : 200 }));
    for (let n = 0; n < 12; n += 1) await pns.add(register(`poison-${n}`, `${n}`));
    await pns.untilCount('delivery_failed', 40);
    for (let n = 0; n < 20; n += 1) {
      await pns.add(register(`t${n}`, `2${n}`));
      await pns.untilCount('delivered', n + 1);
    }
    expect(pns.spool.depth()).toBe(12);
  });
});

describe('what the proxy refuses for good', () => {
  it.each(['invalid-token', 'unknown-app', 'platform-not-served', 'invalid-request'])(
    '%s: is kept aside, logged, and holds back nothing',
    async (code) => {
      endpoint.answer(({ body }) => (body['extension'] === '101' ? { status: 400, code } : { status: 200 }));
      await pns.add(register('secret-token', '101'));
      await pns.add(register('secret-token', '102', { line: 2 }));
      await pns.empty();
      expect(takenExtensions()).toEqual(['102']);
      expect(pns.spool.keptAside()).toBe(1);
      expect(pns.of('kept_aside')).toEqual([
        {
          level: 'error',
          event: 'kept_aside',
          operation: 'register',
          extension: '101',
          fingerprint: fingerprintOf('secret-token'),
          entry: 1,
          tries: 1,
          ageMs: expect.any(Number),
          code,
          detail: `failed with ${code}`,
        },
      ]);
      expect(JSON.stringify(pns.lines)).not.toContain('secret-token');
    },
  );

  it('app-not-allowed, though a 403, is about the request, and not the key', async () => {
    endpoint.answer(() => ({ status: 403, code: 'app-not-allowed' }));
    await pns.add(register('a', '101'));
    await pns.empty();
    expect(pns.spool.keptAside()).toBe(1);
  });

  it('once for each token, line and operation, however often a phone repeats itself', async () => {
    endpoint.answer(() => ({ status: 400, code: 'invalid-token' }));
    for (let n = 0; n < 10; n += 1) await pns.add(register('a', `10${n}`));
    await pns.add(register('a', '101', { line: 2 }));
    await pns.empty();
    expect(pns.spool.keptAside()).toBe(2);
  });

  it('is gone once a later one that conflicts has been taken', async () => {
    endpoint.answer(() => ({ status: 400, code: 'unknown-app' }));
    await pns.add(register('a', '101'));
    await pns.add(register('b', '101'));
    await pns.add(register('c', '103'));
    await pns.empty();
    endpoint.answer(() => ({ status: 200 }));
    await pns.add(register('a', '102'));
    await pns.add(remove({ extension: '103' }));
    await pns.empty();
    expect(pns.spool.keptAside()).toBe(1);
    expect(pns.of('delivered')).toMatchObject([{ superseded: [1] }, { superseded: [3] }]);
  });

  it('an update of tokens that the proxy does not know is done with', async () => {
    endpoint.answer(() => ({ status: 404, code: 'unknown-token' }));
    await pns.add(update('a', 'b'));
    await pns.empty();
    expect(pns.spool.keptAside()).toBe(0);
    expect(pns.of('delivered')).toMatchObject([{ operation: 'update', code: 'unknown-token' }]);
  });

  it('but waits with the register of its token, if that was kept aside', async () => {
    endpoint.answer(({ route }) =>
      route === '/update' ? { status: 404, code: 'unknown-token' } : { status: 400, code: 'unknown-app' },
    );
    await pns.add(register('a', '101'));
    await pns.add(update('a', 'b'));
    await pns.empty();
    expect(pns.spool.keptAside()).toBe(2);
  });
});

describe('after a restart', () => {
  it('what is left goes on, in order', async () => {
    await endpoint.stop();
    for (let n = 0; n < 50; n += 1) await pns.add(register(`t${n % 5}`, `${n}`));
    await restart();
    expect(pns.spool.depth()).toBe(50);
    await endpoint.start();
    await pns.add(register('t0', 'last'));
    await pns.empty();
    const ofFirst = endpoint.taken.filter(({ body }) => body['token'] === 't0');
    expect(ofFirst.map(({ body }) => body['extension'])).toEqual([
      ...Array.from({ length: 10 }, (_, n) => `${n * 5}`),
      'last',
    ]);
  });

  it('numbers go on too: none is given twice', async () => {
    const first = await pns.add(register('a', '101'));
    await pns.empty();
    await restart();
    expect(await pns.add(register('a', '102'))).toBe(first + 1);
  });
});

describe('a request whose answer never came', () => {
  it('may still be carried out: what conflicts with it waits for that long, and nothing else does', async () => {
    await restart({ pace: { strayMs: 300 } });
    let lost = 0;
    endpoint.answer(({ body }) => {
      if (body['extension'] !== '101' || lost > 0) return { status: 200 };
      lost = performance.now();
      return 'reset';
    });
    await pns.add(register('a', '101'));
    await pns.add(register('a', '102'));
    await pns.add(register('b', '103'));
    await pns.until(() => takenExtensions().includes('103') && takenExtensions().includes('101'));
    expect(takenExtensions()).not.toContain('102');
    await pns.empty();
    expect(performance.now() - lost).toBeGreaterThanOrEqual(300);
    expect(takenExtensions().at(-1)).toBe('102');
  });

  it('also that of the process before', async () => {
    await endpoint.stop();
    await pns.add(register('a', '101'));
    await pns.add(register('a', '102'));
    await endpoint.start();
    await pns.stop();
    const started = performance.now();
    await restart({ pace: { strayMs: 300 } });
    await pns.empty();
    expect(performance.now() - started).toBeGreaterThanOrEqual(300);
    expect(takenExtensions()).toEqual(['101', '102']);
  });
});

describe('settled', () => {
  it('waits for what was just taken for this extension, and for what may be for any', async () => {
    const gate = Promise.withResolvers<void>();
    endpoint.answer(async () => {
      await gate.promise;
      return { status: 200 };
    });
    expect(await pns.delivery.settled('101', 60_000)).toBe(true);
    await pns.add(register('a', '101'));
    expect(await pns.delivery.settled('102', 60_000)).toBe(true);
    expect(await pns.delivery.settled('101', 20)).toBe(false);
    await pns.add(update('x', 'y'));
    expect(await pns.delivery.settled('102', 20)).toBe(false);

    const waiting = [pns.delivery.settled('101', 60_000), pns.delivery.settled('102', 60_000)];
    gate.resolve();
    expect(await Promise.all(waiting)).toEqual([true, true]);
    expect(endpoint.taken).toHaveLength(2);
  });

  it('does not wait for a proxy that is down', async () => {
    await restart({ pace: { firstPauseMs: 3_600_000, longestPauseMs: 3_600_000 } });
    const gate = Promise.withResolvers<void>();
    endpoint.answer(async () => {
      await gate.promise;
      return { status: 503 };
    });
    await pns.add(register('a', '101'));
    const waiting = pns.delivery.settled('101', 60_000);
    gate.resolve();
    expect(await waiting).toBe(false);
    expect(await pns.delivery.settled('101', 60_000)).toBe(false);
  });
});

describe('stop', () => {
  it('waits for what is under way, and sends nothing more', async () => {
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    endpoint.answer(async () => {
      asked += 1;
      await gate.promise;
      return { status: 200 };
    });
    await pns.add(register('a', '101'));
    await pns.add(register('a', '102'));
    await expect.poll(() => asked).toBe(1);
    const stopped = pns.delivery.stop(60_000);
    gate.resolve();
    await stopped;
    expect(takenExtensions()).toEqual(['101']);
    expect(pns.spool.depth()).toBe(1);
  });

  it('gives up a hung one, which is sent again after the next start', async () => {
    let isHung = true;
    endpoint.answer(() => (isHung ? new Promise(() => {}) : { status: 200 }));
    await pns.add(register('a', '101'));
    await pns.delivery.stop(50);
    expect(pns.spool.depth()).toBe(1);
    isHung = false;
    await restart();
    await pns.empty();
    expect(takenExtensions()).toEqual(['101']);
  });
});

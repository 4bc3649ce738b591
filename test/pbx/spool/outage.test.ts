import { PnsProxyError } from 'pns-proxy-client';
import { describe, expect, it } from 'vitest';
import { quick, register, remove, scratch, startSpool } from './support.ts';
import { useSpool } from './use-spool.ts';

const run = useSpool();

it('1,000 registers taken while the proxy is down all arrive once it is up: once, in order for each token', async () => {
  await run.endpoint.stop();
  const registers = Array.from({ length: 1_000 }, (_, n) => register(`token-${n % 40}`, `${n}`));
  await Promise.all(registers.map((one) => run.pns.add(one)));
  expect(run.pns.spool.depth()).toBe(1_000);
  expect(run.pns.spool.oldestAt()).toBeGreaterThan(Date.now() - 30_000);

  await run.endpoint.start();
  await run.pns.empty();
  expect(run.endpoint.taken).toHaveLength(1_000);
  for (let token = 0; token < 40; token += 1) {
    const arrived = run.endpoint.taken.filter(({ body }) => body['token'] === `token-${token}`);
    expect(arrived.map(({ body }) => Number(body['extension']))).toEqual(
      Array.from({ length: 25 }, (_, n) => token + n * 40),
    );
  }
  expect(run.pns.spool.oldestAt()).toBeUndefined();
});

describe('while the proxy is down', () => {
  it('one request at a time tries it, each time another one, and all go on at the first that goes through', async () => {
    await run.restart({ pace: { longestPauseMs: 5 } });
    let [under, most, tries] = [0, 0, 0];
    let isUp = false;
    const tried = new Set<unknown>();
    run.endpoint.answer(async ({ body }) => {
      tries += 1;
      tried.add(body['extension']);
      under += 1;
      most = Math.max(most, under);
      await new Promise((resolve) => setTimeout(resolve, 2));
      under -= 1;
      return { status: isUp ? 200 : 503 };
    });
    await Promise.all(Array.from({ length: 30 }, (_, n) => run.pns.add(register(`t${n}`, `${n}`))));
    await run.pns.untilCount('delivery_failed', 9);
    most = under;
    await run.pns.untilCount('delivery_failed', 25);
    expect(most).toBe(1);
    expect(tried.size).toBeGreaterThanOrEqual(20);

    isUp = true;
    const before = tries;
    await run.pns.empty();
    expect(tries - before).toBeLessThanOrEqual(31);
    expect(most).toBeGreaterThan(1);
    expect(run.endpoint.taken).toHaveLength(30);
  });

  it('a pause ends at once where there is reason to think it up again', async () => {
    await run.restart({ pace: { firstPauseMs: 3_600_000, longestPauseMs: 3_600_000 } });
    run.endpoint.answer(() => ({ status: 503 }));
    await run.pns.add(register('a', '101'));
    await run.pns.untilCount('delivery_failed', 1);
    run.endpoint.answer(() => ({ status: 200 }));
    run.pns.delivery.hurry();
    await run.pns.empty();
    expect(run.pns.of('delivered')).toMatchObject([{ extension: '101', tries: 2 }]);
  });

  it.each([
    [7_000, 7_000],
    [24 * 3_600_000, 10 * 60_000],
  ])('an answer that asks for a pause of %i ms has one of %i', async (retryAfterMs, pauseMs) => {
    const busy = {
      code: 'unavailable',
      retryable: true,
      unknown: false,
      attempts: 1,
      status: 503,
      retryAfterMs,
    };
    const place = scratch();
    const pns = await startSpool(place.file, () => Promise.reject(new PnsProxyError('busy', busy)));
    await pns.add(register('a', '101'));
    await pns.untilCount('delivery_failed', 1);
    const retryInMs = Number(pns.of('delivery_failed')[0]?.['retryInMs']);
    expect(retryInMs).toBeGreaterThanOrEqual(pauseMs);
    expect(retryInMs).toBeLessThanOrEqual(pauseMs + quick.firstPauseMs);
    await pns.stop();
    place.remove();
  });

  it.each([429, 500, 503, 404])('%i of the gateway’s costs no request', async (status) => {
    let failures = 0;
    run.endpoint.answer(() => {
      failures += 1;
      return { status: failures > 12 ? 200 : status };
    });
    await run.pns.add(register('a', '101'));
    await run.pns.empty();
    expect(run.pns.of('kept_aside')).toEqual([]);
    expect(run.takenExtensions()).toEqual(['101']);
  });
});

it.each([401, 403])('a wrong key (%i) costs no request: all go on once it is right', async (status) => {
  run.endpoint.answer(() => ({ status }));
  const registers = Array.from({ length: 20 }, (_, n) => register(`t${n}`, `${n}`));
  await Promise.all(registers.map((one) => run.pns.add(one)));
  await run.pns.untilCount('delivery_failed', 25);
  for (const line of run.pns.of('delivery_failed')) {
    expect(line).toMatchObject({ code: `gateway-${status}`, level: 'warn' });
    expect(line['retryInMs']).toBeGreaterThanOrEqual(quick.keyPauseMs / 2);
  }
  expect([run.pns.spool.depth(), run.pns.spool.keptAside()]).toEqual([20, 0]);

  run.endpoint.answer(() => ({ status: 200 }));
  await run.pns.empty();
  expect(run.endpoint.taken).toHaveLength(20);
});

describe('a request that fails each time though others go through', () => {
  it('holds back what conflicts with it, and nothing else', async () => {
    let isPoisoned = true;
    run.endpoint.answer(({ body }) => ({ status: body['token'] === 'poison' && isPoisoned ? 500 : 200 }));
    await run.pns.add(register('poison', '101'));
    const follower = run.pns.add(register('poison', '102'));
    const extensionDelete = run.pns.add(remove({ extension: '101' }));
    await Promise.all([follower, extensionDelete]);
    for (let n = 0; n < 200; n += 1) await run.pns.add(register(`t${n}`, `2${n}`));
    await run.pns.untilCount('delivered', 200);
    await run.pns.untilCount('delivery_failed', 5);
    expect(run.pns.spool.depth()).toBe(3);

    isPoisoned = false;
    await run.pns.empty();
    expect(run.endpoint.taken.slice(200).map(({ body }) => body)).toEqual([
      expect.objectContaining({ token: 'poison', extension: '101' }),
      expect.objectContaining({ extension: expect.stringMatching('10[12]') }),
      expect.objectContaining({ extension: expect.stringMatching('10[12]') }),
    ]);
  });

  it('does not make the proxy seem down', async () => {
    await run.restart({ pace: { firstPauseMs: 300, longestPauseMs: 300 } });
    run.endpoint.answer(({ body }) => ({ status: body['token'] === 'poison' ? 500 : 200 }));
    await run.pns.add(register('poison', '101'));
    await run.pns.untilCount('delivery_failed', 1);
    await run.pns.add(register('a', '102'));
    await run.pns.untilCount('delivered', 1);
    for (let failures = 3; failures < 6; failures += 1) {
      await run.pns.untilCount('delivery_failed', failures);
      await run.pns.add(register('a', `${failures}`));
      await run.pns.delivery.settled(`${failures}`, 3_600_000);
    }
  });

  it('lets a new one through after a single pause, several of them though there are', async () => {
    run.endpoint.answer(({ body }) => ({ status: String(body['token']).startsWith('poison') ? 500 : 200 }));
    for (let n = 0; n < 12; n += 1) await run.pns.add(register(`poison-${n}`, `${n}`));
    await run.pns.untilCount('delivery_failed', 40);
    for (let n = 0; n < 20; n += 1) {
      await run.pns.add(register(`t${n}`, `2${n}`));
      await run.pns.untilCount('delivered', n + 1);
    }
    expect(run.pns.spool.depth()).toBe(12);
  });
});

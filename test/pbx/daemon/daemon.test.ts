import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeKey } from '../../../lambda/core/key.ts';
import { fcmToken } from '../../support/builders.ts';
import type { Daemon } from '../support/daemon.ts';
import { createDaemon } from '../support/daemon.ts';
import { createStandInEndpoint } from '../support/stand-in-endpoint.ts';

const key = writeKey({ keyId: 'a'.repeat(12), secret: 'b'.repeat(24) });
const deadlineMs = 1_000;

let endpoint: ReturnType<typeof createStandInEndpoint>;
let port: number;
let pns: Daemon;

beforeEach(async () => {
  endpoint = createStandInEndpoint();
  const { url, port: taken } = await endpoint.start();
  port = taken;
  pns = createDaemon({ PUSH_URL: url, KEY: key, CALL_DEADLINE_MS: deadlineMs });
  await pns.start();
});
afterEach(async () => {
  await pns.stop('SIGKILL');
  await endpoint.stop();
  pns.remove();
});

const register = (extension: string, token: string) =>
  pns.json('/register', { extension, token, platform: 'fcm' });

describe('with the proxy stopped', () => {
  it('1,000 registers are acknowledged, and all arrive once it is back: each once, in order for each token', async () => {
    await endpoint.stop();
    const sent = Array.from({ length: 1_000 }, (_, n) => ({
      token: fcmToken(`${n % 50}`),
      extension: `${n}`,
    }));
    for (const { token, extension } of sent) expect((await register(extension, token)).status).toBe(200);

    await endpoint.start(port);
    await endpoint.until('/register', sent.length);
    for (const token of new Set(sent.map((one) => one.token))) {
      const arrived = endpoint.bodiesOf('/register').filter((body) => body['token'] === token);
      expect(arrived.map((body) => body['extension'])).toEqual(
        sent.filter((one) => one.token === token).map(({ extension }) => extension),
      );
    }
    expect(endpoint.received.filter(({ route }) => route === '/register')).toHaveLength(sent.length);
  }, 120_000);

  it('what was acknowledged survives kill -9 of pns', async () => {
    await endpoint.stop();
    await register('101', fcmToken('survivor'));
    await pns.stop('SIGKILL');
    await endpoint.start(port);
    await pns.start();
    await endpoint.until('/register', 1);
    expect(endpoint.bodiesOf('/register')).toMatchObject([{ extension: '101', token: fcmToken('survivor') }]);
  });
});

describe('with the proxy hung', () => {
  it('200 calls at once are all answered within the deadline and 50 ms, and registers go on', async () => {
    await Promise.all(Array.from({ length: 200 }, (_, n) => pns.json('/push_call', { to: `before${n}` })));
    pns.lines.length = 0;
    endpoint.set('hang');
    const call = (n: number) => pns.json('/push_call', { to: `${n}` });
    const calls = Array.from({ length: 200 }, (_, n) => call(n));
    const registered = await Promise.all([1, 2, 3].map((n) => register(`${n}`, fcmToken(`hung${n}`))));
    expect(registered.map(({ status }) => status)).toEqual([200, 200, 200]);

    const answers = await Promise.all(calls);
    expect(new Set(answers.map(({ body }) => body['outcome']))).toEqual(new Set(['unknown']));
    // As pns saw it: what the machine needs to carry 200 requests to it and back is not its own.
    const took = pns.lines
      .filter(({ event }) => event === 'push_call')
      .map((line) => Number(line['durationMs']));
    expect(took).toHaveLength(200);
    expect(Math.max(...took)).toBeLessThan(deadlineMs + 50);
  });

  it('later calls are spared the wait, and pushed again as soon as the proxy is back', async () => {
    endpoint.set('hang');
    await Promise.all([1, 2, 3].map((n) => pns.json('/push_call', { to: `${n}` })));
    expect((await pns.json('/push_call', { to: '101' })).body).toMatchObject({
      outcome: 'none',
      code: 'breaker-open',
    });
    expect((await pns.get('/metrics')).text).toContain('pns_breaker_open 1');
    const closed = pns.until('breaker_closed');
    endpoint.set('ok');
    await closed;
    expect((await pns.json('/push_call', { to: '101' })).body).toMatchObject({ outcome: 'sent', devices: 1 });
  });
});

describe('calls', () => {
  it('a call without a UUID is cancelled by its extension alone, under the UUID that it got', async () => {
    const { body } = await pns.json('/push_call', { to: '101' });
    await pns.json('/push_cancel', { to: '101', reason: 'caller_hung_up' });
    expect(endpoint.bodiesOf('/push_cancel')).toMatchObject([
      { to: '101', uuid: body['uuid'], reason: 'caller_hung_up' },
    ]);
    await pns.json('/push_cancel', { to: '102', reason: 'caller_hung_up' });
    expect(endpoint.bodiesOf('/push_cancel')).toHaveLength(1);
  });

  it('no cancel goes to a phone that has registered', async () => {
    await pns.json('/push_call', { to: '101' });
    await pns.json('/registered', { extension: '101' });
    await pns.json('/push_cancel', { to: '101', reason: 'answered_elsewhere' });
    expect(endpoint.bodiesOf('/push_cancel')).toEqual([]);
  });
});

describe('settings', () => {
  it.each(['SIGHUP', '/confreload'] as const)(
    'are read again on %s, and a wrong file changes nothing',
    async (how) => {
      const reload = async (event: string) => {
        const done = pns.until(event);
        if (how === 'SIGHUP') pns.signal('SIGHUP');
        else await pns.get('/confreload');
        await done;
      };
      const second = createStandInEndpoint();
      const { url } = await second.start();
      pns.write({ PUSH_URL: url });
      await reload('reloaded');
      await pns.json('/push_call', { to: '101' });
      expect([endpoint, second].map(({ received }) => received.length)).toEqual([0, 1]);

      pns.write({ PUSH_URL: 'nonsense' });
      await reload('reload_refused');
      await pns.json('/push_call', { to: '102' });
      expect(second.received).toHaveLength(2);
      await second.stop();
    },
  );

  it('a reload that is refused leaves the way to the endpoint as it was, and its breaker probing', async () => {
    pns.write({ HTTPS_PROXY: 'http://us%ZZer:pw@127.0.0.1:9' });
    expect((await pns.get('/confreload')).status).toBe(422);
    endpoint.set({ status: 503, body: { message: 'down' } });
    while ((await pns.json('/push_call', { to: '1' })).body['code'] !== 'breaker-open');
    const closed = pns.until('breaker_closed');
    endpoint.set('ok');
    await closed;
    expect((await pns.json('/push_call', { to: '101' })).body).toMatchObject({ outcome: 'sent' });
  });

  it('what waits is tried at once after a reload, which may have brought the right key', async () => {
    endpoint.set({ status: 403, body: { message: 'Forbidden' } });
    const failed = pns.until('delivery_failed');
    await register('101', fcmToken('waiting'));
    expect((await failed)['retryInMs']).toBeGreaterThanOrEqual(30_000);
    endpoint.set('ok');
    const delivered = pns.until('delivered');
    await pns.get('/confreload');
    await delivered;
  }, 20_000);

  it('a wrong file: pns does not start, and names line and key', async () => {
    pns.write({ CALL_DEADLINE_MS: 'soon' });
    await pns.stop();
    await expect(pns.start()).rejects.toThrow('pns ended with 78');
    const place = readFileSync(pns.config, 'utf8').split('\n').indexOf('CALL_DEADLINE_MS = soon') + 1;
    expect(pns.errors()).toContain(`${pns.config}:${place}: CALL_DEADLINE_MS`);
  });
});

describe('start and stop', () => {
  it('a second start on the same data is refused with the first one’s pid', async () => {
    const first = pns.pid();
    const second = createDaemon({
      PUSH_URL: 'http://127.0.0.1:1',
      KEY: key,
      DATA_DIR: join(pns.dir, 'data'),
    });
    await expect(second.start()).rejects.toThrow('pns ended with 1');
    expect(second.errors()).toContain(String(first));
    expect((await pns.get('/status')).status).toBe(200);
    second.remove();
  });

  it.each(['SIGTERM', 'SIGINT', '/stop'] as const)(
    '%s finishes what is in flight, and exits with 0',
    async (how) => {
      endpoint.set('hang');
      const call = pns.json('/push_call', { to: '101' });
      const registered = register('101', fcmToken('last'));
      await registered;
      const exit = pns.exited();
      if (how === '/stop') await pns.get('/stop');
      else pns.signal(how);
      expect((await call).body).toMatchObject({ outcome: 'unknown' });
      expect((await exit)?.[0]).toBe(0);
    },
  );

  it('a stop gives up calls whose deadline is far, and tells them so, before it ends by itself', async () => {
    pns.write({ CALL_DEADLINE_MS: 30_000 });
    await pns.get('/confreload');
    endpoint.set('hang');
    const message = { to: '101', from: '100', kind: 'message' };
    const asked = [
      ...Array.from({ length: 20 }, (_, n) => pns.json('/push_call', { to: `${n}` })),
      pns.json('/push_message', message),
    ];
    await expect.poll(() => endpoint.hanging()).toBe(21);
    const cancelled = pns.json('/push_cancel', { to: '1' });
    const half = connect(Number(new URL(pns.url()).port), '127.0.0.1').on('error', () => {});
    half.write('POST /register HTTP/1.1\r\nhost: localhost\r\ncontent-length: 50\r\n\r\n{');
    await once(half, 'ready');
    await pns.json('/status');
    const exit = pns.exited();
    pns.signal('SIGTERM');
    for (const { body } of await Promise.all(asked))
      expect(body).toMatchObject({ outcome: 'unknown', code: 'aborted' });
    expect((await cancelled).body).toMatchObject({ calls: 1 });
    expect((await exit)?.[0]).toBe(0);
    expect(existsSync(join(pns.dir, 'data/pns.pid'))).toBe(false);
    expect(pns.lines.at(-1)?.event).toBe('stopped');
  });
});

it('tells of itself in /status and /metrics', async () => {
  await pns.json('/push_call', { to: '101' });
  const { body } = await pns.json('/status');
  expect(body).toMatchObject({
    pid: pns.pid(),
    callsInProgress: 1,
    spool: { depth: 0, keptAside: 0 },
    proxy: { breaker: 'closed', lastSuccessAt: expect.any(String) },
  });
  const { text } = await pns.get('/metrics');
  expect(text).toContain('pns_request_seconds_count{operation="push_call",outcome="sent"} 1');
  expect(text).toContain('pns_phones_total{platform="fcm",result="accepted"} 1');
  expect(text).toContain('pns_proxy_attempt_seconds_count{operation="push_call",code="ok"} 1');
  expect(text).toContain('pns_spool_depth 0');
  expect(text).toContain('pns_breaker_open 0');
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Attempt, Client } from 'pns-proxy-client';
import { createClient, PnsProxyError } from 'pns-proxy-client';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LogEvent } from '../../../pbx/src/log/log.ts';
import type { Breaker } from '../../../pbx/src/proxy/breaker.ts';
import { createBreaker } from '../../../pbx/src/proxy/breaker.ts';

/** What the proxy answers, and what it was asked. */
let status: number;
/** A route that answers 500 whatever the others do. */
let broken: string;
let asked: string[];
/** Whom calls are for. */
let called: string[];
let logged: LogEvent[];
let back = 0;
let onLog: (event: LogEvent) => void;
let client: Client;
let breaker: Breaker;

const server = createServer(async (request, response) => {
  asked.push(request.url ?? '');
  const body = await text(request);
  if (body !== '') called.push(JSON.parse(body).to);
  const code = request.url?.startsWith(broken) ? 500 : status;
  const well = { extension: '1', devices: request.url === '/push_call' ? 1 : [], accepted: 1, phones: [] };
  response
    .writeHead(code, { 'content-type': 'application/json' })
    .end(JSON.stringify(code === 200 ? well : { message: 'no' }));
});

beforeEach(async () => {
  [status, broken, asked, called, logged, onLog, back] = [200, 'none', [], [], [], () => {}, 0];
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  client = createClient({
    url: `http://127.0.0.1:${port}`,
    key: 'pns_a_b_c',
    deadlineMs: 300,
    onAttempt: (attempt) => breaker.heard(attempt),
  });
  breaker = createBreaker(
    () => client.pushCall({ to: 'nobody' }),
    (_, event) => {
      logged.push(event);
      onLog(event);
    },
    () => {
      back += 1;
    },
  );
});
afterEach(async () => {
  breaker.close();
  client.close();
  server.close();
  await once(server, 'close');
});

const ask = (extension = '101') =>
  breaker
    .guard(() => client.pushCall({ to: extension }))
    .then(
      () => 'ok',
      ({ code }) => code as string,
    );
const askThrice = async () => {
  for (let n = 0; n < 3; n += 1) expect(await ask()).not.toBe('breaker-open');
};
const tried = (changes: Partial<Attempt> = {}): Attempt => ({
  operation: 'register',
  attempt: 1,
  durationMs: 1,
  sent: true,
  ...changes,
});
const unreachable = tried({ code: 'network', sent: false });
const until = (event: LogEvent) =>
  new Promise<void>((resolve) => {
    onLog = (seen) => {
      if (seen === event) resolve();
    };
  });

describe('breaker', () => {
  it('opens after three calls in a row that failed, and then asks the proxy nothing for a call', async () => {
    status = 503;
    await askThrice();
    expect(breaker.report()).toMatchObject({ breaker: 'open', lastFailure: 'gateway-503' });
    expect(await ask('102')).toBe('breaker-open');
    expect(called).not.toContain('102');
  });

  it('probes by itself, and closes as soon as the proxy answers again', async () => {
    status = 500;
    await askThrice();
    const closed = until('breaker_closed');
    status = 200;
    await closed;
    expect(logged).toEqual(['breaker_opened', 'breaker_closed']);
    expect(back).toBe(1);
    expect(called.at(-1)).toBe('nobody');
    expect(await ask()).toBe('ok');
  });

  it('opens where nothing connects for half a second, whatever is tried for, and not for a moment’s failures', async () => {
    for (let n = 0; n < 20; n += 1) breaker.heard(unreachable);
    expect(breaker.report().breaker).toBe('closed');
    breaker.heard({ ...unreachable, durationMs: 1_000 });
    breaker.heard(tried({ status: 200 }));
    for (let n = 0; n < 2; n += 1) breaker.heard({ ...unreachable, durationMs: 1_000 });
    expect(breaker.report().breaker).toBe('closed');
    breaker.heard({ ...unreachable, durationMs: 1_000 });
    expect(breaker.report()).toMatchObject({ breaker: 'open', lastFailure: 'network' });
    breaker.heard(tried({ status: 200 }));
    expect(breaker.report()).toMatchObject({ breaker: 'closed', lastSuccessAt: expect.any(String) });
  });

  it('spares no call its try because another route fails, whatever it fails with', () => {
    for (const code of ['network', 'timeout', 'gateway-500', 'invalid-answer'])
      for (const operation of ['register', 'devices', 'push_cancel'])
        for (let n = 0; n < 10; n += 1) breaker.heard(tried({ operation, code, durationMs: 1_000 }));
    expect(breaker.report()).toMatchObject({ breaker: 'closed', lastFailure: 'invalid-answer' });
  });

  it('probes once at a time, though it closes and opens again while a probe is under way', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const probes: PromiseWithResolvers<void>[] = [];
    const probe = () => {
      const under = Promise.withResolvers<void>();
      probes.push(under);
      return under.promise;
    };
    const lone = createBreaker(
      probe,
      () => {},
      () => {},
    );
    const lose = async () => {
      await vi.advanceTimersByTimeAsync(1_001);
      for (let n = 0; n < 3; n += 1) lone.heard({ ...unreachable, durationMs: 1_000 });
      expect(lone.report().breaker).toBe('open');
    };
    await lose();
    await vi.advanceTimersByTimeAsync(500);
    lone.heard(tried({ status: 200 }));
    await lose();
    probes[0]?.resolve();
    await vi.advanceTimersByTimeAsync(0);
    expect([probes.length, vi.getTimerCount()]).toEqual([1, 1]);
    lone.heard(tried({ status: 200 }));
    expect(vi.getTimerCount()).toBe(0);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lone.report().breaker).toBe('closed');
  });

  it('keeps nothing of a probe that has ended, however long it stays open', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    const added = vi.spyOn(EventTarget.prototype, 'addEventListener');
    const removed = vi.spyOn(EventTarget.prototype, 'removeEventListener');
    onTestFinished(() => void vi.useRealTimers().restoreAllMocks());
    let probes = 0;
    const lone = createBreaker(
      async () => {
        probes += 1;
        throw new Error('down');
      },
      () => {},
      () => {},
    );
    await vi.advanceTimersByTimeAsync(1_001);
    for (let n = 0; n < 3; n += 1) lone.heard({ ...unreachable, durationMs: 1_000 });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(probes).toBeGreaterThan(20);
    const kept = added.mock.calls.length - removed.mock.calls.length;
    expect([kept <= 1, vi.getTimerCount()]).toEqual([true, 1]);
    lone.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  it('costs no call the wait for as long as calls alone fail, and other routes answer', async () => {
    broken = '/push_call';
    await askThrice();
    const probes = () => called.filter((extension) => extension === 'nobody').length;
    await expect.poll(probes, { timeout: 10_000 }).toBeGreaterThan(1);
    expect(await ask('102')).toBe('breaker-open');
    expect(called).not.toContain('102');
    const closed = until('breaker_closed');
    broken = 'none';
    await closed;
    expect(await ask('102')).toBe('ok');
  }, 20_000);

  it('learns nothing from calls that began before the proxy was back', async () => {
    status = 503;
    const [hung, others] = [Promise.withResolvers<never>(), [1, 2, 3]];
    const slow = others.map(() => breaker.guard(() => hung.promise).catch(() => {}));
    await askThrice();
    const closed = until('breaker_closed');
    status = 200;
    await closed;
    hung.reject(new PnsProxyError('late', { code: 'deadline', retryable: true, unknown: true, attempts: 1 }));
    await Promise.all(slow);
    expect(breaker.report().breaker).toBe('closed');
  });

  it('stays closed where calls fail that began before others were answered', async () => {
    const hung = Promise.withResolvers<never>();
    const slow = [1, 2, 3].map(() => breaker.guard(() => hung.promise).catch(() => {}));
    expect(await ask('102')).toBe('ok');
    hung.reject(new PnsProxyError('late', { code: 'deadline', retryable: true, unknown: true, attempts: 1 }));
    await Promise.all(slow);
    expect(breaker.report().breaker).toBe('closed');
  });

  it('does not take an answer of another route’s for one to a call', async () => {
    status = 503;
    await askThrice();
    breaker.heard(tried({ status: 200 }));
    expect(breaker.report().breaker).toBe('open');
  });

  it('counts failed calls though other routes answer, also after nothing had connected for a while', async () => {
    for (let n = 0; n < 3; n += 1) breaker.heard({ ...unreachable, durationMs: 1_000 });
    breaker.heard(tried({ status: 200 }));
    expect(breaker.report().breaker).toBe('closed');
    status = 503;
    for (let n = 0; n < 3; n += 1) {
      breaker.heard(tried({ status: 200 }));
      await ask();
    }
    expect(breaker.report().breaker).toBe('open');
  });

  it('stays closed where the proxy answers that the request is wrong, too much, or the key is', async () => {
    for (status of [400, 401, 403, 404, 429]) for (let n = 0; n < 4; n += 1) await ask();
    expect(breaker.report().breaker).toBe('closed');
    expect(logged).toEqual([]);
  });

  it('learns nothing from a call that was never sent or was given up', async () => {
    for (let n = 0; n < 5; n += 1) {
      await breaker.guard(() => client.pushCall({ to: '101', ringSeconds: 1 })).catch(() => {});
      const signal = AbortSignal.abort();
      await breaker.guard(() => client.pushCall({ to: '101' }, { signal })).catch(() => {});
      for (const code of ['aborted', 'expired'])
        breaker.heard(tried({ code, durationMs: 1_000, sent: false }));
    }
    expect(breaker.report()).toEqual({ breaker: 'closed' });
  });

  it('tells of a wrong key as the last failure, and of no success', async () => {
    status = 403;
    await ask();
    expect(breaker.report()).toMatchObject({ breaker: 'closed', lastFailure: 'gateway-403' });
    expect(breaker.report()).not.toHaveProperty('lastSuccessAt');
  });

  it('counts calls in a row alone', async () => {
    for (status of [503, 503, 200, 503, 503]) await ask();
    expect(breaker.report().breaker).toBe('closed');
  });
});

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Attempt, Client } from '../../../client/src/index.ts';
import { createClient } from '../../../client/src/index.ts';
import type { LogEvent } from '../../../pbx/src/log/log.ts';
import type { Breaker } from '../../../pbx/src/proxy/breaker.ts';
import { createBreaker } from '../../../pbx/src/proxy/breaker.ts';

/** What the proxy answers, and what it was asked. */
let status: number;
let asked: string[];
let logged: LogEvent[];
let back = 0;
let onLog: (event: LogEvent) => void;
let client: Client;
let breaker: Breaker;

const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  const body = status === 200 ? { extension: '1', devices: [] } : { message: 'no' };
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});

beforeEach(async () => {
  [status, asked, logged, onLog, back] = [200, [], [], () => {}, 0];
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
    () => client.devices('probe'),
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
    .guard(() => client.devices(extension))
    .then(
      () => 'ok',
      ({ code }) => code as string,
    );
/** Its tries fail one after another, so that it takes as long as it has to. */
const askUntilOpen = async () => {
  while (breaker.report().breaker === 'closed') await client.devices('101').catch(() => {});
};
const ok: Attempt = { operation: 'devices', attempt: 1, durationMs: 1, status: 200 };
const failed = (code: string, changes: Partial<Attempt> = {}): Attempt => ({
  operation: 'devices',
  attempt: 1,
  durationMs: 1,
  code,
  ...changes,
});
const until = (event: LogEvent) =>
  new Promise<void>((resolve) => {
    onLog = (seen) => {
      if (seen === event) resolve();
    };
  });

describe('breaker', () => {
  it('opens after three tries in a row that failed for half a second, and then asks the proxy nothing for a call', async () => {
    status = 503;
    await askUntilOpen();
    expect(breaker.report()).toMatchObject({ breaker: 'open', lastFailure: 'gateway-503' });
    const before = asked.length;
    expect(await ask('102')).toBe('breaker-open');
    expect(asked.slice(before)).not.toContain('/devices?extension=102');
  });

  it('probes by itself, and closes as soon as the proxy answers again', async () => {
    status = 500;
    await askUntilOpen();
    const closed = until('breaker_closed');
    status = 200;
    await closed;
    expect(logged).toEqual(['breaker_opened', 'breaker_closed']);
    expect(back).toBe(1);
    expect(asked.at(-1)).toBe('/devices?extension=probe');
    expect(await ask()).toBe('ok');
  });

  it('stays closed where the proxy answers that the request is wrong, too much, or the key is', async () => {
    for (status of [400, 401, 403, 404, 429]) for (let n = 0; n < 4; n += 1) await ask();
    expect(breaker.report().breaker).toBe('closed');
    expect(logged).toEqual([]);
  });

  it('learns nothing from a request that was never sent or was given up', async () => {
    await breaker.guard(() => client.pushCall({ to: '101', ringSeconds: 1 })).catch(() => {});
    const given = AbortSignal.abort();
    await breaker.guard(() => client.devices('101', { signal: given })).catch(() => {});
    for (const code of ['aborted', 'expired'])
      for (let n = 0; n < 5; n += 1) breaker.heard(failed(code, { durationMs: 1_000 }));
    expect(breaker.report()).toEqual({ breaker: 'closed' });
  });

  it('is not opened by a moment’s failures, however many they are, and at once by three that took long', () => {
    for (let n = 0; n < 20; n += 1) breaker.heard(failed('network'));
    expect(breaker.report().breaker).toBe('closed');
    for (let n = 0; n < 3; n += 1) {
      breaker.heard(ok);
      breaker.heard(failed('timeout', { durationMs: 900 }));
    }
    expect(breaker.report().breaker).toBe('closed');
    for (let n = 0; n < 2; n += 1) breaker.heard(failed('timeout', { durationMs: 900 }));
    expect(breaker.report()).toMatchObject({ breaker: 'open', lastFailure: 'timeout' });
  });

  it('tells of a wrong key as the last failure, and of no success', async () => {
    status = 403;
    await ask();
    expect(breaker.report()).toMatchObject({ breaker: 'closed', lastFailure: 'gateway-403' });
    expect(breaker.report()).not.toHaveProperty('lastSuccessAt');
  });

  it('spares no call its try for another route’s failures, but finds out whether the proxy is down', async () => {
    for (const code of ['timeout', 'gateway-500'])
      for (let n = 0; n < 10; n += 1)
        breaker.heard(failed(code, { operation: 'register', durationMs: 1_000, status: 500 }));
    expect(breaker.report()).toMatchObject({ breaker: 'closed', lastFailure: 'gateway-500' });
    await expect.poll(() => asked).toEqual(['/devices?extension=probe']);
    await expect.poll(() => breaker.report()).toHaveProperty('lastSuccessAt');

    status = 503;
    const opened = until('breaker_opened');
    while (breaker.report().breaker === 'closed') {
      breaker.heard(failed('gateway-500', { operation: 'register', status: 500 }));
      await new Promise(setImmediate);
    }
    await opened;
  });

  it('closes too when a request that it does not hold back goes well', async () => {
    status = 503;
    await askUntilOpen();
    status = 200;
    await client.devices('from the spool');
    expect(breaker.report()).toMatchObject({ breaker: 'closed', lastSuccessAt: expect.any(String) });
  });
});

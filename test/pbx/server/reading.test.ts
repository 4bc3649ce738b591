import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Started } from './support.ts';
import { startServer, status } from './support.ts';

let pns: Started;
beforeAll(async () => {
  pns = await startServer();
});
afterAll(() => pns.server.close());

const accept = { accept: 'application/json' };

it('/status is readable, and JSON for a program', async () => {
  expect((await pns.get('/status')).text).toBe(
    [
      'version: 0.1.0',
      'pid: 4711',
      'uptime: 12 s',
      'spool: 2 waiting, the oldest for 7 s; 1 kept aside',
      'calls in progress: 3',
      'proxy: https://push2.example.com',
      'breaker: closed',
      'last success: 2026-11-01T12:00:00.000Z',
      'last failure: none',
      '',
    ].join('\n'),
  );
  expect(JSON.parse((await pns.get('/status', { headers: accept })).text)).toEqual(status);
  expect(await pns.send('/status', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
});

it('/metrics is in Prometheus’ format, whatever is asked for', async () => {
  for (const headers of [{}, accept]) {
    const { text, headers: given } = await pns.get('/metrics', { headers });
    expect(text).toBe('# HELP pns_calls Calls\npns_calls 1\n');
    expect(given['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  }
});

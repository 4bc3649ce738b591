import { once } from 'node:events';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { PushResult } from 'pns-proxy-client';
import { expect, it } from 'vitest';
import { createAsking } from '../../../pbx/src/calls/ask.ts';
import { createCalls } from '../../../pbx/src/calls/calls.ts';
import { systemClock } from '../../../pbx/src/calls/clock.ts';
import { patienceOf } from '../../../pbx/src/calls/patience.ts';
import { resultOf } from '../calls/support.ts';
import { settingsOf } from '../support/settings.ts';
import { startServer } from './support.ts';

const settings = settingsOf();
const patienceMs = patienceOf(settings);
/** What the issue allows beyond the deadline, in milliseconds. */
const slackMs = 50;

let hangs = false;

/** Answers as late as pns does, and does nothing else: how much later it is, the machine is to blame for. */
const startBare = async () => {
  const server = createServer((_, response) => setTimeout(() => response.end('1'), hangs ? patienceMs : 0));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
};

it('the proxy hangs: 200 calls at once have their answer in time, and a register is taken meanwhile', async () => {
  const push = async (): Promise<PushResult> => (hangs ? new Promise(() => {}) : resultOf());
  const calls = createCalls({
    ask: createAsking(systemClock, () => {}).ask,
    proxy: { pushCall: push, pushCancel: push },
    settings: () => settings,
    log: () => {},
    clock: systemClock,
  });
  const pns = await startServer({ operations: { pushCall: calls.push } });
  const bare = await startBare();
  const agent = new Agent({ keepAlive: true });

  const call = async (port: number, to: number) => {
    const from = performance.now();
    const [response] = await once(
      request({ host: '127.0.0.1', port, path: `/push_call?to=${to}`, agent }).end(),
      'response',
    );
    expect(response.statusCode).toBe(200);
    return { answer: await text(response), took: performance.now() - from };
  };
  const call200 = (port: number) => Promise.all(Array.from({ length: 200 }, (_, to) => call(port, to)));

  // A PBX is connected already.
  for (const { answer } of await call200(pns.port)) expect(answer).toBe('0');
  await call200(bare.port);
  hangs = true;
  const answered = Promise.all([call200(pns.port), call200(bare.port)]);
  expect(await pns.get('/register?extension=101&token=a:1')).toMatchObject({ status: 200, text: 'OK' });
  const [answers, yardstick] = await answered;

  for (const { answer } of answers) expect(answer).toBe('1');
  const slowest = (all: { took: number }[]) => Math.max(...all.map(({ took }) => took));
  const machineMs = slowest(yardstick) - patienceMs;
  expect(slowest(answers)).toBeLessThan(settings.callDeadlineMs + slackMs + machineMs);

  await calls.finish();
  agent.destroy();
  bare.close();
  await pns.server.close();
});

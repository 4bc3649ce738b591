import { Agent } from 'node:http';
import type { PushResult } from 'pns-proxy-client';
import { expect, it } from 'vitest';
import { createCalls } from '../../../pbx/src/calls/calls.ts';
import { systemClock } from '../../../pbx/src/calls/clock.ts';
import { resultOf, settingsOf } from '../calls/support.ts';
import { startServer } from './support.ts';

const deadlineMs = 2_000;
/** What the issue allows beyond the deadline, in milliseconds. */
const slackMs = 50;

it('the proxy hangs: 200 calls at once have their answer in time, and a register is taken meanwhile', async () => {
  let hangs = false;
  const push = async (): Promise<PushResult> => (hangs ? new Promise(() => {}) : resultOf());
  const calls = createCalls({
    proxy: { pushCall: push, pushCancel: push },
    settings: () => settingsOf({ callDeadlineMs: deadlineMs }),
    log: () => {},
    clock: systemClock,
  });
  const pns = await startServer({ operations: { pushCall: calls.push } });
  const agent = new Agent({ keepAlive: true });
  const timed = async (to: number) => {
    const from = performance.now();
    const { status, text } = await pns.get(`/push_call?to=${to}`, { agent });
    return { status, text, took: performance.now() - from };
  };
  const call200 = () => Promise.all(Array.from({ length: 200 }, (_, place) => timed(place)));

  // A PBX is connected already; and what as many calls take at this moment whose proxy answers is not the deadline's.
  await call200();
  const burst = await call200();
  for (const { text } of burst) expect(text).toBe('0');
  hangs = true;
  const answered = call200();
  expect(await pns.get('/register?extension=101&token=a:1')).toMatchObject({ status: 200, text: 'OK' });
  const answers = await answered;
  for (const { status, text } of answers) expect([status, text]).toEqual([200, '1']);
  const slowest = (all: { took: number }[]) => Math.max(...all.map(({ took }) => took));
  expect(slowest(answers)).toBeLessThan(deadlineMs + slackMs + slowest(burst));

  await calls.finish();
  agent.destroy();
  await pns.server.close();
});

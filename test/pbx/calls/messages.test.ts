import { setImmediate as everythingElse } from 'node:timers/promises';
import type { PushResult } from 'pns-proxy-client';
import { expect, it } from 'vitest';
import { createAsking } from '../../../pbx/src/calls/ask.ts';
import { createMessages } from '../../../pbx/src/calls/messages.ts';
import type { Log } from '../../../pbx/src/log/log.ts';
import { settingsOf } from '../support/settings.ts';
import { android, createManualClock, failure, isSettled, refused, resultOf } from './support.ts';

const message = {
  to: '101',
  from: '102',
  fromName: 'Ann',
  kind: 'message',
  text: 'hello',
  messageId: 'm1',
} as const;

const createBench = () => {
  const { clock, advance } = createManualClock();
  const proxy = Promise.withResolvers<PushResult>();
  const sent: unknown[] = [];
  const lines: Record<string, unknown>[] = [];
  const log: Log = (level, event, fields) => lines.push({ level, event, ...fields });
  const push = createMessages({
    ask: createAsking(clock, log).ask,
    pushMessage: (request) => {
      sent.push(request);
      return proxy.promise;
    },
    settings: () => settingsOf(),
    log,
    clock,
  });
  return { push, proxy, sent, lines, advance };
};

it('hands a message on, and logs neither its text nor who wrote it', async () => {
  const { push, proxy, sent, lines } = createBench();
  const answered = push(message);
  const phones = [android('A'), refused('B')];
  proxy.resolve(resultOf(...phones));
  const answer = { devices: 2, accepted: 1, outcome: 'sent', phones };
  expect(await answered).toEqual(answer);
  expect(sent).toEqual([message]);
  expect(lines).toEqual([
    {
      level: 'info',
      event: 'push_message',
      to: '101',
      kind: 'message',
      messageId: 'm1',
      durationMs: 0,
      ...answer,
    },
  ]);
});

it('never rejects', async () => {
  const { push, proxy, lines } = createBench();
  const answered = push(message);
  await everythingElse();
  proxy.reject(failure('breaker-open', false));
  const answer = { devices: 0, accepted: 0, outcome: 'none', phones: [], code: 'breaker-open' };
  expect(await answered).toEqual(answer);
  expect(lines).toMatchObject([
    { level: 'warn', event: 'push_message', code: 'breaker-open', requestId: 'r-1' },
  ]);
});

it('answers before the deadline while the proxy hangs', async () => {
  const { push, advance } = createBench();
  const answered = push(message);
  await advance(1_799);
  expect(await isSettled(answered)).toBe(false);
  await advance(1);
  expect(await answered).toMatchObject({ outcome: 'unknown', code: 'deadline' });
});

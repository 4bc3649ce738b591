import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { linesOf, makeFolder, open, textOf } from './support.ts';

it('writes one JSON object a line, with time, level and event first', async () => {
  const { log, file, close } = open(join(makeFolder(), 'deep', 'down', 'pns.log'));
  log('info', 'started', { version: '0.1.0' });
  log('warn', 'push_message', { to: '101', callId: undefined, phones: [{ accepted: true }], ageMs: 12 });
  log('error', 'internal_error');
  await close();
  expect(linesOf(file)).toEqual([
    { level: 'info', time: expect.any(String), event: 'started', version: '0.1.0' },
    {
      level: 'warn',
      time: expect.any(String),
      event: 'push_message',
      to: '101',
      phones: [{ accepted: true }],
      ageMs: 12,
    },
    { level: 'error', time: expect.any(String), event: 'internal_error' },
  ]);
  expect(textOf(file)).toMatch(
    /^\{"level":"info","time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z","event":"started","version":"0.1.0"\}\n/,
  );
});

it('writes text for people', async () => {
  const { log, file, close } = open(join(makeFolder(), 'pns.log'), { logFormat: 'text' });
  log('info', 'push_message', { to: 'ann', devices: 2 });
  await close();
  expect(textOf(file)).toMatch(/^\S{24} info {2}push_message to=ann devices=2\n$/);
});

it('lets no other user read it', async () => {
  const { log, file, close } = open(join(makeFolder(), 'log', 'pns.log'));
  log('info', 'started');
  await close();
  expect(statSync(file).mode & 0o007).toBe(0);
  expect(statSync(join(file, '..')).mode & 0o007).toBe(0);
});

it('leaves out what is below its level, and changes level, format and file as it goes', async () => {
  const folder = makeFolder();
  const { log, file, change, close } = open(join(folder, 'pns.log'), { logLevel: 'warn' });
  const other = join(folder, 'other.log');
  log('debug', 'registered');
  log('info', 'registered');
  log('warn', 'breaker_opened');
  change({ logFile: file, logLevel: 'debug', logFormat: 'text' });
  log('debug', 'registered');
  change({ logFile: other, logLevel: 'error', logFormat: 'json' });
  log('warn', 'breaker_opened');
  log('error', 'internal_error');
  await close();
  expect(textOf(file)).toMatch(/^\{.*"event":"breaker_opened"\}\n\S+ debug registered\n$/);
  expect(linesOf(other)).toMatchObject([{ event: 'internal_error' }]);
});

it('has written the file that it has left, too, once it is closed', async () => {
  const folder = makeFolder();
  const { log, file, change, close } = open(join(folder, 'pns.log'));
  log('info', 'started');
  change({ logFile: join(folder, 'other.log'), logLevel: 'info', logFormat: 'json' });
  await close();
  expect(linesOf(file)).toMatchObject([{ event: 'started' }]);
});

it('lets no secret out, however deep it lies', async () => {
  const { log, file, close } = open(join(makeFolder(), 'pns.log'));
  const secret = 'MARKED';
  const names = [
    ...['token', 'oldToken', 'newToken', 'key', 'KEY', 'text', 'fromName', 'from_name', 'callerName'],
    ...['deviceName', 'password', 'authorization', 'Proxy-Authorization', 'secret'],
  ];
  const fields = Object.fromEntries(names.map((name) => [name, secret]));
  const round: Record<string, unknown> = { fields };
  round['round'] = round;
  log('info', 'request_refused', { ...fields, fine: 'fine', deep: [{ fields, fine: 'fine' }], round });
  log('error', 'internal_error', {
    error: Object.assign(new Error(secret), { code: 'ENOENT', request: secret }),
  });
  await close();
  expect(textOf(file)).not.toContain(secret);
  expect(linesOf(file)).toMatchObject([
    { fine: 'fine', deep: [{ fields: {}, fine: 'fine' }] },
    { error: { name: 'Error', code: 'ENOENT' } },
  ]);
});

it('lets no field pass for the time, the level or the event', async () => {
  const { log, file, close } = open(join(makeFolder(), 'pns.log'));
  log('info', 'push_message', { event: 'stopped', level: 'error', time: 'never', __proto__: { to: '1' } });
  await close();
  expect(textOf(file).match(/"(event|level|time)":/g)).toHaveLength(3);
  expect(linesOf(file)).toMatchObject([{ event: 'push_message', level: 'info' }]);
});

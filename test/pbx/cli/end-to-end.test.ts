import { afterAll, beforeAll, expect, test } from 'vitest';
import { startCloud } from '../../local/support.ts';
import { fcmToken } from '../../support/builders.ts';
import type { Daemon } from '../support/daemon.ts';
import { createDaemon } from '../support/daemon.ts';
import { createPlace } from './pns-command.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let daemon: Daemon;
let place: ReturnType<typeof createPlace>;
beforeAll(async () => {
  cloud = await startCloud();
  daemon = createDaemon({ PUSH_URL: cloud.info.url, KEY: cloud.info.key });
  await daemon.start();
  place = createPlace({
    ...{ PROXY_ADDRESS: new URL(daemon.url()).host, DATA_DIR: `${daemon.dir}/data`, LOG_FILE: '-' },
    ...{ PUSH_URL: cloud.info.url, KEY: cloud.info.key, KEY_FILE: '' },
  });
});
afterAll(async () => {
  await daemon.stop();
  daemon.remove();
  place.remove();
  await cloud.close();
});

const log = () => daemon.lines.map((line) => `${JSON.stringify(line)}\n`).join('');

test('the commands tell of a phone that wakes, from the real daemon and its real log', async () => {
  const delivered = daemon.until('delivered');
  await daemon.json('/register', {
    extension: '101',
    token: fcmToken('cli'),
    platform: 'fcm',
    deviceId: 'pixel',
  });
  await delivered;
  expect((await place.pns('devices', '101')).stdout).toMatch(/^[0-9a-f]{8} +fcm +pixel +- +demo +1 /m);

  const call = await place.pns('test-call', '101', '--json');
  expect(call).toMatchObject({ exitCode: 0, stderr: '' });
  const { uuid } = JSON.parse(call.stdout);
  const reported = daemon.until('registered');
  await daemon.json('/registered', { extension: '101', deviceId: 'pixel' });
  await reported;
  const cancelled = daemon.until('push_cancel');
  await daemon.json('/push_cancel', { to: '101', uuid, reason: 'timed_out' });
  await cancelled;

  const why = (await place.pnsReading(log(), 'why', '101')).stdout;
  expect(
    why
      .replaceAll(/^ {2}\d{4}-\S+Z/gm, '  TIME')
      .replaceAll(/[\d.]+ (ms|s) ?/g, 'N ')
      .split('\n'),
  ).toEqual([
    `Call ${uuid} to 101`,
    '  TIME  asked to wake 101 (pns test-call), with N left to ring',
    '  TIME  pushed to 1 phone after N ',
    '  TIME  phone pixel registered with the PBX',
    '  TIME  cancelled (nobody answered in time): nobody to tell, since all phones had registered',
    '  fcm pixel: woke: registered N after it was pushed',
    '',
  ]);
});

test('a phone that has logged out is why nobody was woken', async () => {
  const token = fcmToken('gone');
  await daemon.json('/register', { extension: '102', token, platform: 'fcm' });
  const delivered = daemon.until('delivered', ({ operation }) => operation === 'delete');
  await daemon.json('/delete', { token });
  await delivered;
  const pushed = daemon.until('push_call', ({ to }) => to === '102');
  const call = await place.pns('test-call', '102');
  await pushed;
  expect(call).toMatchObject({ exitCode: 1, stdout: '' });

  const { stdout } = await place.pnsReading(log(), 'why', '102');
  expect(stdout).toMatch(/no phone of 102 to push to/);
  expect(stdout).toMatch(
    /^ {2}[0-9a-f]{8} logged out \S+ \S+ before the call, and had not registered again\.$/m,
  );
});

test('pns status, reload and stop', async () => {
  const { stdout } = await place.pns('status');
  expect(stdout).toMatch(new RegExp(`^pns +0\\.1\\.0, pid ${daemon.pid()}, up for `));
  expect(stdout).toContain(`proxy              ${cloud.info.url}\n`);

  expect(await place.pns('reload')).toMatchObject({
    exitCode: 0,
    stderr: 'pns has read its settings anew\n',
  });
  daemon.write({ CALL_DEADLINE_MS: 'soon' });
  const refused = await place.pns('reload');
  expect(refused.exitCode).toBe(1);
  expect(refused.stderr).toMatch(
    /^pns: the settings stay as they were: \S+pns\.conf:\d+: CALL_DEADLINE_MS: .*\n$/,
  );

  const pid = daemon.pid();
  const exited = daemon.exited();
  expect(await place.pns('stop')).toMatchObject({ exitCode: 0, stderr: `pns has stopped (pid ${pid})\n` });
  expect((await exited)?.[0]).toBe(0);
  expect((await place.pns('status')).stderr).toContain('pns does not run');
});

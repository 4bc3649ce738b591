import { afterEach, beforeEach, expect, test } from 'vitest';
import { startFakeDaemon } from './fake-daemon.ts';
import { createPlace, testKey } from './pns-command.ts';

/** docs/openapi.yaml, GET /devices. */
const iphone = {
  fingerprint: '1b4f0e98',
  deviceId: '6D92078A-8246-4BA4-AE5B-76104861E7DC',
  deviceName: 'Ann’s iPhone\u001b[2J',
  platform: 'apns-voip',
  app: 'demo',
  environment: 'sandbox',
  line: 1,
  registeredAt: '2026-11-22T12:00:00.000Z',
  expiresAt: '2027-08-19T12:00:00.000Z',
};
const android = {
  ...{ fingerprint: '9f86d081', platform: 'fcm', app: 'demo', environment: 'production', line: 2 },
  ...{ registeredAt: '2026-10-01T08:30:00.000Z', expiresAt: '2026-12-20T19:00:00.000Z' },
  ...{ disabledAt: '2026-11-20T19:00:00.000Z', disabledReason: 'token-refused' },
};

const path = '/devices?extension=101';
const answering = (devices: readonly object[]) => ({ status: 200, body: { extension: '101', devices } });

let endpoint: Awaited<ReturnType<typeof startFakeDaemon>>;
let place: ReturnType<typeof createPlace>;
beforeEach(async () => {
  endpoint = await startFakeDaemon({ [path]: answering([iphone, android]) });
  place = createPlace({ PUSH_URL: endpoint.url, KEY: testKey, KEY_FILE: '' });
});
afterEach(async () => {
  await endpoint.close();
  place.remove();
});

test('lists the phones of an extension, and what to do for the refused ones', async () => {
  const { exitCode, stdout, stderr } = await place.pns('devices', '101');
  expect(exitCode, stderr).toBe(0);
  expect(stdout).toBe(`\
FINGERPRINT  PLATFORM             DEVICE                                NAME                   APP   LINE  REGISTERED                REFUSED                   REASON
1b4f0e98     apns-voip (sandbox)  6D92078A-8246-4BA4-AE5B-76104861E7DC  Ann’s iPhone\\u{1b}[2J  demo  1     2026-11-22T12:00:00.000Z  -                         -
9f86d081     fcm                  -                                     -                      demo  2     2026-10-01T08:30:00.000Z  2026-11-20T19:00:00.000Z  token-refused
`);
  expect(stderr).toMatch(
    /^token-refused: its provider \(Apple, Google, Huawei or a push service\) refused its push token.*\n$/,
  );
});

test('gives programs what the proxy answers', async () => {
  const { stdout } = await place.pns('devices', '101', '--json');
  expect(JSON.parse(stdout)).toEqual({ extension: '101', devices: [iphone, android] });
});

test('says that there is none', async () => {
  endpoint.answers[path] = answering([]);
  expect(await place.pns('devices', '101')).toEqual({
    exitCode: 0,
    stdout: '',
    stderr: 'no phone is registered for 101: log the app in on one\n',
  });
});

test('says why the proxy does not tell, in one line and without the key', async () => {
  endpoint.answers[path] = { status: 403, body: { message: 'Forbidden' } };
  const { exitCode, stdout, stderr } = await place.pns('devices', '101');
  expect([exitCode, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^pns: .*\(gateway-403\): the proxy refused the key.*\n$/);
  expect(stderr).not.toContain(testKey);
});

test('needs the key, and names the file that it cannot read', async () => {
  place.configure({ KEY: '', KEY_FILE: '/nonexistent/key' });
  const { exitCode, stderr } = await place.pns('devices', '101');
  expect(exitCode).toBe(78);
  expect(stderr).toMatch(/^pns: .*KEY_FILE.*\/nonexistent\/key.*\n$/);
  expect(endpoint.received).toEqual([]);
});

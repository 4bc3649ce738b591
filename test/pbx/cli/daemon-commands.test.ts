import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startFakeDaemon } from './fake-daemon.ts';
import { createPlace } from './pns-command.ts';

const status = {
  version: '0.1.0',
  pid: 4711,
  uptimeSeconds: 90_061,
  spool: { depth: 0, oldestSeconds: 0, keptAside: 0 },
  callsInProgress: 2,
  proxy: { url: 'https://push.example.com', breaker: 'closed', lastSuccessAt: '2026-11-22T12:00:00.000Z' },
};

let place: ReturnType<typeof createPlace>;
let daemon: Awaited<ReturnType<typeof startFakeDaemon>>;
beforeEach(async () => {
  daemon = await startFakeDaemon({ '/status': { status: 200, body: status } });
  place = createPlace({ PROXY_ADDRESS: daemon.address });
});
afterEach(async () => {
  await daemon.close();
  place.remove();
});

describe('pns status', () => {
  test('shows how the daemon fares', async () => {
    expect(await place.pns('status')).toEqual({
      exitCode: 0,
      stderr: '',
      stdout: `pns                0.1.0, pid 4711, up for 1 d 1 h
listens on         http://${daemon.address}
calls in progress  2
spool              empty
kept aside         none
proxy              https://push.example.com
breaker            closed: the proxy is asked for each call
last success       2026-11-22T12:00:00.000Z
last failure       none since the start
`,
    });
  });

  test('shows what is wrong, with what to do', async () => {
    const proxy = {
      ...{ url: 'https://push.example.com', breaker: 'open' },
      ...{ lastFailureAt: '2026-11-22T12:00:01.000Z', lastFailure: 'gateway-403' },
    };
    const spool = { depth: 12, oldestSeconds: 200, keptAside: 3 };
    daemon.answers['/status'] = { status: 200, body: { ...status, spool, proxy } };
    const { stdout } = await place.pns('status');
    expect(stdout).toContain(
      'spool              12 requests not at the proxy yet, the oldest for 3 min 20 s: pns spool\n',
    );
    expect(stdout).toContain('kept aside         3: pns spool\n');
    expect(stdout).toContain('breaker            open: ');
    expect(stdout).toContain('last success       none since the start\n');
    expect(stdout).toContain(
      'last failure       2026-11-22T12:00:01.000Z (gateway-403): the proxy refused the key: mistyped, or revoked.',
    );
  });

  test('says that the spool takes nothing', async () => {
    const spool = { ...status.spool, fault: 'full' };
    daemon.answers['/status'] = { status: 200, body: { ...status, spool } };
    expect((await place.pns('status')).stdout).toContain(
      'spool              takes nothing (full): pns doctor\n',
    );
  });

  test('gives programs all that the daemon says', async () => {
    daemon.answers['/status'] = { status: 200, body: { ...status, ofANewerVersion: 1 } };
    const { stdout } = await place.pns('status', '--json');
    expect(JSON.parse(stdout)).toEqual({ ...status, ofANewerVersion: 1 });
  });

  test('says that nothing runs, in one line', async () => {
    await daemon.close();
    daemon = await startFakeDaemon({});
    const { exitCode, stdout, stderr } = await place.pns('status');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^pns: pns does not run: nothing listens at http:\S+\. Start it: .+\n$/);
  });

  test('does not take another program for pns', async () => {
    for (const body of ['<html>\u001b[2J', { pid: 1 }]) {
      daemon.answers['/status'] = { status: 200, body };
      const { exitCode, stdout, stderr } = await place.pns('status');
      expect([exitCode, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^pns: what answers at http:\S+ is not pns.+\n$/);
    }
  });
});

describe('pns reload', () => {
  test('tells that the settings were read', async () => {
    daemon.answers['/confreload'] = { status: 200, body: { ok: true } };
    const { exitCode, stderr } = await place.pns('reload');
    expect([exitCode, stderr]).toEqual([0, 'pns has read its settings anew\n']);
    expect(daemon.received).toEqual([{ method: 'POST', path: '/confreload', body: undefined }]);
  });

  test('shows the lines that are wrong', async () => {
    const wrong = 'pns.conf:3: KEY: expected a key\npns.conf:7: WAKE: expected once or until-registered';
    const detail = `the settings stay as they were: ${wrong}`;
    daemon.answers['/confreload'] = { status: 422, body: { code: 'settings-refused', detail } };
    const { exitCode, stdout, stderr } = await place.pns('reload');
    expect([exitCode, stdout, stderr]).toEqual([1, '', `${detail.replaceAll(/^/gm, 'pns: ')}\n`]);
  });

  test('names the signal where the daemon takes no request of this', async () => {
    daemon.answers['/confreload'] = {
      status: 403,
      body: { code: 'loopback-only', detail: 'from loopback only' },
    };
    const { exitCode, stderr } = await place.pns('reload');
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^pns: .*SIGHUP.*\n$/);
  });
});

describe('pns test-call', () => {
  const uuid = '0b6f1f0e-6b0b-4c6e-9f0e-0d5a3c1f7a51';
  const answer = (changes: object) => ({
    status: 200,
    body: { devices: 2, accepted: 1, outcome: 'sent', uuid, ...changes },
  });
  const phones = [
    { deviceId: '6D92078A', platform: 'apns-voip', accepted: true },
    { fingerprint: '9f86d081', platform: 'fcm', accepted: false, reason: 'token-refused', retryable: false },
  ];

  test('pushes a call that is marked as a test and soon over, and tells of each phone', async () => {
    daemon.answers['/push_call'] = answer({ phones });
    const { exitCode, stdout, stderr } = await place.pns('test-call', '101');
    expect(exitCode).toBe(0);
    expect(daemon.received).toEqual([
      {
        method: 'POST',
        path: '/push_call',
        body: { to: '101', fromName: 'Test call', ringSeconds: 10, test: true },
      },
    ]);
    expect(stdout.split('\n')).toEqual([
      'PHONE     PLATFORM   PUSH           EXPECT',
      '6D92078A  apns-voip  accepted       rings like a call for some seconds, until the app ends it',
      '9f86d081  fcm        token-refused  nothing',
      '',
    ]);
    expect(stderr).toMatch(
      /^token-refused: its provider \(Apple, Google, Huawei or a push service\) refused its push token/,
    );
    expect(stderr).toContain(
      `1 of 2 phones: a push was taken. What comes of it in the next 10 s: pns why ${uuid}\n`,
    );
  });

  test.each([
    [
      'no phone',
      { devices: 0, accepted: 0, outcome: 'none', phones: [] },
      /^no phone of 101 can be woken.*\n$/,
    ],
    [
      'no answer',
      { devices: 0, accepted: 0, outcome: 'unknown', phones: [], code: 'deadline' },
      /^the push may have gone out all the same \(deadline\): .*\n$/,
    ],
    [
      'a breaker that is open',
      { devices: 0, accepted: 0, outcome: 'none', phones: [], code: 'breaker-open' },
      /^nothing was pushed \(breaker-open\): .*\n$/,
    ],
  ])('fails with %s', async (_, changes, text) => {
    daemon.answers['/push_call'] = answer(changes);
    const { exitCode, stdout, stderr } = await place.pns('test-call', '101');
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(text);
  });

  test('says what the daemon refuses', async () => {
    daemon.answers['/push_call'] = { status: 503, body: { code: 'stopping', detail: 'pns is stopping' } };
    expect(await place.pns('test-call', '101')).toMatchObject({
      exitCode: 1,
      stderr: 'pns: pns refused the call: pns is stopping\n',
    });
  });

  test('gives programs the answer itself', async () => {
    daemon.answers['/push_call'] = answer({ phones });
    const { stdout, stderr } = await place.pns('test-call', '--json', '101');
    expect(JSON.parse(stdout)).toEqual({ devices: 2, accepted: 1, outcome: 'sent', uuid, phones });
    expect(stderr).toBe('');
  });
});

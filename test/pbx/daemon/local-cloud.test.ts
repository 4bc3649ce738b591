import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startCloud } from '../../local/support.ts';
import { appleToken, fcmToken } from '../../support/builders.ts';
import type { Daemon } from '../support/daemon.ts';
import { createDaemon } from '../support/daemon.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let pns: Daemon;
beforeAll(async () => {
  cloud = await startCloud();
  pns = createDaemon({ PUSH_URL: cloud.info.url, KEY: cloud.info.key });
  await pns.start();
});
afterAll(async () => {
  expect(await pns.stop()).toBe(0);
  pns.remove();
  await cloud.close();
});

const tokensPushed = async (): Promise<string[]> => {
  const { text } = await cloud.pbx.get('/_local/pushes');
  return (JSON.parse(text) as { token: string }[]).map(({ token }) => token);
};

it.each([
  ['GET', '201', fcmToken('get')],
  ['a form', '202', appleToken('form')],
  ['JSON', '203', fcmToken('json')],
])(
  'a phone registered with %s is woken: /push_call answers 1 and its provider has the push',
  async (how, to, token) => {
    await cloud.pbx.send('/_local/pushes', { method: 'DELETE' });
    const fields = { extension: to, token };
    if (how === 'GET')
      expect(await pns.get(`/register?${new URLSearchParams(fields)}`)).toMatchObject({ status: 200 });
    else if (how === 'JSON') expect(await pns.json('/register', fields)).toMatchObject({ status: 200 });
    else expect(await pns.form('/register', fields)).toMatchObject({ status: 200 });

    expect(await pns.get(`/push_call?to=${to}&from=100`)).toEqual({ status: 200, text: '1' });
    await expect.poll(tokensPushed).toEqual([token]);
  },
);

it('an extension without a phone: 0, and no push', async () => {
  await cloud.pbx.send('/_local/pushes', { method: 'DELETE' });
  expect(await pns.get('/push_call?to=299')).toEqual({ status: 200, text: '0' });
  expect(await tokensPushed()).toEqual([]);
});

describe('an iPhone and an Android phone', () => {
  const tokens = {
    android: fcmToken('both'),
    voip: appleToken('both-voip'),
    alerts: appleToken('both-alerts'),
  };
  const iphone = { extension: '206', deviceId: 'iphone' };
  const reached = async (count: number) => {
    await expect.poll(tokensPushed).toHaveLength(count);
    return (await tokensPushed()).toSorted();
  };
  beforeAll(async () => {
    await pns.json('/register', { extension: '206', token: tokens.android, platform: 'fcm' });
    await pns.json('/register', { ...iphone, token: tokens.voip, platform: 'apns-voip' });
    await pns.json('/register', { ...iphone, token: tokens.alerts, platform: 'apns' });
    await vi.waitFor(async () =>
      expect((await cloud.pbx.get('/devices?extension=206')).body['devices']).toHaveLength(3),
    );
  });
  beforeEach(() => cloud.pbx.send('/_local/pushes', { method: 'DELETE' }));

  it('are told that their call was answered elsewhere, the iPhone by its other token', async () => {
    const { body: call } = await pns.json('/push_call', { to: '206', from: '100' });
    const uuid = String(call['uuid']);
    expect(await reached(2)).toEqual([tokens.android, tokens.voip].toSorted());
    await cloud.pbx.send('/_local/pushes', { method: 'DELETE' });

    expect(await pns.json('/push_cancel', { to: '206', uuid, reason: 'answered_elsewhere' })).toMatchObject({
      body: { calls: 1, accepted: 2 },
    });
    expect(await reached(2)).toEqual([tokens.android, tokens.alerts].toSorted());
    const { text } = await cloud.pbx.get('/_local/pushes');
    expect(text.split(uuid).length - 1).toBeGreaterThanOrEqual(2);
  });

  it('show a voicemail', async () => {
    const voicemail = { to: '206', from: '100', kind: 'voicemail', messageId: 'vm-1' };
    expect(await pns.json('/push_message', voicemail)).toMatchObject({ body: { devices: 2, accepted: 2 } });
    expect(await reached(2)).toEqual([tokens.android, tokens.alerts].toSorted());
  });
});

it('a phone that has logged out is not woken', async () => {
  const token = fcmToken('leaves');
  await pns.form('/register', { extension: '204', token });
  await pns.form('/delete', { token });
  expect(await pns.get('/push_call?to=204')).toEqual({ status: 200, text: '0' });
});

it.each([
  ['as the name of a field', `/delete?${fcmToken('misplaced')}`],
  ['as one that is empty', `/push_cancel?to=101&${fcmToken('misplaced')}=`],
  ['as one given twice', `/register?${fcmToken('misplaced')}=1&${fcmToken('misplaced')}=2`],
])('a token that a script misplaces stands in no answer and no log: %s', async (_, path) => {
  const refused = pns.until('request_refused');
  const { status, text } = await pns.get(path);
  expect(status).toBe(400);
  await refused;
  expect(text + JSON.stringify(pns.lines)).not.toContain(fcmToken('misplaced'));
});

it('no token, key or name stands in the log', async () => {
  await pns.json('/register', {
    extension: '205',
    token: fcmToken('secret'),
    platform: 'fcm',
    deviceName: 'Ann’s',
  });
  const logged = pns.until('push_call', ({ to }) => to === '205');
  await pns.json('/push_call', { to: '205', fromName: 'Bob Secret', from: '+4420' });
  await logged;
  const log = JSON.stringify(pns.lines);
  for (const secret of [fcmToken('secret'), 'Ann’s', 'Bob Secret', cloud.info.key])
    expect(log).not.toContain(secret);
});

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import type { ReceivedPush } from '../../local/pushes.ts';
import { demoSettings } from '../../local/settings.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import { startCloud } from './support.ts';

/**
 * Each kind of push on each platform, as it arrives at a provider that refuses what the real one refuses; or the documented
 * refusal. `demo` shows no missed calls, `missed` does.
 */
let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  const settings = demoSettings();
  const { demo } = settings.apps;
  cloud = await startCloud({
    settings: parseSettings({ ...settings, apps: { demo, missed: { ...demo, missedCalls: true } } }),
  });
});
afterAll(() => cloud.close());

const kinds = ['call', 'cancel', 'message', 'voicemail', 'missed_call'] as const;
type Kind = (typeof kinds)[number];
type Phone = { token: string; platform: string; [field: string]: unknown };

const uuid = 'c0ffee00-0000-4000-8000-000000000005';
const who = { from: '+38761000000', fromName: 'Ann' };
const ask = (kind: Kind, to: string) => {
  if (kind === 'call') return cloud.pbx.post('/push_call', { to, uuid, ...who });
  if (kind === 'cancel')
    return cloud.pbx.post('/push_cancel', { to, uuid, reason: 'caller_hung_up', ...who });
  return cloud.pbx.post('/push_message', { to, kind, ...who, text: 'Hi', messageId: 'm-1', badge: 2 });
};

/** What every phone is told, whatever it is told about. */
const told = (kind: Kind, to: string) => ({
  type: kind,
  uuid: kind === 'call' || kind === 'cancel' ? uuid : expect.stringMatching(/^[0-9a-f-]{36}$/),
  caller: '+38761000000',
  callerName: 'Ann',
  callee: to,
  pbx: 'pbx-1',
  sentAt: expect.any(String),
  expiresAt: expect.any(String),
  ...(kind === 'cancel' && { reason: 'caller_hung_up' }),
  ...(kind !== 'call' && kind !== 'cancel' && { messageId: 'm-1', text: 'Hi', badge: '2' }),
});
/** How long it may wait, in seconds: what is left when it leaves is a little less. */
const lifetime = { call: 30, cancel: 300, message: 604_800, voicemail: 604_800, missed_call: 604_800 };
const expectLifetime = (kind: Kind, seconds: number) => {
  expect(seconds).toBeLessThanOrEqual(lifetime[kind]);
  expect(seconds).toBeGreaterThan(lifetime[kind] - 25);
};
const titleOf = {
  call: 'PNS_CALL',
  cancel: 'PNS_MISSED_CALL',
  message: 'PNS_MESSAGE',
  voicemail: 'PNS_VOICEMAIL',
  missed_call: 'PNS_MISSED_CALL',
};
const isShown = (kind: Kind) => kind !== 'call' && kind !== 'cancel';

let serial = 0;
/** Registers the phone alone at an extension of its own, sends it one push, and gives what came of it. */
const send = async (kind: Kind, phone: Phone, app: string) => {
  serial += 1;
  const extension = `kind-${serial}`;
  const registered = await cloud.pbx.post('/register', { extension, app, ...phone });
  expect(registered.status, registered.text).toBe(200);
  const answer = await ask(kind, extension);
  expect(answer.status, answer.text).toBe(200);
  await cloud.idle();
  const arrived = cloud.pushes.list().filter(({ payload }) => JSON.stringify(payload).includes(extension));
  return { extension, answer: answer.body, arrived };
};
const theOne = (arrived: readonly ReceivedPush[]): ReceivedPush => {
  expect(arrived).toHaveLength(1);
  const [push] = arrived;
  if (push === undefined) throw new Error('no push');
  return push;
};

describe.each(kinds)('a %s', (kind) => {
  it('on fcm', async () => {
    const token = fcmToken(`kind-${kind}`);
    const { extension, answer, arrived } = await send(kind, { token, platform: 'fcm' }, 'demo');
    expect(answer).toMatchObject({ devices: 1, accepted: 1 });
    const { message } = Object(theOne(arrived).payload);
    const { android, ...rest } = message;
    expect(rest).toEqual({ token, data: told(kind, extension) });
    expectLifetime(kind, Number.parseInt(android.ttl, 10));
    expect(android).toEqual({
      priority: kind === 'cancel' ? 'normal' : 'high',
      ttl: expect.stringMatching(/^\d+s$/),
      ...(isShown(kind) && {
        notification: {
          title_loc_key: `${titleOf[kind]}_FROM`,
          title_loc_args: ['Ann'],
          body: 'Hi',
          tag: expect.stringMatching(/^[\w-]{22}$/),
          channel_id: `pns_${kind}`,
          notification_count: 2,
        },
      }),
    });
  });

  it('on apns', async () => {
    const phone = { token: appleToken(`kind-${kind}`), platform: 'apns', deviceId: 'iphone' };
    const { extension, answer, arrived } = await send(kind, phone, 'demo');
    if (kind === 'call') {
      expect(answer).toMatchObject({
        devices: 0,
        accepted: 0,
        phones: [{ deviceId: 'iphone', accepted: false, reason: 'no-token-for-calls', retryable: false }],
      });
      return expect(arrived).toEqual([]);
    }
    expect(answer).toMatchObject({ devices: 1, accepted: 1 });
    const { payload, headers } = theOne(arrived);
    const { aps, ...data } = Object(payload);
    expect(data).toEqual(told(kind, extension));
    const isSilent = kind === 'cancel';
    expect(aps).toEqual(
      isSilent
        ? { 'content-available': 1 }
        : {
            alert: {
              'title-loc-key': `${titleOf[kind]}_FROM`,
              'title-loc-args': ['Ann'],
              body: 'Hi',
            },
            ...(kind !== 'missed_call' && { sound: 'default' }),
            badge: 2,
            'thread-id': expect.stringMatching(/^[\w-]{22}$/),
            'interruption-level': 'active',
            'mutable-content': 1,
          },
    );
    expect(headers).toMatchObject({
      'apns-push-type': isSilent ? 'background' : 'alert',
      'apns-priority': isSilent ? '5' : '10',
      'apns-topic': 'com.example.demo',
      'apns-collapse-id': isSilent ? uuid : expect.stringMatching(/^[\w-]{22}$/),
    });
    expectLifetime(kind, Number(headers['apns-expiration']) - Date.now() / 1_000);
  });

  it('on apns-voip', async () => {
    const phone = { token: appleToken(`voip-${kind}`), platform: 'apns-voip', deviceId: 'iphone' };
    const { extension, answer, arrived } = await send(kind, phone, 'demo');
    if (kind !== 'call') {
      expect(answer).toMatchObject({
        devices: 0,
        accepted: 0,
        phones: [{ deviceId: 'iphone', accepted: false, reason: 'no-token-for-messages', retryable: false }],
      });
      return expect(arrived).toEqual([]);
    }
    expect(answer).toMatchObject({ devices: 1, accepted: 1 });
    const { payload, headers } = theOne(arrived);
    expect(payload).toEqual({ aps: {}, ...told(kind, extension) });
    expect(headers).toMatchObject({
      'apns-push-type': 'voip',
      'apns-topic': 'com.example.demo.voip',
      'apns-priority': '10',
      'apns-collapse-id': uuid,
    });
    expectLifetime(kind, Number(headers['apns-expiration']) - Date.now() / 1_000);
  });

  it('on hms, Android', async () => {
    const token = fcmToken(`hms-${kind}`);
    const { extension, answer, arrived } = await send(kind, { token, platform: 'hms' }, 'demo');
    expect(answer).toMatchObject({ devices: 1, accepted: 1 });
    const { message, ...more } = Object(theOne(arrived).payload);
    const { android, data, ...rest } = message;
    expect([more, rest]).toEqual([{}, { token: [token] }]);
    expect(JSON.parse(data)).toEqual(told(kind, extension));
    expectLifetime(kind, Number.parseInt(android.ttl, 10));
    const { ttl: _, notification, ...how } = android;
    if (!isShown(kind)) expect(how).toEqual({ urgency: 'HIGH', category: 'VOIP' });
    else expect(how).toMatchObject({ category: 'IM' });
    if (!isShown(kind)) return expect(notification).toBeUndefined();
    expect(notification).toMatchObject({
      title_loc_key: `${titleOf[kind]}_FROM`,
      title_loc_args: ['Ann'],
      body: 'Hi',
      tag: expect.stringMatching(/^[\w-]{22}$/),
      channel_id: `pns_${kind}`,
      click_action: { type: 3 },
    });
  });

  it('on hms, HarmonyOS 5', async () => {
    const phone = { token: fcmToken(`harmony-${kind}`), platform: 'hms', harmonyOs: true };
    const { extension, answer, arrived } = await send(kind, phone, 'demo');
    expect(answer).toMatchObject({ devices: 1, accepted: 1 });
    const { payload, headers } = theOne(arrived);
    const { target, pushOptions, payload: inner } = Object(payload);
    expect(target).toEqual({ token: [phone.token] });
    expectLifetime(kind, pushOptions.ttl);
    expect(headers['push-type']).toBe(kind === 'call' ? '10' : kind === 'cancel' ? '6' : '0');
    if (!isShown(kind)) return expect(JSON.parse(inner.extraData)).toEqual(told(kind, extension));
    expect(inner.notification).toMatchObject({
      category: kind === 'missed_call' ? 'MISS_CALL' : 'IM',
      title: kind === 'message' ? 'Ann' : expect.stringMatching(/: Ann$/),
      body: 'Hi',
      clickAction: { actionType: 0, data: told(kind, extension) },
    });
  });

  it('on webpush', async () => {
    const { body } = await cloud.pbx.post('/_local/subscriptions', { app: 'demo' });
    const phone = { token: String(body['token']), platform: 'webpush' };
    const { extension, answer, arrived } = await send(kind, phone, 'demo');
    expect(answer).toMatchObject({ devices: 1, accepted: 1 });
    const { payload, headers } = theOne(arrived);
    expect(payload).toEqual(told(kind, extension));
    expectLifetime(kind, Number(headers['ttl']));
    const isCall = kind === 'call' || kind === 'cancel';
    expect(headers).toMatchObject({
      urgency: isCall ? 'high' : 'normal',
      topic: String(Object(payload).uuid).replaceAll('-', ''),
      'content-encoding': 'aes128gcm',
    });
  });
});

/** The same cancel where the app's settings show missed calls; an iPhone without a VoIP token; another app's key. */
describe('a cancel of an app that shows missed calls', () => {
  it('is an alert on an iPhone, and data at high priority on Android', async () => {
    const apple = { token: appleToken('missed'), platform: 'apns', deviceId: 'iphone' };
    const onIphone = theOne((await send('cancel', apple, 'missed')).arrived);
    expect(onIphone.headers).toMatchObject({ 'apns-push-type': 'alert', 'apns-priority': '10' });
    expect(onIphone.payload).toMatchObject({
      aps: { alert: { 'title-loc-key': 'PNS_MISSED_CALL_FROM', 'title-loc-args': ['Ann'] } },
      missed: 'true',
    });
    const android = { token: fcmToken('missed'), platform: 'fcm' };
    expect(theOne((await send('cancel', android, 'missed')).arrived).payload).toMatchObject({
      message: { data: { type: 'cancel', missed: 'true' }, android: { priority: 'high' } },
    });
  });
});

describe('an iPhone without a VoIP token', () => {
  it('gets the call as a time-sensitive alert with a sound', async () => {
    const phone = { token: appleToken('call-alerts'), platform: 'apns', callAlerts: true };
    const { extension, arrived } = await send('call', phone, 'demo');
    const { payload, headers } = theOne(arrived);
    expect(payload).toEqual({
      aps: {
        alert: { 'title-loc-key': 'PNS_CALL_FROM', 'title-loc-args': ['Ann'] },
        sound: 'default',
        'thread-id': expect.any(String),
        'interruption-level': 'time-sensitive',
      },
      ...told('call', extension),
    });
    expect(headers).toMatchObject({
      'apns-push-type': 'alert',
      'apns-topic': 'com.example.demo',
      'apns-collapse-id': uuid,
    });
  });
});

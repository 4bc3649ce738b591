import { describe, expect, it } from 'vitest';
import type { App } from '../../lambda/core/apps.ts';
import type { Platform } from '../../lambda/core/contract.ts';
import { platforms } from '../../lambda/core/contract.ts';
import type { Call, Cancel, Message, Notice } from '../../lambda/core/notice.ts';
import type { Push } from '../../lambda/core/payload.ts';
import { noon, pushOf } from '../support/builders.ts';

const app: App = { fcm: true, bundleId: 'com.example.demo' };
const uuid = '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d';
const told = { uuid, caller: '+4930123456', callee: '101', pbxId: 'pbx-1', sentAt: noon };
const call: Call = {
  ...told,
  type: 'call',
  callId: 'a84b4c76e66710@pc33.example.com',
  callerName: 'Ann Example',
  expiresAt: noon + 30_000,
};
const cancel: Cancel = { ...told, type: 'cancel', reason: 'caller_hung_up', expiresAt: noon + 300_000 };
const message: Message = {
  ...told,
  type: 'message',
  callerName: 'Ann Example',
  messageId: 'm-1',
  text: 'See you at eight',
  badge: 3,
  expiresAt: noon + 604_800_000,
};
/** SHA-256 of what a conversation is, the first 16 bytes: made by hand, so that it stays what it is. */
const thread = 'Kh4-VfU8TqtACodGgPPnoQ';
const ofMessages = '4u0tByMAQLkbBi8Xpr8wAw';

const pushTo = <P extends Platform>(platform: P, notice: Notice, to: App = app, now = noon) => {
  const push = pushOf({ platform }, to, notice, now);
  if (push === undefined) throw new Error('it is too late for this push');
  return push as Push & { platform: P };
};
const dataOf = ({ body }: Pick<Push, 'body'>): Record<string, unknown> => {
  const { aps: _, android: _1, data, ...rest }: Record<string, unknown> = body;
  return typeof data === 'object' && data !== null ? { ...data } : rest;
};
/** Huawei's are in test/core/payload-hms.test.ts. */
const flat = platforms.filter((platform) => platform !== 'hms');
const withAlerts = ['fcm', 'apns'] as const;

describe('the flat map of strings', () => {
  const times = { sentAt: '2026-11-22T12:00:00.000Z' };
  const ofCall = {
    ...times,
    type: 'call',
    uuid,
    callId: 'a84b4c76e66710@pc33.example.com',
    caller: '+4930123456',
    callerName: 'Ann Example',
    callee: '101',
    pbx: 'pbx-1',
    expiresAt: '2026-11-22T12:00:30.000Z',
  };

  it.each(flat)('is the same on every platform for a call: %s', (platform) => {
    expect(dataOf(pushTo(platform, call))).toEqual(ofCall);
    expect(dataOf(pushTo(platform, { ...call, test: true }))).toEqual({ ...ofCall, test: 'true' });
  });

  it.each(flat)('has no key for what is absent or empty: %s', (platform) => {
    const { callId: _1, caller: _2, callerName: _3, ...rest } = ofCall;
    const { callId: _4, ...anonymous } = call;
    expect(dataOf(pushTo(platform, { ...anonymous, caller: '', callerName: '' }))).toEqual(rest);
  });

  it.each(flat.filter((platform) => platform !== 'apns-voip'))('tells why a call ended: %s', (platform) => {
    expect(dataOf(pushTo(platform, cancel))).toEqual({
      ...times,
      type: 'cancel',
      uuid,
      reason: 'caller_hung_up',
      caller: '+4930123456',
      callee: '101',
      pbx: 'pbx-1',
      expiresAt: '2026-11-22T12:05:00.000Z',
    });
  });

  it.each(flat.filter((platform) => platform !== 'apns-voip'))('has a message’s text: %s', (platform) => {
    expect(dataOf(pushTo(platform, message))).toEqual({
      ...times,
      type: 'message',
      uuid,
      caller: '+4930123456',
      callerName: 'Ann Example',
      callee: '101',
      pbx: 'pbx-1',
      messageId: 'm-1',
      text: 'See you at eight',
      badge: '3',
      expiresAt: '2026-11-29T12:00:00.000Z',
    });
  });

  it('has no key that FCM reserves', () => {
    for (const notice of [call, cancel, message]) {
      const keys = Object.keys(dataOf(pushTo('fcm', notice)));
      expect(keys.filter((key) => /^(from|message_type)$|^(google|gcm)/.test(key))).toEqual([]);
    }
  });
});

describe('a call', () => {
  it('is data at high priority for Google, and nothing that the system shows or collapses', () => {
    const { body, ...rest } = pushTo('fcm', call, app, noon + 3_000);
    expect(rest).toEqual({ platform: 'fcm', ttlSeconds: 27 });
    expect(body['android']).toEqual({ priority: 'high', ttl: '27s' });
    expect(Object.keys(body)).toEqual(['android', 'data']);
  });

  it('is a VoIP push to the app’s VoIP topic, collapsing with its own repeats alone', () => {
    const { body, apns } = pushTo('apns-voip', call);
    expect(body).toEqual({ aps: {}, ...dataOf({ body }) });
    expect(apns).toEqual({
      topic: 'com.example.demo.voip',
      pushType: 'voip',
      priority: '10',
      collapseId: uuid,
    });
  });

  it('is a time-sensitive alert with a sound where a phone gets calls as alerts', () => {
    const { body, apns } = pushTo('apns', call);
    expect(apns).toEqual({ topic: 'com.example.demo', pushType: 'alert', priority: '10', collapseId: uuid });
    expect(body['aps']).toEqual({
      alert: { 'title-loc-key': 'PNS_CALL_FROM', 'title-loc-args': ['Ann Example'] },
      sound: 'default',
      'thread-id': thread,
      'interruption-level': 'time-sensitive',
    });
  });

  it.each([
    ['the number of a caller without a name', { callerName: '' }, ['+4930123456'], 'PNS_CALL_FROM'],
    ['nobody where the number is withheld, too', { callerName: '', caller: '' }, [], 'PNS_CALL'],
  ])('names in its alert %s', (_, who, args, key) => {
    expect(pushTo('apns', { ...call, ...who }).body['aps']).toMatchObject({
      alert: { 'title-loc-key': key, 'title-loc-args': args },
    });
  });

  it('is urgent to a browser, and replaces its own repeats alone', () => {
    const { body: _, ...rest } = pushTo('webpush', call);
    expect(rest).toEqual({
      platform: 'webpush',
      urgency: 'high',
      topic: uuid.replaceAll('-', ''),
      ttlSeconds: 30,
    });
  });

  it.each(platforms)('is not made with less than a second left: %s', (platform) => {
    expect(pushOf({ platform }, app, call, call.expiresAt - 999)).toBeUndefined();
    expect(pushOf({ platform }, app, call, call.expiresAt - 1_000)?.ttlSeconds).toBe(1);
  });
});

describe('a cancel', () => {
  it('shows nothing on Android, and so is of normal priority: invisible ones cost the app its high one', () => {
    const { body, ttlSeconds } = pushTo('fcm', cancel);
    expect(body['android']).toEqual({ priority: 'normal', ttl: '300s' });
    expect(ttlSeconds).toBe(300);
  });

  it('is a background push to an iPhone, as Apple wants one: priority 5, and content-available alone', () => {
    const { body, apns } = pushTo('apns', cancel);
    expect(body['aps']).toEqual({ 'content-available': 1 });
    expect(apns).toEqual({
      topic: 'com.example.demo',
      pushType: 'background',
      priority: '5',
      collapseId: uuid,
    });
  });

  it('takes its call’s place where that is still on its way to a browser', () => {
    const { topic, urgency } = pushTo('webpush', cancel);
    expect({ topic, urgency }).toEqual({ topic: pushTo('webpush', call).topic, urgency: 'high' });
  });
});

describe('a cancel of an app that shows missed calls', () => {
  const showing: App = { ...app, missedCalls: true };

  it.each(['caller_hung_up', 'timed_out'] as const)('is shown, for days: %s', (reason) => {
    const { body, ttlSeconds } = pushTo('fcm', { ...cancel, reason }, showing);
    expect(body['android']).toEqual({ priority: 'high', ttl: '604800s' });
    expect(dataOf({ body })).toMatchObject({ type: 'cancel', missed: 'true' });
    expect(ttlSeconds).toBe(604_800);
  });

  it('is an alert on an iPhone, in the place of the call’s own', () => {
    const { body, apns } = pushTo('apns', cancel, showing);
    expect(body['aps']).toEqual({
      alert: { 'title-loc-key': 'PNS_MISSED_CALL_FROM', 'title-loc-args': ['+4930123456'] },
      'thread-id': thread,
      'interruption-level': 'active',
      'mutable-content': 1,
    });
    expect(apns).toMatchObject({ pushType: 'alert', priority: '10', collapseId: uuid });
  });

  it.each(['answered_elsewhere', 'declined'] as const)('is as silent as ever: %s', (reason) => {
    const { body, apns, ttlSeconds } = pushTo('apns', { ...cancel, reason }, showing);
    expect(body['aps']).toEqual({ 'content-available': 1 });
    expect(body).not.toHaveProperty('missed');
    expect([apns.pushType, ttlSeconds]).toEqual(['background', 300]);
    expect(pushTo('fcm', { ...cancel, reason }, showing).body['android']).toMatchObject({
      priority: 'normal',
    });
  });
});

describe.each([
  ['message', 'PNS_MESSAGE', 'default'],
  ['voicemail', 'PNS_VOICEMAIL', 'default'],
  ['missed_call', 'PNS_MISSED_CALL', undefined],
] as const)('a %s', (type, key, sound) => {
  const notice: Message = { ...message, type };

  it('is shown by Android in the phone’s language, in its conversation’s place', () => {
    const { android } = pushTo('fcm', notice).body;
    expect(android).toMatchObject({
      priority: 'high',
      ttl: '604800s',
      notification: {
        title_loc_key: `${key}_FROM`,
        title_loc_args: ['Ann Example'],
        body: 'See you at eight',
        channel_id: `pns_${type}`,
        notification_count: 3,
      },
    });
    expect(android).not.toHaveProperty('collapse_key');
  });

  it('is shown by an iPhone in its language, mutable for an app that fetches the text', () => {
    const { body, apns } = pushTo('apns', notice);
    expect(body['aps']).toEqual({
      alert: {
        'title-loc-key': `${key}_FROM`,
        'title-loc-args': ['Ann Example'],
        body: 'See you at eight',
      },
      ...(sound && { sound }),
      badge: 3,
      'thread-id': thread,
      'interruption-level': 'active',
      'mutable-content': 1,
    });
    expect(apns).toMatchObject({ topic: 'com.example.demo', pushType: 'alert', priority: '10' });
  });

  it('needs neither text, name, number nor badge', () => {
    const { callerName: _1, text: _2, messageId: _3, badge: _4, ...bare } = { ...notice, caller: '' };
    expect(pushTo('apns', bare).body['aps']).not.toHaveProperty('badge');
    expect(pushTo('apns', bare).body['aps']).toMatchObject({
      alert: { 'title-loc-key': key, 'title-loc-args': [] },
    });
    expect(pushTo('fcm', bare).body['android']).toMatchObject({
      notification: { title_loc_key: key, title_loc_args: [] },
    });
  });

  it('sets the badge to nothing where it is 0', () => {
    expect(pushTo('apns', { ...notice, badge: 0 }).body['aps']).toMatchObject({ badge: 0 });
  });

  it('is normal to a browser, which fetches it when it will, and replaced by its repeats alone', () => {
    const topic = uuid.replaceAll('-', '');
    expect(pushTo('webpush', notice)).toMatchObject({ urgency: 'normal', ttlSeconds: 604_800, topic });
  });
});

describe('conversations', () => {
  const collapseOf = (notice: Notice) => pushTo('apns', notice).apns.collapseId;
  const threadOf = (notice: Notice) => Object(pushTo('apns', notice).body['aps'])['thread-id'];

  it('are named to Apple and Google by a hash, the same on each', () => {
    expect(threadOf(message)).toBe(thread);
    expect(collapseOf(message)).toBe(ofMessages);
    expect(pushTo('fcm', message).body['android']).toMatchObject({ notification: { tag: ofMessages } });
  });

  it.each([
    ['another caller', { caller: '+4930999999' }],
    ['another extension', { callee: '102' }],
    ['another PBX', { pbxId: 'pbx-2' }],
  ])('are others with %s', (_, other) => {
    expect(threadOf({ ...message, ...other })).not.toBe(thread);
    expect(collapseOf({ ...message, ...other })).not.toBe(ofMessages);
  });

  it('hold messages and voicemails apart, which never replace each other', () => {
    const voicemail: Message = { ...message, type: 'voicemail' };
    expect(threadOf(voicemail)).toBe(thread);
    expect(collapseOf(voicemail)).not.toBe(ofMessages);
  });
});

describe('an app without previews', () => {
  const discreet: App = { ...app, preview: false, missedCalls: true };
  const secret = /Ann|4930123456|eight/;
  const cases = flat.flatMap((platform) =>
    [call, cancel, message, { ...message, type: 'voicemail' as const }]
      .filter(({ type }) => platform !== 'apns-voip' || type === 'call')
      .map((notice) => [notice.type, platform, notice] as const),
  );

  it.each(cases)('gives no name, number or text away: %s on %s', (_, platform, notice) => {
    expect(JSON.stringify(pushTo(platform, notice))).toMatch(secret);
    expect(JSON.stringify(pushTo(platform, notice, discreet))).not.toMatch(secret);
  });

  it.each(withAlerts)('still says what it is, and by which id the app fetches it: %s', (platform) => {
    const push = pushTo(platform, message, discreet);
    expect(JSON.stringify(push)).toContain('"PNS_MESSAGE"');
    expect(dataOf(push)).toMatchObject({ type: 'message', messageId: 'm-1', callee: '101' });
  });

  it.each(cases)(
    'says the same of every caller, so that nobody finds one by trying: %s on %s',
    (_, platform, notice) => {
      const others = { ...notice, caller: '+4930999999', callerName: 'Bob' };
      expect(pushTo(platform, others, discreet)).toEqual(pushTo(platform, notice, discreet));
    },
  );

  it('replaces no message by another', () => {
    const other = { ...message, uuid: '00000000-0000-4000-8000-000000000000' };
    const collapseIds = [message, other].map((one) => pushTo('apns', one, discreet).apns.collapseId);
    expect(collapseIds).toEqual([uuid, other.uuid]);
  });
});

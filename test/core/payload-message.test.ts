import { describe, expect, it } from 'vitest';
import type { App } from '../../lambda/core/apps.ts';
import type { Message, Notice } from '../../lambda/core/notice.ts';
import { app, call, cancel, dataOf, flat, message, ofMessages, pushTo, thread, uuid } from './notices.ts';

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

  it.each(['fcm', 'apns'] as const)(
    'still says what it is, and by which id the app fetches it: %s',
    (platform) => {
      const push = pushTo(platform, message, discreet);
      expect(JSON.stringify(push)).toContain('"PNS_MESSAGE"');
      expect(dataOf(push)).toMatchObject({ type: 'message', messageId: 'm-1', callee: '101' });
    },
  );

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

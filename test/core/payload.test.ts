import { describe, expect, it } from 'vitest';
import type { App } from '../../lambda/core/apps.ts';
import { platforms } from '../../lambda/core/contract.ts';
import { noon, pushOf } from '../support/builders.ts';
import { app, call, cancel, dataOf, flat, message, pushTo, thread, uuid } from './notices.ts';

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

import { describe, expect, it } from 'vitest';
import type { Notice } from '../../lambda/core/notice.ts';
import {
  aMessage,
  call,
  callData,
  cancel,
  data,
  dayData,
  granted,
  hms,
  read,
  ungranted,
} from './hms-notices.ts';
import { uuid } from './notices.ts';

const v3 = (notice: Notice, app = granted) => hms(notice, app, true);

describe('what Huawei is sent on v3', () => {
  const notification = {
    clickAction: { actionType: 0, data: { type: 'missed_call', ...dayData } },
    notifyId: expect.any(Number),
    appMessageId: uuid,
    body: '101',
  };

  it('a call starts the app where that is granted, and is a notification to fall back on', () => {
    const push = v3(call);
    expect(push).toMatchObject({ platform: 'hms', api: 'v3', pushType: '10', ttlSeconds: 30 });
    expect(push.body).toEqual({
      payload: { extraData: expect.any(String) },
      pushOptions: { ttl: 30 },
    });
    const { payload } = push.body as { payload: { extraData: string } };
    expect(read(payload.extraData)).toEqual(callData);
    expect(push.fallback).toEqual({
      api: 'v3',
      pushType: '0',
      body: {
        payload: {
          notification: {
            ...notification,
            category: 'VOIP',
            title: 'Incoming call: Ann',
            clickAction: { actionType: 0, data: callData },
            foregroundShow: false,
          },
        },
        pushOptions: { ttl: 30 },
      },
    });
  });

  it('a call is that notification at once where nothing is granted', () => {
    const { fallback } = v3(call);
    expect(v3(call, ungranted)).toEqual({ platform: 'hms', ttlSeconds: 30, ...fallback });
  });

  it.each([granted, ungranted])('a cancel reaches an app in front, and starts none', (app) => {
    const push = v3(cancel, app);
    expect(push).toMatchObject({ api: 'v3', pushType: '6', ttlSeconds: 30 });
    expect(push).not.toHaveProperty('fallback');
    const { payload, ...rest } = push.body as { payload: { extraData: string } };
    expect(read(payload.extraData)).toEqual({ type: 'cancel', ...data, reason: 'timed_out' });
    expect(rest).toEqual({ pushOptions: { ttl: 30 } });
  });

  it.each([
    ['message', 'IM', 'Ann'],
    ['voicemail', 'IM', 'New voicemail: Ann'],
    ['missed_call', 'MISS_CALL', 'Missed call: Ann'],
  ] as const)('%s is a notification of category %s', (type, category, title) => {
    expect(v3(aMessage(type))).toEqual({
      platform: 'hms',
      api: 'v3',
      pushType: '0',
      ttlSeconds: 86_400,
      body: {
        payload: {
          notification: {
            ...notification,
            category,
            title,
            clickAction: { actionType: 0, data: { type, ...dayData } },
          },
        },
        pushOptions: { ttl: 86_400 },
      },
    });
  });

  it('a cancel that is to be shown is a missed call', () => {
    const push = v3(cancel, { ...granted, missedCalls: true });
    expect(push).toMatchObject({ pushType: '0', ttlSeconds: 604_800 });
    expect(push.body).toMatchObject({
      payload: {
        notification: {
          category: 'MISS_CALL',
          title: 'Missed call: Ann',
          appMessageId: uuid,
          foregroundShow: false,
        },
      },
    });
  });

  it('shows the text, and as much of the badge as Huawei takes', () => {
    const push = v3(aMessage('message', { text: 'Hi', badge: 1_234 }));
    expect(push.body).toMatchObject({
      payload: { notification: { body: 'Hi', badge: { setNum: 99 } } },
    });
  });

  it('replaces what is shown of one conversation, and of no other', () => {
    const idOf = (notice: Notice) =>
      (v3(notice).body as { payload: { notification: { notifyId: number } } }).payload.notification.notifyId;
    const first = idOf(aMessage('message', { text: 'one' }));
    for (let caller = 100; caller < 120; caller += 1) {
      expect(idOf(aMessage('message', { caller: `${caller}` }))).toBeLessThan(2 ** 31);
    }
    expect(idOf(aMessage('message', { text: 'two', uuid: uuid.replace('7', '8') }))).toBe(first);
    expect(idOf(aMessage('message', { caller: '100' }))).not.toBe(first);
    expect(idOf(aMessage('voicemail'))).not.toBe(first);
  });

  it('names nobody where previews are off', () => {
    const push = v3(call, { ...granted, preview: false });
    expect(push.fallback?.body).toMatchObject({ payload: { notification: { title: 'Incoming call' } } });
    expect(JSON.stringify(push)).not.toMatch(/Ann|4930123456/);
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { App } from '../../lambda/core/apps.ts';
import type { Notice } from '../../lambda/core/notice.ts';
import type { HmsPush } from '../../lambda/core/payload-hms.ts';
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

const v2 = (notice: Notice, app = granted) => hms(notice, app, false);

describe('what Huawei is sent on v2', () => {
  const messageOf = ({ body }: HmsPush) => {
    const { message, ...rest } = body as { message: { data: string; android: unknown } };
    expect(rest).toEqual({});
    return { ...message, data: read(message.data) };
  };

  it.each([
    ['a call', call, callData],
    ['a cancel', cancel, { type: 'cancel', ...data, reason: 'timed_out' }],
  ])(
    '%s is data at high priority where that is granted, and ordinary data to fall back on',
    (_, notice, all) => {
      const push = v2(notice);
      expect(push).toMatchObject({ platform: 'hms', api: 'v2', ttlSeconds: 30 });
      expect(messageOf(push)).toEqual({
        data: all,
        android: { ttl: '30s', urgency: 'HIGH', category: 'VOIP' },
      });
      const { fallback } = push;
      expect(fallback?.api).toBe('v2');
      expect(messageOf({ ...push, ...fallback } as HmsPush)).toEqual({ data: all, android: { ttl: '30s' } });
    },
  );

  it.each([
    ['a call', call],
    ['a cancel', cancel],
  ])('%s is ordinary data where nothing is granted', (_, notice) => {
    const push = v2(notice, ungranted);
    expect(push).not.toHaveProperty('fallback');
    expect(messageOf(push)).toMatchObject({ android: { ttl: '30s' } });
    expect(messageOf(push).android).not.toHaveProperty('notification');
  });

  const shown = {
    title_loc_args: ['Ann'],
    click_action: { type: 3 },
    tag: expect.stringMatching(/^[\w-]{22}$/),
  };
  it.each([
    [
      'a message',
      aMessage('message', { text: 'Hi', messageId: 'm-1', badge: 3 }),
      { text: 'Hi', messageId: 'm-1', badge: '3' },
      { title: 'Ann', title_loc_key: 'PNS_MESSAGE_FROM', body: 'Hi', channel_id: 'pns_message' },
    ],
    [
      'voicemail',
      aMessage('voicemail'),
      {},
      {
        title: 'New voicemail: Ann',
        title_loc_key: 'PNS_VOICEMAIL_FROM',
        body: '101',
        channel_id: 'pns_voicemail',
      },
    ],
    [
      'a missed call',
      aMessage('missed_call'),
      {},
      {
        title: 'Missed call: Ann',
        title_loc_key: 'PNS_MISSED_CALL_FROM',
        body: '101',
        channel_id: 'pns_missed_call',
        importance: 'LOW',
      },
    ],
  ])('%s is a notification in the language of the phone, with the data beside it', (_, notice, more, own) => {
    for (const app of [granted, ungranted]) {
      const push = v2(notice, app);
      expect(push).not.toHaveProperty('fallback');
      expect(messageOf(push)).toEqual({
        data: { type: notice.type, ...dayData, ...more },
        android: { ttl: '86400s', category: 'IM', notification: { ...shown, ...own } },
      });
    }
  });

  it('a cancel that is to be shown is data, which ends the ring of an app in front, too', () => {
    expect(messageOf(v2(cancel, { ...granted, missedCalls: true }))).toEqual({
      data: { type: 'cancel', ...data, reason: 'timed_out', missed: 'true' },
      android: { ttl: '604800s', urgency: 'HIGH', category: 'VOIP' },
    });
  });

  it('names nobody and quotes nothing where previews are off', () => {
    const push = v2(aMessage('message', { text: 'secret' }), { ...granted, preview: false });
    expect(messageOf(push)).toMatchObject({
      android: {
        notification: { title: 'New message', title_loc_key: 'PNS_MESSAGE', title_loc_args: [], body: '101' },
      },
    });
    expect(JSON.stringify(push)).not.toMatch(/Ann|4930123456|secret/);
  });
});

describe('what Huawei is sent', () => {
  const pieces = fc.constantFrom('"', '\\', '\u0000', '漢', '👩‍👩‍👧', '\ud800', 'a');
  const texts = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 50 }),
    fc.tuple(pieces, fc.integer({ min: 0, max: 5_000 })).map(([piece, times]) => piece.repeat(times)),
  );
  const notices = fc.record({
    type: fc.constantFrom('call', 'cancel', 'message', 'voicemail', 'missed_call'),
    text: texts,
    callerName: texts,
    callId: texts,
  });
  const dataIn = (body: unknown): Record<string, string> => {
    const { message, payload } = Object(body);
    const json = message?.data ?? payload.extraData;
    return json === undefined ? payload.notification.clickAction.data : JSON.parse(json);
  };

  it('never exceeds 3,990 bytes without its token, the fallback neither, whatever the texts', () => {
    let cut = 0;
    fc.assert(
      fc.property(notices, fc.boolean(), fc.boolean(), (given, harmonyOs, missed) => {
        const notice = { ...call, reason: 'timed_out', ...given } as Notice;
        const app: App = { ...granted, ...(missed && { missedCalls: true }) };
        const push = hms(notice, app, harmonyOs);
        for (const body of [push.body, ...(push.fallback ? [push.fallback.body] : [])]) {
          expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThanOrEqual(3_990);
          const { callerName = '' } = dataIn(body);
          expect(callerName.isWellFormed()).toBe(true);
          expect(given.callerName.toWellFormed().startsWith(callerName)).toBe(true);
          if (callerName !== given.callerName.toWellFormed()) cut += 1;
        }
      }),
      { numRuns: 100 },
    );
    expect(cut).toBeGreaterThan(5);
  });
});

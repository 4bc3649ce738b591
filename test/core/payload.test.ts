import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { platforms } from '../../lambda/core/contract.ts';
import type { Call, Push } from '../../lambda/core/payload.ts';
import { callPush } from '../../lambda/core/payload.ts';
import { noon } from '../support/builders.ts';

const app = { fcm: true, bundleId: 'com.example.demo' } as const;
const uuid = '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d';
const aCall = (changes: Partial<Call> = {}): Call => ({
  uuid,
  callId: 'a84b4c76e66710@pc33.example.com',
  caller: '+4930123456',
  callerName: 'Ann Example',
  callee: '101',
  pbxId: 'pbx-1',
  sentAt: noon,
  expiresAt: noon + 30_000,
  ...changes,
});
const anonymous: Call = { uuid, callee: '101', pbxId: 'pbx-1', sentAt: noon, expiresAt: noon + 30_000 };

const dataOf = ({ platform, body }: Push): unknown => {
  if (platform === 'fcm') return body['data'];
  const { aps: _, ...data } = body;
  return data;
};
const data = {
  type: 'call',
  uuid,
  callId: 'a84b4c76e66710@pc33.example.com',
  caller: '+4930123456',
  callerName: 'Ann Example',
  callee: '101',
  pbx: 'pbx-1',
  sentAt: '2026-11-22T12:00:00.000Z',
  expiresAt: '2026-11-22T12:00:30.000Z',
};

describe('callPush', () => {
  it.each(platforms)('carries the same flat map of strings: %s', (platform) => {
    expect(dataOf(callPush(platform, app, aCall(), 30))).toEqual(data);
  });

  it.each(platforms)('has no key for what is absent: %s', (platform) => {
    const { callId: _1, caller: _2, callerName: _3, ...rest } = data;
    expect(dataOf(callPush(platform, app, anonymous, 30))).toEqual(rest);
  });

  it('has no key that FCM reserves', () => {
    const keys = Object.keys(Object(dataOf(callPush('fcm', app, aCall(), 30))));
    expect(keys.filter((key) => /^(from|message_type)$|^(google|gcm)/.test(key))).toEqual([]);
  });

  it('is data at high priority for Google, and nothing that the system shows or collapses', () => {
    expect(callPush('fcm', app, aCall(), 27)).toEqual({
      platform: 'fcm',
      body: { android: { priority: 'high', ttl: '27s' }, data },
      ttlSeconds: 27,
    });
  });

  it('is a VoIP push to the app’s VoIP topic, collapsing with its own repeats alone', () => {
    expect(callPush('apns-voip', app, aCall(), 27)).toEqual({
      platform: 'apns-voip',
      body: { aps: {}, ...data },
      apns: { topic: 'com.example.demo.voip', pushType: 'voip', priority: '10', collapseId: uuid },
      ttlSeconds: 27,
    });
  });

  it('is an alert under the caller’s name where a phone gets calls as alerts', () => {
    const { body, apns } = callPush('apns', app, aCall(), 27);
    expect(apns).toEqual({
      topic: 'com.example.demo',
      pushType: 'alert',
      priority: '10',
      collapseId: uuid,
    });
    expect(body['aps']).toMatchObject({
      alert: { title: 'Ann Example' },
      sound: 'default',
      'thread-id': uuid,
      'interruption-level': 'time-sensitive',
    });
  });

  it.each([
    ['the number of a caller without a name', { ...anonymous, caller: '+4930123456' }, '+4930123456'],
    ['the extension where the caller withholds the number', anonymous, '101'],
  ])('gives an alert as its title %s', (_, call, title) => {
    expect(callPush('apns', app, call, 27).body['aps']).toMatchObject({ alert: { title } });
  });
});

describe('callPush, whatever a caller calls himself', () => {
  const loneSurrogate = fc
    .tuple(fc.string(), fc.integer({ min: 0xd800, max: 0xdfff }), fc.string())
    .map(([before, half, after]) => before + String.fromCharCode(half) + after);
  const family = fc.integer({ min: 1, max: 400 }).map((count) => '👨‍👩‍👧‍👦'.repeat(count).slice(0, 1_000));
  const hostile = fc.constantFrom(
    '"},"aps":{"content-available":1},"x":{"',
    '\u0000\u0001\u001b[2J',
    '\\u0000\\',
    '__proto__',
    '‮gnp.exe',
    '\u2028\u2029</script>',
    `Z${'\u0300'.repeat(999)}`,
    '\u0000'.repeat(1_000),
    '漢'.repeat(1_000),
  );
  const names = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 300 }),
    fc.string({ unit: 'binary', maxLength: 500 }),
    fc.string({ maxLength: 50_000 }),
    loneSurrogate,
    family,
    hostile,
  );
  /** Longest what the request may bring: the texts in the most bytes that JSON has for them. */
  const callers = fc.constantFrom(undefined, '+49', '\u0001'.repeat(128), '"'.repeat(128), '漢'.repeat(128));
  const callIds = fc.constantFrom(undefined, 'a@b', '\u0001'.repeat(255), '漢'.repeat(255));
  const calls = fc.record({ callerName: names, caller: callers, callId: callIds }).map((texts): Call => {
    const { callerName, caller, callId } = texts;
    const worst = { ...anonymous, callee: 'x'.repeat(64), pbxId: 'p'.repeat(64) };
    return {
      ...worst,
      callerName,
      ...(caller !== undefined && { caller }),
      ...(callId !== undefined && { callId }),
    };
  });
  const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  const boundaries = (text: string): Set<number> =>
    new Set([text.length, ...Array.from(graphemes.segment(text), ({ index }) => index)]);

  it.each(platforms)('fits, is JSON, and is cut in the name alone, between characters: %s', (platform) => {
    fc.assert(
      fc.property(calls, (call) => {
        const push = callPush(platform, app, call, 300);
        const json = JSON.stringify(push.body);
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(4_096);
        expect(JSON.parse(json)).toEqual(push.body);
        expect(Object.values(Object(dataOf(push))).every((text) => String(text).isWellFormed())).toBe(true);

        const name = call.callerName?.toWellFormed() ?? '';
        const { callerName: cut = '', ...rest } = Object(dataOf(push));
        const { callerName: _, ...whole } = Object(
          dataOf(callPush(platform, app, { ...call, callerName: '' }, 300)),
        );
        expect(name.startsWith(cut)).toBe(true);
        expect(boundaries(name)).toContain(cut.length);
        expect(rest).toEqual(whole);
      }),
      { numRuns: 300 },
    );
  });

  it.each(platforms)('leaves a name whole that fits: %s', (platform) => {
    const callerName = 'n'.repeat(1_000);
    expect(dataOf(callPush(platform, app, aCall({ callerName }), 30))).toMatchObject({ callerName });
  });

  it('keeps as much of a name that is too long as there is room for', () => {
    const { body } = callPush('fcm', app, aCall({ callerName: '漢'.repeat(5_000) }), 30);
    expect(Buffer.byteLength(JSON.stringify(body))).toBeGreaterThan(3_990);
  });

  it('gives an alert the number as its title where the name is empty or was cut to nothing', () => {
    for (const callerName of ['', `Z${'\u0300'.repeat(4_000)}`]) {
      const { body } = callPush('apns', app, { ...anonymous, caller: '+49', callerName }, 27);
      expect(body).toMatchObject({ aps: { alert: { title: '+49' } } });
      expect(body).not.toHaveProperty('callerName');
    }
  });
});

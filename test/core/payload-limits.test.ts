import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { App } from '../../lambda/core/apps.ts';
import type { Notice } from '../../lambda/core/notice.ts';
import { noon, pushOf } from '../support/builders.ts';
import { flatMapIn, innerOf } from '../support/flat-map.ts';

const app: App = {
  fcm: true,
  bundleId: 'com.example.demo',
  hms: { v2: true, v3: true, voip: true },
  webpush: true,
  missedCalls: true,
};
/** Each way out; a VoIP push is for calls alone. */
const ways = [
  { platform: 'fcm' },
  { platform: 'apns' },
  { platform: 'apns-voip' },
  { platform: 'hms' },
  { platform: 'hms', harmonyOs: true },
  { platform: 'webpush' },
] as const;
const types = ['call', 'cancel', 'message', 'voicemail', 'missed_call'] as const;
type Texts = { caller: string; callerName: string; callId: string; messageId: string; text: string };

/** The longest of all that is not a text. */
const noticeOf = (type: (typeof types)[number], texts: Partial<Texts>): Notice => {
  const { caller, callerName, callId, messageId, text } = texts;
  const told = {
    uuid: '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d',
    callee: 'x'.repeat(64),
    pbxId: 'p'.repeat(64),
    sentAt: noon,
    expiresAt: noon + 300_000,
    ...(caller !== undefined && { caller }),
    ...(callerName !== undefined && { callerName }),
  };
  const ofCall = callId === undefined ? {} : { callId };
  if (type === 'call') return { ...told, ...ofCall, type, test: true };
  if (type === 'cancel') return { ...told, ...ofCall, type, reason: 'caller_hung_up' };
  return {
    ...told,
    type,
    badge: 99_999,
    ...(messageId !== undefined && { messageId }),
    ...(text !== undefined && { text }),
  };
};

const loneSurrogate = fc
  .tuple(fc.string(), fc.integer({ min: 0xd800, max: 0xdfff }), fc.string())
  .map(([before, half, after]) => before + String.fromCharCode(half) + after);
const hostile = fc.constantFrom(
  '"},"aps":{"content-available":1},"x":{"',
  '\u0000\u0001\u001b[2J',
  '\\u0000\\',
  '__proto__',
  '‮gnp.exe',
  '\u2028\u2029</script>',
  '%s %1$s %@ %n',
  '{"endpoint":"https://169.254.169.254/"}',
);
/** Texts of up to so many characters, and those of the most bytes that JSON has for them. */
const texts = (longest: number) =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: longest }),
    fc.string({ unit: 'binary', maxLength: longest }),
    loneSurrogate,
    hostile,
    fc
      .constantFrom('\u0001', '"', '\\', '漢', '👨‍👩‍👧‍👦', '\ud83d', 'Z')
      .map((one) => one.repeat(longest).slice(0, longest)),
    fc.constant(`Z${'\u0300'.repeat(longest - 1)}`),
  );
const anyTexts = fc.record(
  {
    caller: texts(128),
    callerName: texts(1_000),
    callId: texts(255),
    messageId: texts(255),
    text: texts(10_000),
  },
  { requiredKeys: [] },
);

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const isPrefixBetweenCharacters = (cut: string, whole: string): boolean =>
  whole.startsWith(cut) &&
  (cut.length === whole.length ||
    Array.from(graphemes.segment(whole), ({ index }) => index).includes(cut.length));

/** Every text in it, and those in texts that are JSON themselves. */
const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') {
    const inner = innerOf(value);
    return [value, ...(typeof inner === 'object' ? textsIn(inner) : [])];
  }
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsIn);
};
const cases = ways.flatMap((to) =>
  types
    .filter((type) => type === 'call' || to.platform !== 'apns-voip')
    .map((type) => [type, 'harmonyOs' in to ? 'hms of HarmonyOS 5' : to.platform, to] as const),
);

describe('a push, whatever texts a PBX hands over', () => {
  it.each(cases)('fits, is JSON, and is cut between characters alone: %s on %s', (type, _, to) => {
    fc.assert(
      fc.property(anyTexts, (given) => {
        const push = pushOf(to, app, noticeOf(type, given), noon);
        const json = JSON.stringify(push?.body);
        expect(Buffer.byteLength(json)).toBeLessThanOrEqual(3_990);
        expect(JSON.parse(json)).toEqual(push?.body);
        expect(textsIn(push?.body).every((text) => text.isWellFormed())).toBe(true);

        const data = flatMapIn(push?.body);
        expect(data).toMatchObject({ type, uuid: noticeOf(type, {}).uuid, pbx: 'p'.repeat(64) });
        for (const [name, text] of Object.entries(given)) {
          const cut = data?.[name] ?? '';
          expect(isPrefixBetweenCharacters(cut, text.toWellFormed()), name).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(cases)('keeps as much as there is room for: %s on %s', (type, _, to) => {
    const name = type === 'call' || type === 'cancel' ? 'callerName' : 'text';
    const push = pushOf(to, app, noticeOf(type, { [name]: 'n'.repeat(10_000) }), noon);
    // Huawei's may go out as something else, which is longer.
    const fallback = push !== undefined && 'fallback' in push ? push.fallback?.body : undefined;
    const bytes = Math.max(
      ...[push?.body, fallback ?? ''].map((body) => Buffer.byteLength(JSON.stringify(body))),
    );
    // Where a text stands in two places, one character more is two bytes.
    expect(bytes).toBeGreaterThan(3_980);
  });

  it.each(cases)('cuts nothing that fits: %s on %s', (type, _, to) => {
    const whole = { caller: '+49', callerName: 'n'.repeat(200), text: 't'.repeat(200) };
    const data = flatMapIn(pushOf(to, app, noticeOf(type, whole), noon)?.body);
    const { text, ...rest } = whole;
    expect(data).toMatchObject(type === 'call' || type === 'cancel' ? rest : { text, ...rest });
  });
});

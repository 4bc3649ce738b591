import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { App, Served } from '../../lambda/core/apps.ts';
import { cancelReasons, messageKinds, platforms } from '../../lambda/core/contract.ts';
import type { Notice } from '../../lambda/core/notice.ts';
import { noon, pushOf } from '../support/builders.ts';
import { flatMapIn } from '../support/flat-map.ts';
import { payloadComplaints, schema } from '../support/payload-schema.ts';

const types = ['call', 'cancel', ...messageKinds] as const;
type Type = (typeof types)[number];

const ways: Served[] = [...platforms.map((platform) => ({ platform })), { platform: 'hms', harmonyOs: true }];
const app: App = { fcm: true, bundleId: 'com.example.demo', hms: { v2: true, v3: true }, webpush: true };
const apps: App[] = [app, { ...app, missedCalls: true }, { ...app, preview: false, missedCalls: true }];

const texts = (longest: number) =>
  fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.constantFrom('', '\ud83d', '漢'.repeat(longest), '"'.repeat(longest)),
  );
const told = {
  uuid: fc.uuid(),
  caller: texts(128),
  callerName: texts(1_000),
  callee: fc.constantFrom('101', 'A.b_c*d+e@f-g', 'x'.repeat(64)),
  pbxId: fc.constantFrom('pbx-1', 'p'.repeat(64)),
  sentAt: fc.constant(noon),
  expiresAt: fc.constantFrom(noon + 3_000, noon + 604_800_000),
};
const always = ['uuid', 'callee', 'pbxId', 'sentAt', 'expiresAt'] as const;
const callId = texts(255);
const ofMessage = { messageId: texts(255), text: texts(10_000), badge: fc.integer({ min: 0, max: 99_999 }) };

/** As push_call, push_cancel and push_message make them. */
const notices: Record<Type, fc.Arbitrary<Omit<Notice, 'type'>>> = {
  call: fc.record({ ...told, callId, test: fc.boolean() }, { requiredKeys: [...always] }),
  cancel: fc.record(
    { ...told, callId, reason: fc.constantFrom(...cancelReasons) },
    { requiredKeys: [...always, 'reason'] },
  ),
  message: fc.record({ ...told, ...ofMessage }, { requiredKeys: [...always] }),
  voicemail: fc.record({ ...told, ...ofMessage }, { requiredKeys: [...always] }),
  missed_call: fc.record({ ...told, ...ofMessage }, { requiredKeys: [...always] }),
};

/** Every flat map that core makes of a notice of this type, on some platform for some app. */
const flatMaps = (type: Type): fc.Arbitrary<Record<string, string>> =>
  fc
    .tuple(
      notices[type].map((notice) => ({ ...notice, type }) as Notice),
      fc.constantFrom(...ways.filter(({ platform }) => type === 'call' || platform !== 'apns-voip')),
      fc.constantFrom(...apps),
    )
    .map(([notice, to, served]) => flatMapIn(pushOf(to, served, notice, noon)?.body) ?? {});

const described = (type: Type) => schema.$defs[type] ?? { properties: {}, required: [] };

describe('docs/payload.schema.json', () => {
  it('tells the types of pushes apart, and each is closed', () => {
    expect(schema.oneOf.map(({ $ref }) => $ref.replace('#/$defs/', ''))).toEqual(types);
    for (const type of types) {
      expect(schema.$defs[type]?.properties['type']).toEqual({ const: type });
      expect(schema.$defs[type]?.additionalProperties).toBe(false);
    }
  });

  it.each(types)('finds whatever goes out valid, and names its keys and no others: %s', (type) => {
    const seen = new Set<string>();
    const always = new Set(Object.keys(described(type).properties));
    fc.assert(
      fc.property(flatMaps(type), (data) => {
        expect(payloadComplaints(data)).toEqual([]);
        const keys = new Set(Object.keys(data));
        for (const key of keys) seen.add(key);
        for (const key of always) if (!keys.has(key)) always.delete(key);
      }),
      { numRuns: 1_500 },
    );
    expect([...seen].sort()).toEqual(Object.keys(described(type).properties).sort());
    expect([...always].sort()).toEqual(described(type).required.toSorted());
  });

  it.each(types)('refuses what never goes out: %s', (type) => {
    const [data] = fc.sample(flatMaps(type), { numRuns: 1, seed: 1 });
    const wrong = [
      { ...data, from: '101' },
      { ...data, type: 'ring' },
      { ...data, callerName: '' },
      { ...data, badge: 3 },
      { ...data, sentAt: '1795348800000' },
      ...described(type).required.map((key) => ({ ...data, [key]: undefined })),
    ].map((one) => JSON.parse(JSON.stringify(one)));
    expect(payloadComplaints(data)).toEqual([]);
    for (const one of wrong) expect(payloadComplaints(one), JSON.stringify(one)).not.toEqual([]);
  });
});

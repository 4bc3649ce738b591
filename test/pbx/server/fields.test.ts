import fc from 'fast-check';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { fields as proxyFields } from '../../../lambda/http/fields.ts';
import { parseDelete, parsePushCall, parseRegister, parseUpdate } from '../../../lambda/http/requests.ts';
import { fields } from '../../../pbx/src/server/fields.ts';
import * as requests from '../../../pbx/src/server/requests.ts';
import { appleToken, fcmToken } from '../../support/builders.ts';
import { uuid } from '../calls/support.ts';
import { settingsOf } from '../support/settings.ts';

type Shared = keyof typeof fields & keyof typeof proxyFields;
const shared = Object.keys(proxyFields).filter((name): name is Shared => Object.hasOwn(fields, name));

const samples = fc.oneof(
  fc.string({ maxLength: 70, unit: 'binary' }),
  fc.string({ maxLength: 70, unit: 'grapheme-ascii' }),
  fc.stringMatching(/^[A-Za-z0-9._*+@:-]{1,66}$/),
  fc.constantFrom(
    uuid,
    'fcm',
    'apns',
    'sandbox',
    '0a1b2c3d',
    'acme',
    'x'.repeat(128),
    'x'.repeat(256),
    'x'.repeat(1_001),
  ),
  fc.double(),
  fc.integer({ min: -1, max: 301 }),
  fc.boolean(),
  fc.constantFrom(null, undefined, [], ['A'], {}),
);

it('every field of the proxy is known', () =>
  expect(Object.keys(proxyFields).filter((name) => !Object.hasOwn(fields, name))).toEqual([]));

it.each(shared)('%s is what it is to the proxy', (name) => {
  fc.assert(
    fc.property(samples, (value) => {
      expect(v.is(fields[name], value)).toBe(v.is(proxyFields[name], value));
    }),
    { numRuns: 500 },
  );
});

const accepts = (parse: (input: object) => unknown, input: object): boolean => {
  try {
    parse(input);
    return true;
  } catch {
    return false;
  }
};
const mayLack = <Value>(...values: Value[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const present = (input: object) =>
  Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));

it('what the proxy would refuse for its shape is refused here, and nothing else', () => {
  const registers = fc.record({
    extension: fc.constant('101'),
    token: fc.constantFrom(appleToken('one'), fcmToken('one'), 'abc'),
    platform: fc.constantFrom('fcm', 'apns', 'apns-voip'),
    deviceId: mayLack('A'),
    callAlerts: mayLack(true, false),
  });
  const deletes = fc.record({
    token: mayLack('a'),
    line: mayLack(1),
    extension: mayLack('101'),
    deviceId: mayLack('A'),
    fingerprint: mayLack('0a1b2c3d'),
  });
  const calls = fc.record({
    to: mayLack('101', ''),
    uuid: mayLack(uuid, 'a'),
    ringSeconds: mayLack(25, 301),
    only: mayLack<unknown>(['A'], []),
    test: mayLack<unknown>(true, 'yes'),
    unknown: mayLack(1),
  });
  const updates = fc.record({ oldToken: mayLack('a', ''), newToken: mayLack('b'), line: mayLack(1) });
  const settings = settingsOf();
  fc.assert(
    fc.property(registers, deletes, calls, updates, (register, removal, call, update) => {
      const [given, gone] = [present(register), present(removal)];
      expect(accepts(requests.parsePushCall, present(call))).toBe(accepts(parsePushCall, present(call)));
      expect(accepts(requests.parseUpdate, present(update))).toBe(accepts(parseUpdate, present(update)));
      const parse = (input: object) => requests.parseRegister(input, settings);
      expect(accepts(parse, given)).toBe(accepts(parseRegister, given));
      expect(accepts(requests.parseDelete, gone)).toBe(accepts(parseDelete, gone));
    }),
    { numRuns: 500 },
  );
});

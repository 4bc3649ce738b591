import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseDelete, parsePushCall, parseRegister, parseUpdate } from '../../../lambda/http/requests.ts';
import * as requests from '../../../pbx/src/server/requests.ts';
import { appleToken, fcmToken } from '../../support/builders.ts';
import { uuid } from '../calls/support.ts';
import { settingsOf } from '../support/settings.ts';

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

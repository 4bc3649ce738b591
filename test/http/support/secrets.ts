import fc from 'fast-check';
import { ServiceError } from '../../../lambda/core/errors.ts';
import { makeKey, writeKey } from '../../../lambda/core/key.ts';
import { PushRefusal } from '../../../lambda/core/ports.ts';
import { anEvent } from './events.ts';
import type { BodyRoute } from './near-valid.ts';
import { live } from './phones.ts';
import type { ApiRequest } from './routes.ts';

/** Where nobody has put them, these are in no log line and in no answer of an error. */
const secrets = {
  token: 'SECRET-TOKEN:APA91bMARK',
  apple: 'f00dface'.repeat(8),
  next: 'SECRET-NEXT:APA91bMARK',
  key: writeKey(makeKey()),
  from: '+15550107777',
  fromName: 'Secret Caller',
  deviceName: 'Secret’s iPhone',
  text: 'Secret words of a message',
} as const;
export const secretTexts = Object.values(secrets);
const tokens = [secrets.token, secrets.next, secrets.apple];

/** Rows that hold secrets, all of extension 101. */
export const held = [secrets.token, secrets.next, secrets.apple].map((token, index) =>
  live({
    token,
    platform: index === 2 ? 'apns-voip' : 'fcm',
    deviceName: secrets.deviceName,
  }),
);

const token = fc.constantFrom(...tokens);
/** Sound requests that hold every kind of secret. */
const secretive: Record<BodyRoute, fc.Arbitrary<Record<string, unknown>>> = {
  'POST /register': fc.record({
    extension: fc.constantFrom('101', '102'),
    token,
    platform: fc.constantFrom('fcm', 'apns', 'apns-voip'),
    app: fc.constantFrom('demo', 'droid', 'other'),
    deviceId: fc.constant('phone-1'),
    deviceName: fc.constant(secrets.deviceName),
  }),
  'POST /push_call': fc.record({
    to: fc.constantFrom('101', '102'),
    from: fc.constant(secrets.from),
    fromName: fc.constantFrom(secrets.fromName, secrets.fromName.repeat(70)),
    callId: fc.constant('1f2e3d4c'),
    ringSeconds: fc.constantFrom(0, 1, 30),
  }),
  'POST /push_cancel': fc.record({
    to: fc.constantFrom('101', '102'),
    from: fc.constant(secrets.from),
    fromName: fc.constant(secrets.fromName),
    callId: fc.constant('1f2e3d4c'),
    reason: fc.constantFrom('answered_elsewhere', 'timed_out'),
  }),
  'POST /push_message': fc.record({
    to: fc.constantFrom('101', '102'),
    from: fc.constant(secrets.from),
    fromName: fc.constant(secrets.fromName),
    kind: fc.constantFrom('message', 'voicemail'),
    text: fc.constantFrom(secrets.text, secrets.text.repeat(300)),
  }),
  'POST /update': fc.record({ oldToken: token, newToken: token }),
  'POST /delete': fc.oneof(
    fc.record({ token }),
    fc.record({ extension: fc.constantFrom('101', '102') }),
    fc.record({ extension: fc.constant('101'), token }),
  ),
};

/** The body as it is, or spoilt so that one of its secrets is where the code may tell of it. */
const spoilt = (body: Record<string, unknown>, how: string): string => {
  const text = JSON.stringify(body);
  const [first = ''] = tokens;
  if (how === 'cut') return text.slice(0, -1);
  if (how === 'doubled') return text + text;
  if (how === 'unknown field') return JSON.stringify({ ...body, [first]: 1 });
  if (how === 'wrong value') return JSON.stringify({ ...body, platform: first, uuid: secrets.fromName });
  if (how === 'text') return JSON.stringify(first);
  return text;
};

/** Requests that hold secrets, sound ones and spoilt ones. */
export const secretEvent = (route: ApiRequest): fc.Arbitrary<object> => {
  const headers = { authorization: `Bearer ${secrets.key}` };
  if (route === 'GET /devices') {
    return fc
      .constantFrom(
        { extension: '101' },
        { extension: secrets.token },
        { extension: '101', [secrets.token]: '1' },
      )
      .map((query) => ({ ...anEvent(route, { query }), headers }));
  }
  return fc
    .tuple(
      secretive[route],
      fc.constantFrom('sound', 'sound', 'sound', 'cut', 'doubled', 'unknown field', 'wrong value', 'text'),
      fc.constantFrom(undefined, 'demo', 'droid'),
    )
    .map(([body, how, apps]) => ({
      ...anEvent(route, { body: spoilt(body, how), ...(apps !== undefined && { apps }) }),
      headers,
    }));
};

/** Errors that quote what was asked, as AWS's do, one of them in lines that look like a stack's. */
export const leaky = (quoted: string): fc.Arbitrary<unknown> => {
  const messages = [
    `1 validation error: Value '${quoted}' at 'token'`,
    `no\n    at ${quoted} (${quoted}:1:1)\n`,
  ];
  const message = fc.constantFrom(...messages);
  const error = message.map((text) => new Error(text));
  return fc.oneof(
    error,
    message.map((text) => Object.assign(new TypeError(text), { $fault: 'client', input: { Token: quoted } })),
    message,
    fc.constant({ Token: quoted }),
    error.map((cause) => new Error(quoted, { cause })),
    error.map((cause) => new ServiceError('unavailable', 'the table could not be asked', { cause })),
    error.map((itself) => Object.assign(itself, { cause: itself })),
  );
};
/** What SNS refuses, with a cause that tells everything. */
export const refusal = fc
  .constantFrom(
    'throttled',
    'unavailable',
    'not-authorized',
    'endpoint-missing',
    'endpoint-disabled',
    'invalid-token',
  )
  .map((reason) => new PushRefusal(reason, { cause: new Error(secretTexts.join(' ')) }));

import fc from 'fast-check';
import { cancelReasons, environments, messageKinds, platforms } from '../../../lambda/core/contract.ts';
import { aSubscription } from '../../support/builders.ts';

/** Texts at and about a longest length, in characters of one, two and three bytes, in pairs and half a pair. */
const lengths = (longest: number, alphabets: readonly string[]) =>
  fc
    .tuple(fc.constantFrom(0, 1, longest - 1, longest, longest + 1), fc.constantFrom(...alphabets))
    .map(([length, character]) => character.repeat(length));

const anyText = ['a', 'é', '電', '😀', '\ud83d', '\n', '\u0000'];
const near = <T>(sound: fc.Arbitrary<T>, ...odd: fc.Arbitrary<unknown>[]) =>
  fc.oneof({ weight: 15, arbitrary: sound }, ...odd.map((arbitrary) => ({ weight: 1, arbitrary })));
const named = (longest: number) =>
  near(
    fc.constantFrom('101', 'a', 'A.b_c*d+e@f-g'),
    lengths(longest, ['a', '+', 'é', ' ']),
    fc.constantFrom('101\n', 'a b', 'a/b', 'ä'),
  );

const hex = (digits: number) => '0aF'.repeat(Math.ceil(digits / 3)).slice(0, digits);
const token = near(
  fc.constantFrom(hex(64), hex(32), hex(400), 'dXN1:APA91bF0', aSubscription('near')),
  lengths(4096, ['!', '~', 'a', ' ', 'é', '\u007f']),
  fc.constantFrom(hex(31), hex(401), `${hex(64)}g`, `${hex(64)}\n`, 'with space'),
);
const text = (longest: number) => near(fc.constantFrom('Bob', '+442079460123'), lengths(longest, anyText));
const uuid = near(
  fc.oneof(
    fc.uuid(),
    fc.uuid().map((id) => id.toUpperCase()),
  ),
  fc.constantFrom('', '0b6f1f0e6b0b4c6e9f0e0d5a3c1f7a51', 'urn:uuid:0b6f1f0e-6b0b-4c6e-9f0e-0d5a3c1f7a51'),
  fc.uuid().map((id) => `${id} `),
);
const number = (...odd: number[]) =>
  near(fc.integer({ min: 1, max: 99 }), fc.constantFrom(...odd), fc.double());

const phones = near(
  fc.array(named(64), { minLength: 1, maxLength: 3 }),
  fc.constantFrom([], ['a b'], Array(21).fill('a')),
);

const values: Record<string, fc.Arbitrary<unknown>> = {
  extension: named(64),
  to: named(64),
  token,
  oldToken: token,
  newToken: token,
  platform: near(fc.constantFrom<string>(...platforms), fc.constantFrom('', 'APNS', 'huawei', 'apns ')),
  environment: near(fc.constantFrom<string>(...environments), fc.constantFrom('', 'Production')),
  app: near(fc.constantFrom('demo', 'droid'), lengths(32, ['a', '-', 'A', '_'])),
  line: number(0, 1, 99, 100, 1.5, -1, 1e300),
  deviceId: named(64),
  deviceName: text(64),
  callAlerts: fc.boolean(),
  fingerprint: near(fc.constant('9f86d081'), fc.constantFrom('9F86D081', '9f86d08', '9f86d0811', '')),
  from: text(128),
  fromName: text(1_000),
  uuid,
  callId: text(255),
  ringSeconds: number(0, 300, 300.5, -0.5, 0.1, 1e300),
  only: phones,
  test: fc.boolean(),
  harmonyOs: fc.boolean(),
  except: phones,
  reason: near(fc.constantFrom<string>(...cancelReasons), fc.constantFrom('', 'busy')),
  kind: near(fc.constantFrom<string>(...messageKinds), fc.constantFrom('', 'call', 'cancel')),
  text: text(10_000),
  messageId: text(255),
  badge: number(0, 99_999, 100_000, -1, 0.5),
};

/** `fitting` are fields whose values go together. */
type Shape = {
  required: readonly string[];
  optional: readonly string[];
  fitting?: Record<string, fc.Arbitrary<unknown>>;
};
const optionalOfRegister = [
  'app',
  'environment',
  'line',
  'deviceId',
  'deviceName',
  'callAlerts',
  'harmonyOs',
];
const bodies: Record<BodyRoute, readonly Shape[]> = {
  'POST /register': [
    {},
    { platform: fc.constantFrom('apns', 'apns-voip'), token: fc.constant(hex(64)) },
    { platform: fc.constantFrom('fcm', 'hms'), token: fc.constant('dXN1:APA91bF0') },
    { platform: fc.constant('webpush'), token: fc.constant(aSubscription('near')) },
  ].map((fitting) => ({
    required: ['extension', 'token', 'platform'],
    optional: optionalOfRegister,
    fitting,
  })),
  'POST /push_call': [
    { required: ['to'], optional: ['from', 'fromName', 'uuid', 'callId', 'ringSeconds', 'only', 'test'] },
  ],
  'POST /push_cancel': [
    { required: ['to', 'reason', 'uuid'], optional: ['callId', 'from', 'fromName', 'only'] },
    { required: ['to', 'reason', 'callId'], optional: ['uuid', 'from', 'fromName', 'except'] },
    { required: ['to', 'reason'], optional: ['uuid', 'callId', 'only', 'except'] },
  ],
  'POST /push_message': [
    { required: ['to', 'from', 'kind'], optional: ['fromName', 'text', 'messageId', 'badge'] },
  ],
  'POST /update': [{ required: ['oldToken', 'newToken'], optional: [] }],
  'POST /delete': [
    { required: ['token'], optional: ['line'] },
    { required: ['extension'], optional: ['deviceId'] },
    { required: ['extension', 'fingerprint'], optional: [] },
    { required: [], optional: ['token', 'line', 'extension', 'deviceId', 'fingerprint'] },
  ],
};

export const bodyRoutes = [
  'POST /register',
  'POST /push_call',
  'POST /push_cancel',
  'POST /push_message',
  'POST /update',
  'POST /delete',
] as const;
export type BodyRoute = (typeof bodyRoutes)[number];

/** Names of Object.prototype are the unknown fields that a validator may overlook. */
const unknownNames = ['toString', 'constructor', '__proto__', 'Token', 'Badge', '', 'a.b', '0', hex(64)];

type Body = Record<string, unknown>;

const mutation = (names: readonly string[]): fc.Arbitrary<(body: Body) => unknown> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.constant((body: Body) => body) },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(...names)
        .map(
          (name) => (body: Body) => Object.fromEntries(Object.entries(body).filter(([key]) => key !== name)),
        ),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(fc.constantFrom(...names), fc.jsonValue()).map(([name, value]) => (body: Body) => ({
        ...body,
        [name]: value,
      })),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(fc.constantFrom(...unknownNames, ...Object.keys(values)), fc.jsonValue()).map(
        ([name, value]) =>
          (body: Body) =>
            Object.fromEntries([...Object.entries(body), [name, value]]),
      ),
    },
    { weight: 1, arbitrary: fc.jsonValue().map((value) => () => value) },
    { weight: 1, arbitrary: fc.constant((body: Body) => [body]) },
  );

/** Bodies that are valid, or were until one thing was done to them, as they arrive: through JSON. */
export const nearValidBody = (route: BodyRoute): fc.Arbitrary<unknown> => {
  const names = [...new Set(bodies[route].flatMap(({ required, optional }) => [...required, ...optional]))];
  const shaped = bodies[route].map(({ required, optional, fitting = {} }) => {
    const fields = [...required, ...optional].map((name) => [
      name,
      fitting[name] ?? values[name] ?? fc.jsonValue(),
    ]);
    const model: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(fields);
    return fc.record(model, { requiredKeys: [...required] });
  });
  return fc
    .tuple(fc.oneof(...shaped), mutation(names))
    .map(([body, change]): unknown => JSON.parse(JSON.stringify(change(body))));
};

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Certificate } from '../../local/certificate.ts';
import { createCertificate } from '../../local/certificate.ts';
import { createFaults } from '../../local/faults.ts';
import { startGoogle } from '../../local/google.ts';
import type { GoogleAccount } from '../../local/google-oauth.ts';
import { createPushLog } from '../../local/pushes.ts';

/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600;
const TOKEN = 'fcm-demo-phone:APA91bAAAAAAAAAAAAAAAAAAAAAAAAAAAA';
const OTHER_TOKEN = 'fcm-demo-phone:APA91bBBBBBBBBBBBBBBBBBBBBBBBBBBBB';
const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 });
const elliptic = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const demo: GoogleAccount = {
  projectId: 'demo',
  clientEmail: 'push@demo.iam.gserviceaccount.com',
  privateKeyId: 'key-1',
  publicKey: pair.publicKey,
};
const other: GoogleAccount = {
  ...demo,
  projectId: 'other',
  clientEmail: 'push@other',
  privateKeyId: 'key-2',
};

let certificate: Certificate;
beforeAll(async () => {
  certificate = await createCertificate();
});

let seconds = START;
let pushes = createPushLog();
let faults = createFaults();
let accounts: GoogleAccount[] = [];
let google: Awaited<ReturnType<typeof startGoogle>>;
let agent: Agent;

beforeEach(async () => {
  seconds = START;
  pushes = createPushLog();
  faults = createFaults();
  accounts = [demo, other];
  google = await startGoogle({ certificate, accounts, pushes, faults, now: () => seconds * 1000 });
  agent = new Agent({ ca: certificate.cert, keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await google.close();
});

const post = async (url: string, headers: Record<string, string>, body: string, method = 'POST') => {
  const sent = request(url, { agent, method, headers });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  const content: unknown = JSON.parse(await text(answer));
  return { status: answer.statusCode, headers: answer.headers, body: content };
};

type Claims = { iss?: string; scope?: string; aud?: string; iat?: number; exp?: number };
type Signing = { kid?: string; alg?: string; key?: typeof pair.privateKey };
const assertionOf = (claims: Claims = {}, signing: Signing = {}): Promise<string> => {
  const { kid = demo.privateKeyId, alg = 'RS256', key = pair.privateKey } = signing;
  const ordinary = {
    iss: demo.clientEmail,
    scope: SCOPE,
    aud: google.tokenUri,
    iat: seconds,
    exp: seconds + 3600,
  };
  return new SignJWT({ ...ordinary, ...claims }).setProtectedHeader({ alg, kid }).sign(key);
};

const GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
const exchange = (form: Record<string, string>) =>
  post(
    google.tokenUri,
    { 'content-type': 'application/x-www-form-urlencoded' },
    new URLSearchParams(form).toString(),
  );

const bearerOf = async (account = demo): Promise<string> => {
  const assertion = await assertionOf({ iss: account.clientEmail }, { kid: account.privateKeyId });
  const { body } = await exchange({ grant_type: GRANT, assertion });
  if (typeof body !== 'object' || body === null || !('access_token' in body)) throw new Error('no token');
  return `Bearer ${body.access_token}`;
};

const sendUrl = (projectId = 'demo') => `${google.url}/v1/projects/${projectId}/messages:send`;
const send = async (body: unknown, authorization?: string, projectId?: string) =>
  post(
    sendUrl(projectId),
    { 'content-type': 'application/json', authorization: authorization ?? (await bearerOf()) },
    typeof body === 'string' ? body : JSON.stringify(body),
  );

const fcmError = (errorCode: string) => ({
  '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
  errorCode,
});
const ordinary = { token: TOKEN, data: { type: 'call' }, android: { priority: 'high', ttl: '30s' } };

describe("the fake Google's token endpoint", () => {
  it('gives a token for an hour', async () => {
    const { status, body } = await exchange({ grant_type: GRANT, assertion: await assertionOf() });
    expect(status).toBe(200);
    expect(body).toEqual({
      access_token: expect.stringMatching(/^ya29\.[\w-]{43}$/),
      expires_in: 3599,
      token_type: 'Bearer',
    });
  });

  it('takes an account that was added later, and several scopes', async () => {
    const added: GoogleAccount = { ...demo, privateKeyId: 'key-3', publicKey: stranger.publicKey };
    const scope = `https://www.googleapis.com/auth/cloud-platform ${SCOPE}`;
    const assertion = await assertionOf({ scope }, { kid: 'key-3', key: stranger.privateKey });
    expect(await exchange({ grant_type: GRANT, assertion })).toMatchObject({ status: 400 });
    accounts.push(added);
    expect(await exchange({ grant_type: GRANT, assertion })).toMatchObject({ status: 200 });
  });

  const refused: [string, Claims, Signing, string, string][] = [
    ['of an unknown key', {}, { kid: 'key-9' }, 'invalid_grant', 'Signature'],
    ['signed by another key', {}, { key: stranger.privateKey }, 'invalid_grant', 'Signature'],
    ['signed with ES256', {}, { key: elliptic.privateKey, alg: 'ES256' }, 'invalid_grant', 'Signature'],
    ['of another issuer', { iss: 'x@y' }, {}, 'invalid_grant', 'account not found'],
    ['for another audience', { aud: 'https://oauth2.googleapis.com/token' }, {}, 'invalid_grant', 'audience'],
    ['that has expired', { iat: START - 3600, exp: START }, {}, 'invalid_grant', 'short-lived'],
    ['of the future', { iat: START + 1 }, {}, 'invalid_grant', 'short-lived'],
    ['good for longer than an hour', { exp: START + 3601 }, {}, 'invalid_grant', 'short-lived'],
    [
      'without the scope',
      { scope: 'https://www.googleapis.com/auth/devstorage.read_only' },
      {},
      'invalid_scope',
      'scope',
    ],
  ];
  it.each(refused)('refuses an assertion %s', async (_, claims, signing, error, description) => {
    const answer = await exchange({ grant_type: GRANT, assertion: await assertionOf(claims, signing) });
    expect(answer).toMatchObject({
      status: 400,
      body: { error, error_description: expect.stringContaining(description) },
    });
  });

  it.each([
    ['no grant type', {}, 'invalid_request'],
    ['another grant type', { grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    ['no assertion', { grant_type: GRANT }, 'invalid_request'],
    ['an assertion that is no JWT', { grant_type: GRANT, assertion: 'x' }, 'invalid_grant'],
  ])('refuses %s', async (_, form, error) => {
    expect(await exchange(form)).toMatchObject({ status: 400, body: { error } });
  });
});

describe('the fake Google records what it takes', () => {
  it('keeps the token, headers and body, but never the authorization', async () => {
    const { status, body } = await send({ message: ordinary });
    expect(status).toBe(200);
    expect(body).toEqual({ name: expect.stringMatching(/^projects\/demo\/messages\/0:\d+%[0-9a-f]{16}$/) });

    const [push, ...more] = pushes.list();
    expect(more).toEqual([]);
    expect(push).toMatchObject({
      provider: 'google',
      at: '2026-01-01T00:00:00.000Z',
      token: TOKEN,
      headers: { 'content-type': 'application/json' },
      payload: { message: ordinary },
    });
    expect(JSON.stringify(push)).not.toMatch(/ya29|authorization/i);
  });

  it.each([
    ['a dry run', { validate_only: true, message: ordinary }],
    ['a message for a topic', { message: { topic: 'news' } }],
    ['a message for a condition', { message: { condition: "'a' in topics" } }],
  ])('takes %s, which reaches no phone', async (_, body) => {
    expect(await send(body)).toMatchObject({ status: 200 });
    expect(pushes.list()).toEqual([]);
  });
});

describe('the fake Google asks who sends', () => {
  const unauthenticated = { error: { code: 401, status: 'UNAUTHENTICATED' } };

  it.each([
    ['nobody', ''],
    ['an unknown token', 'Bearer ya29.x'],
    ['another scheme', 'Basic eDp5'],
  ])('and refuses %s', async (_, authorization) => {
    expect(await send({ message: ordinary }, authorization)).toMatchObject({
      status: 401,
      headers: { 'www-authenticate': expect.stringContaining('Bearer') },
      body: unauthenticated,
    });
    expect(pushes.list()).toEqual([]);
  });

  it('and refuses a token that has expired', async () => {
    const authorization = await bearerOf();
    seconds = START + 3598;
    expect(await send({ message: ordinary }, authorization)).toMatchObject({ status: 200 });
    seconds = START + 3599;
    expect(await send({ message: ordinary }, authorization)).toMatchObject({
      status: 401,
      body: unauthenticated,
    });
    expect(pushes.list()).toHaveLength(1);
  });

  it.each(['other', 'nowhere'])("and refuses another project's token for %s", async (projectId) => {
    expect(await send({ message: ordinary }, await bearerOf(), projectId)).toMatchObject({
      status: 403,
      body: { error: { code: 403, status: 'PERMISSION_DENIED' } },
    });
    expect(pushes.list()).toEqual([]);
  });

  it('and answers 404 to another path or method', async () => {
    const headers = { authorization: await bearerOf() };
    expect(await post(`${google.url}/fcm/send`, headers, '{}')).toMatchObject({ status: 404 });
    expect(await post(sendUrl(), headers, '', 'GET')).toMatchObject({ status: 404 });
  });
});

describe('the fake Google takes', () => {
  it.each([
    ['data alone', { data: { type: 'call' } }],
    ['ttl 0s', { android: { ttl: '0s' } }],
    ['a ttl of four weeks', { android: { ttl: '2419200s' } }],
    ['a ttl with a fraction', { android: { ttl: '3.000000001s' } }],
    ['normal priority', { android: { priority: 'normal' } }],
    ['priority in capitals', { android: { priority: 'HIGH' } }],
    ['names in camelCase', { android: { collapseKey: 'a', directBootOk: true } }],
    ['every part', { notification: { title: 't' }, fcm_options: { analytics_label: 'a' }, webpush: {} }],
    [
      'every part of Android',
      {
        android: {
          collapse_key: 'a',
          direct_boot_ok: true,
          restricted_package_name: 'com.example',
          data: { type: 'call' },
          notification: {
            title: 't',
            body_loc_args: ['a'],
            notification_priority: 'PRIORITY_MAX',
            notification_count: 2,
            event_time: '2026-01-01T00:00:00Z',
            vibrate_timings: ['0.5s'],
            light_settings: { color: { red: 1 }, light_on_duration: '1s', light_off_duration: '1s' },
          },
        },
      },
    ],
    ['APNs within it', { apns: { headers: { 'apns-priority': '5' }, payload: { aps: { any: 1 } } } }],
    ['4096 bytes', { data: { key: 'x'.repeat(4093) } }],
    ['a key that is nearly reserved', { data: { from_number: '1', fromName: 'n', goog: 'g' } }],
    ['null for a field left out', { notification: null }],
  ])('%s', async (_, parts) => {
    expect(await send({ message: { token: TOKEN, ...parts } })).toMatchObject({ status: 200 });
    expect(pushes.list()).toHaveLength(1);
  });
});

describe('the fake Google refuses JSON that is not the schema', () => {
  const refuse = async (body: unknown, field: string, description: unknown) => {
    expect(await send(body)).toMatchObject({
      status: 400,
      body: {
        error: {
          code: 400,
          message: description,
          status: 'INVALID_ARGUMENT',
          details: [
            {
              '@type': 'type.googleapis.com/google.rpc.BadRequest',
              fieldViolations: [{ field, description }],
            },
          ],
        },
      },
    });
    expect(pushes.list()).toEqual([]);
  };

  it.each([
    ['no JSON', '{', 'Invalid JSON payload received.'],
    ['a list', [], 'Invalid JSON payload received. Expected an object.'],
    [
      'an unknown field',
      { to: TOKEN },
      'Invalid JSON payload received. Unknown name "to": Cannot find field.',
    ],
  ])('%s', async (_, body, description) => {
    await refuse(body, '', description);
  });

  const unknownNames: [string, object, string][] = [
    ['message', { key: 'unknown' }, 'key'],
    ['message', { constructor: 'what every object has' }, 'constructor'],
    ['message.android', { android: { time_to_live: 3 } }, 'time_to_live'],
    ['message.android.notification', { android: { notification: { data: {} } } }, 'data'],
    ['message.apns', { apns: { topic: 'a' } }, 'topic'],
  ];
  it.each(unknownNames)('an unknown field of %s', async (path, parts, name) => {
    const description = `Invalid JSON payload received. Unknown name "${name}" at '${path}': Cannot find field.`;
    await refuse({ message: { token: TOKEN, ...parts } }, path, description);
  });

  const android = (notification: object) => ({ android: { notification } });
  const wrongValues: [string, object, string, string][] = [
    ['data that is no text', { data: { count: 12 } }, 'data[0].value', '(TYPE_STRING), 12'],
    ['data that is null', { data: { a: 'a', b: null } }, 'data[1].value', '(TYPE_STRING), null'],
    ['data that is a list', { data: ['a'] }, 'data', '(map), ["a"]'],
    ['a token that is no text', { token: 1 }, 'token', '(TYPE_STRING), 1'],
    ['an unknown priority', { android: { priority: 'urgent' } }, 'android.priority', '(TYPE_ENUM), "urgent"'],
    [
      'a ttl without unit',
      { android: { ttl: '30' } },
      'android.ttl',
      '(type.googleapis.com/google.protobuf.Duration), "30"',
    ],
    [
      'a ttl that is a number',
      { android: { ttl: 30 } },
      'android.ttl',
      '(type.googleapis.com/google.protobuf.Duration), 30',
    ],
    [
      'a negative ttl',
      { android: { ttl: '-1s' } },
      'android.ttl',
      '(type.googleapis.com/google.protobuf.Duration), "-1s"',
    ],
    [
      'a ttl of ten digits',
      { android: { ttl: '1.0123456789s' } },
      'android.ttl',
      '(type.googleapis.com/google.protobuf.Duration), "1.0123456789s"',
    ],
    [
      'text for true',
      { android: { direct_boot_ok: 'true' } },
      'android.direct_boot_ok',
      '(TYPE_BOOL), "true"',
    ],
    ['a list for text', android({ title: ['t'] }), 'android.notification.title', '(TYPE_STRING), ["t"]'],
    [
      'text for a list',
      android({ body_loc_args: 'a' }),
      'android.notification.body_loc_args',
      '(repeated), "a"',
    ],
    [
      'a number in a list',
      android({ body_loc_args: [1] }),
      'android.notification.body_loc_args[0]',
      '(TYPE_STRING), 1',
    ],
    [
      'half a count',
      android({ notification_count: 0.5 }),
      'android.notification.notification_count',
      '(TYPE_INT32), 0.5',
    ],
    [
      'text for a colour',
      android({ light_settings: { color: { red: '1' } } }),
      'android.notification.light_settings.color.red',
      '(TYPE_FLOAT), "1"',
    ],
    [
      'a time that is none',
      android({ event_time: 'noon' }),
      'android.notification.event_time',
      '(type.googleapis.com/google.protobuf.Timestamp), "noon"',
    ],
    [
      'text for an APNs payload',
      { apns: { payload: '{}' } },
      'apns.payload',
      '(type.googleapis.com/google.protobuf.Struct), "{}"',
    ],
    [
      'two targets',
      { topic: 'news' },
      '',
      "(oneof), oneof field 'target' is already set. Cannot set 'topic'",
    ],
  ];
  it.each(wrongValues)('%s', async (_, parts, at, words) => {
    const field = at ? `message.${at}` : 'message';
    const description = `Invalid value at '${field}' ${words}`;
    await refuse({ message: { token: TOKEN, ...parts } }, field, description);
  });

  it('text for a message or for validate_only', async () => {
    await refuse({ message: 'm' }, 'message', `Invalid value at 'message' (object), "m"`);
    const description = `Invalid value at 'validate_only' (TYPE_BOOL), "no"`;
    await refuse({ message: ordinary, validate_only: 'no' }, 'validate_only', description);
  });
});

describe('the fake Google refuses a message with INVALID_ARGUMENT', () => {
  const refuse = async (body: unknown, field: string, description: string) => {
    const { status, body: answer } = await send(body);
    expect(status).toBe(400);
    expect(answer).toEqual({
      error: {
        code: 400,
        message: description,
        status: 'INVALID_ARGUMENT',
        details: [
          fcmError('INVALID_ARGUMENT'),
          { '@type': 'type.googleapis.com/google.rpc.BadRequest', fieldViolations: [{ field, description }] },
        ],
      },
    });
    expect(pushes.list()).toEqual([]);
  };

  it.each([
    ['no message', {}],
    ['no target', { message: { data: {} } }],
  ])('of %s', async (_, body) => {
    await refuse(body, 'message', 'Recipient of the message is not set.');
  });

  it.each(['from', 'message_type', 'gcm', 'gcm.n.e', 'google.sent_time', 'googleish'])(
    'with the data key %s, which is reserved',
    async (key) => {
      const data = { type: 'call', [key]: 'x' };
      await refuse({ message: { token: TOKEN, data } }, 'message.data', `Invalid data payload key: ${key}`);
      const message = { token: TOKEN, android: { data } };
      await refuse({ message }, 'message.android.data', `Invalid data payload key: ${key}`);
    },
  );

  it.each([
    ['4097 bytes of data', { data: { key: 'x'.repeat(4094) } }],
    ['4098 bytes in letters of two', { data: { key2: 'é'.repeat(2047) } }],
    ["Android's data too big", { data: {}, android: { data: { key: 'x'.repeat(4094) } } }],
    ['a notification too big', { notification: { body: 'x'.repeat(4097) } }],
    ["Android's notification too big", { android: { notification: { body: 'x'.repeat(4097) } } }],
  ])('with %s', async (_, parts) => {
    await refuse({ message: { token: TOKEN, ...parts } }, 'message', 'Android message is too big');
  });

  it('that waits for more than four weeks', async () => {
    const message = { token: TOKEN, android: { ttl: '2419200.1s' } };
    await refuse({ message }, 'message.android.ttl', 'TTL duration is out of range: at most four weeks');
  });

  it.each(['', 'short', `${TOKEN} `, `${TOKEN}\n`, `${TOKEN}/`])('for the token %j', async (token) => {
    const description = 'The registration token is not a valid FCM registration token';
    await refuse({ message: { token } }, 'message.token', description);
  });
});

describe('a registration token belongs to the project that it is first used with', () => {
  it('and is refused for another with SENDER_ID_MISMATCH', async () => {
    await send({ message: ordinary });
    expect(await send({ message: ordinary }, await bearerOf(other), 'other')).toMatchObject({
      status: 403,
      body: { error: { status: 'PERMISSION_DENIED', details: [fcmError('SENDER_ID_MISMATCH')] } },
    });
    expect(pushes.list()).toHaveLength(1);
  });

  it('which neither a refused message nor a dry run settles', async () => {
    await send({ message: { ...ordinary, data: { from: 'x' } } });
    await send({ message: ordinary, validate_only: true });
    expect(await send({ message: ordinary }, await bearerOf(other), 'other')).toMatchObject({ status: 200 });
  });
});

describe('faults at the fake Google', () => {
  it.each([
    ['410', 404, 'NOT_FOUND', 'UNREGISTERED'],
    ['UNREGISTERED', 404, 'NOT_FOUND', 'UNREGISTERED'],
    ['429', 429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'],
    ['500', 500, 'INTERNAL', 'INTERNAL'],
    ['503', 503, 'UNAVAILABLE', 'UNAVAILABLE'],
  ] as const)(
    '%s is an answer, for one token until it is cleared',
    async (fault, code, status, errorCode) => {
      faults.set({ token: TOKEN }, fault);
      const { headers, ...answer } = await send({ message: ordinary });
      expect(answer).toMatchObject({
        status: code,
        body: { error: { code, status, details: [fcmError(errorCode)] } },
      });
      expect(headers['retry-after']).toBe(fault === '429' ? '60' : undefined);
      expect(pushes.list()).toEqual([]);
      expect(await send({ message: { ...ordinary, token: OTHER_TOKEN } })).toMatchObject({ status: 200 });
      faults.clear();
      expect(await send({ message: ordinary })).toMatchObject({ status: 200 });
    },
  );

  it('never come before a wrong credential: it would cost a token', async () => {
    faults.set({ token: TOKEN }, 'UNREGISTERED');
    expect(await send({ message: ordinary }, 'Bearer ya29.x')).toMatchObject({ status: 401 });
  });

  it('hang takes a request and never answers, and others are served', async () => {
    const authorization = await bearerOf();
    faults.set({ token: TOKEN }, 'hang');
    const hung = request(sendUrl(), { agent, method: 'POST', headers: { authorization } });
    let answered = false;
    hung.on('response', () => {
      answered = true;
    });
    const ended = once(hung, 'error');
    hung.end(JSON.stringify({ message: ordinary }));
    await once(hung, 'finish');
    expect(await send({ message: { ...ordinary, token: OTHER_TOKEN } }, authorization)).toMatchObject({
      status: 200,
    });
    expect(pushes.list()).toMatchObject([{ token: OTHER_TOKEN }]);
    hung.destroy(new Error('given up'));
    await ended;
    expect(answered).toBe(false);
  });

  it('does not outlive close: a hung request is broken off', async () => {
    const authorization = await bearerOf();
    faults.set({ provider: 'google' }, 'hang');
    const hung = request(sendUrl(), { agent, method: 'POST', headers: { authorization } });
    const ended = once(hung, 'error');
    hung.end(JSON.stringify({ message: ordinary }));
    await once(hung, 'finish');
    await google.close();
    await expect(ended).resolves.toMatchObject([{ code: 'ECONNRESET' }]);
    google = await startGoogle({ certificate, accounts, pushes, faults });
  });

  it('reset breaks the connection off in the middle of the answer', async () => {
    const authorization = await bearerOf();
    faults.set({ provider: 'google' }, 'reset');
    await expect(send({ message: ordinary }, authorization)).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(pushes.list()).toEqual([]);
    faults.clear();
    expect(await send({ message: ordinary }, authorization)).toMatchObject({ status: 200 });
  });
});

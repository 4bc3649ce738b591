import { beforeEach, describe, expect, test } from 'vitest';
import { appleToken, fcmToken } from '../support/builders.ts';
import { captureLog } from './support/captured-log.ts';
import { complaintsAbout, schemas } from './support/document.ts';
import { createEndpoint } from './support/endpoint.ts';
import type { Sent } from './support/events.ts';
import { requestId } from './support/events.ts';
import { bodyRoutes } from './support/near-valid.ts';
import { elsewhere, expectNothingDone, here, registrations } from './support/phones.ts';
import type { ApiRequest } from './support/routes.ts';

const log = captureLog();

let endpoint: ReturnType<typeof createEndpoint>;
beforeEach(() => {
  endpoint = createEndpoint({ registrations });
});

/** Stands in every value that is wrong: no answer and no log line may hold it. */
const mark = 'MARK';
const marked = (length: number) => mark.padEnd(length, 'x');
const register = { extension: '101', token: fcmToken('new'), platform: 'fcm', app: 'demo' };
const iphone = { extension: '101', token: appleToken('new'), app: 'demo' };
const uuid = '0b6f1f0e-6b0b-4c6e-9f0e-0d5a3c1f7a51';
const cancel = { to: '101', uuid, reason: 'declined' };
const message = { to: '101', from: '102', kind: 'message' };
const base64 = (text: string) => Buffer.from(text).toString('base64');
const without = <T extends object>(body: T, name: keyof T) =>
  Object.fromEntries(Object.entries(body).filter(([key]) => key !== name));

type Case = [what: string, route: ApiRequest, sent: Sent, status: number, code: string, paths: string[]];
const bad = (what: string, route: ApiRequest, sent: Sent, ...paths: string[]): Case => [
  what,
  route,
  sent,
  400,
  'invalid-request',
  paths,
];
const unread = (what: string, sent: Sent): Case[] =>
  bodyRoutes.map((route) => [what, route, sent, 400, 'invalid-json', []]);

const cases: Case[] = [
  bad('wrong type', 'POST /register', { body: { ...register, extension: 101 } }, 'extension'),
  bad('wrong type', 'POST /register', { body: { ...register, token: [mark] } }, 'token'),
  bad('wrong type', 'POST /register', { body: { ...register, line: mark } }, 'line'),
  bad('wrong type', 'POST /register', { body: { ...register, callAlerts: mark } }, 'callAlerts'),
  bad('wrong type', 'POST /register', { body: { ...register, deviceName: null } }, 'deviceName'),
  bad('wrong type', 'POST /push_call', { body: { to: { [mark]: 1 } } }, 'to'),
  bad('wrong type', 'POST /push_call', { body: { to: '101', ringSeconds: mark } }, 'ringSeconds'),
  bad('wrong type', 'POST /push_call', { body: { to: '101', fromName: [mark] } }, 'fromName'),
  bad('wrong type', 'POST /push_call', { body: { to: '101', only: mark } }, 'only'),
  bad('wrong type', 'POST /push_call', { body: { to: '101', only: ['a', [mark]] } }, 'only.1'),
  bad('wrong type', 'POST /push_call', { body: { to: '101', test: mark } }, 'test'),
  bad('empty', 'POST /push_call', { body: { to: '101', only: [] } }, 'only'),
  bad('wrong type', 'POST /push_cancel', { body: { ...cancel, reason: mark } }, 'reason'),
  bad('wrong type', 'POST /push_cancel', { body: { ...cancel, except: ['a b'] } }, 'except.0'),
  bad('absent', 'POST /push_cancel', { body: without(cancel, 'uuid') }, 'uuid'),
  bad('absent', 'POST /push_cancel', { body: without(cancel, 'reason') }, 'reason'),
  bad('one too many', 'POST /push_cancel', { body: { ...cancel, only: ['a'], except: ['b'] } }, 'except'),
  bad('too long', 'POST /push_message', { body: { ...message, text: marked(10_001) } }, 'text'),
  bad('wrong type', 'POST /push_message', { body: { ...message, kind: 'call' } }, 'kind'),
  bad('wrong type', 'POST /push_message', { body: { ...message, badge: mark } }, 'badge'),
  bad('empty', 'POST /push_message', { body: { ...message, messageId: '' } }, 'messageId'),
  bad('absent', 'POST /push_message', { body: without(message, 'from') }, 'from'),
  bad('wrong type', 'POST /update', { body: { oldToken: here, newToken: 1 } }, 'newToken'),
  bad('wrong type', 'POST /delete', { body: { token: null } }, 'token'),
  bad('not one of those', 'POST /register', { body: { ...register, platform: mark } }, 'platform'),
  bad('not one of those', 'POST /register', { body: { ...register, environment: mark } }, 'environment'),
  bad('out of bounds', 'POST /register', { body: { ...register, line: 100 } }, 'line'),
  bad('out of bounds', 'POST /push_call', { body: { to: '101', ringSeconds: 301 } }, 'ringSeconds'),
  bad('no UUID', 'POST /push_call', { body: { to: '101', uuid: mark } }, 'uuid'),

  bad('missing', 'POST /register', { body: without(register, 'extension') }, 'extension'),
  bad('missing', 'POST /register', { body: without(register, 'token') }, 'token'),
  bad('missing', 'POST /register', { body: without(register, 'platform') }, 'platform'),
  bad('missing', 'POST /register', { body: without(register, 'app') }, 'app'),
  bad('missing', 'POST /push_call', { body: { uuid } }, 'to'),
  bad('missing', 'POST /update', { body: { oldToken: here } }, 'newToken'),
  bad('missing', 'POST /delete', { body: {} }, 'token'),
  bad('missing', 'POST /delete', { body: { deviceId: mark } }, 'token'),
  bad('missing', 'GET /devices', {}, 'extension'),

  bad('empty', 'POST /register', { body: { ...register, extension: '' } }, 'extension'),
  bad('empty', 'POST /delete', { body: { token: '' } }, 'token'),
  bad('empty', 'GET /devices', { query: { extension: '' } }, 'extension'),
  bad('too long', 'POST /register', { body: { ...register, extension: marked(65) } }, 'extension'),
  bad('too long', 'POST /register', { body: { ...register, token: marked(4_097) } }, 'token'),
  bad('too long', 'POST /register', { body: { ...register, deviceName: marked(65) } }, 'deviceName'),
  bad('too long', 'POST /push_call', { body: { to: marked(65) } }, 'to'),
  bad('too long', 'POST /push_call', { body: { to: '101', from: marked(129) } }, 'from'),
  bad('too long', 'POST /push_call', { body: { to: '101', fromName: marked(1_001) } }, 'fromName'),
  bad('too long', 'POST /push_call', { body: { to: '101', callId: marked(256) } }, 'callId'),
  bad('too long', 'POST /update', { body: { oldToken: marked(4_097), newToken: here } }, 'oldToken'),
  bad('too long', 'POST /delete', { body: { token: marked(4_097) } }, 'token'),
  bad('too long', 'GET /devices', { query: { extension: marked(65) } }, 'extension'),
  ['too large', 'POST /push_call', { body: { to: marked(32_768) } }, 413, 'body-too-large', []],
  [
    'too large',
    'POST /register',
    { body: base64(marked(32_769)), isBase64Encoded: true },
    413,
    'body-too-large',
    [],
  ],

  bad('unknown field', 'POST /register', { body: { ...register, badge: mark } }, 'badge'),
  bad('unknown field', 'POST /register', { body: { ...register, pbxId: 'pbx-2' } }, 'pbxId'),
  bad('unknown field', 'POST /push_call', { body: { to: '101', token: mark } }, 'token'),
  bad(
    'unknown field',
    'POST /update',
    { body: { oldToken: here, newToken: elsewhere, [marked(32)]: 1 } },
    '',
  ),
  bad('unknown field', 'POST /delete', { body: { token: here, app: mark } }, 'app'),
  bad('unknown field', 'POST /delete', { body: '{"token": "x", "__proto__": {"line": "MARK"}}' }, ''),
  bad('unknown field', 'GET /devices', { query: { extension: '101', app: mark } }, 'app'),
  bad(
    'fields that do not go together',
    'POST /delete',
    { body: { token: here, extension: '101' } },
    'extension',
  ),

  ...unread('no body', {}),
  ...unread('empty body', { body: '' }),
  ...unread('not JSON', { body: `{"token": "${mark}` }),
  ...unread('two JSON texts', { body: '{}{}' }),
  ...unread('broken base64', { body: mark, isBase64Encoded: true }),
  ...unread('base64 of broken UTF-8', {
    body: Buffer.from('{"to": "101", "fromName": "\xff"}', 'latin1').toString('base64'),
    isBase64Encoded: true,
  }),
  ...[null, [], [{ to: '101' }], 7, mark, true].flatMap((value) =>
    bodyRoutes.map((route) =>
      bad(`${JSON.stringify(value)} as the body`, route, { body: JSON.stringify(value) }, ''),
    ),
  ),

  ['unknown app', 'POST /register', { body: { ...register, app: 'mark' } }, 400, 'unknown-app', []],
  ['unknown app', 'POST /register', { body: { ...register, app: 'constructor' } }, 400, 'unknown-app', []],
  [
    'platform not served',
    'POST /register',
    { body: { ...iphone, platform: 'apns-voip', app: 'droid' } },
    400,
    'platform-not-served',
    [],
  ],
  ['key of another app', 'POST /register', { body: register, apps: 'droid' }, 403, 'app-not-allowed', []],
  [
    'key of other apps',
    'POST /register',
    { body: register, apps: 'droid,other' },
    403,
    'app-not-allowed',
    [],
  ],
  bad('apns without deviceId', 'POST /register', { body: { ...iphone, platform: 'apns' } }, 'deviceId'),
  bad(
    'apns without deviceId',
    'POST /register',
    { body: { ...iphone, platform: 'apns', callAlerts: false } },
    'deviceId',
  ),
  bad(
    'a token that is not Apple’s',
    'POST /register',
    { body: { ...iphone, platform: 'apns-voip', token: marked(64) } },
    'token',
  ),
  [
    'a token that nobody has',
    'POST /update',
    { body: { oldToken: marked(64), newToken: marked(65) } },
    404,
    'unknown-token',
    ['oldToken'],
  ],
];

const titleOf = ([what, route, , ...answer]: Case): string => `${what}: ${route} ${answer.flat().join(' ')}`;

describe('bad input', () => {
  // Only the title is printed: some of what is sent is long.
  const titled = cases.map((one): [string, Case] => [titleOf(one), one]);

  test.each(titled)('%s', async (_title, [, route, sent, status, code, paths]) => {
    const answer = await endpoint.send(route, sent);

    expect([answer.statusCode, answer.json.code, answer.json.retryable]).toEqual([status, code, false]);
    expect((answer.json.errors ?? []).map(({ path }: { path: string }) => path)).toEqual(paths);
    expect(answer.json.detail).toEqual(expect.any(String));
    expect(answer.json.requestId).toBe(requestId);
    expect(complaintsAbout(route, answer)).toEqual([]);
    expectNothingDone(endpoint);
    expect(log.lines).toMatchObject([{ statusCode: status, code, apiRequestId: requestId }]);
    expect(answer.body.toLowerCase()).not.toContain(mark.toLowerCase());
    expect(log.text().toLowerCase()).not.toContain(mark.toLowerCase());
  });

  test('a token that SNS refuses is not kept', async () => {
    const token = fcmToken('refused');
    endpoint.refuseToken(token);
    const answer = await endpoint.send('POST /register', { body: { ...register, token } });
    expect(answer.json).toMatchObject({ status: 400, code: 'invalid-token', errors: [{ path: 'token' }] });
    expect(complaintsAbout('POST /register', answer)).toEqual([]);
    expect(answer.body + log.text()).not.toContain(token);
    expectNothingDone(endpoint);
  });

  test('the PBX is the one of the key, whatever the event says beside', async () => {
    const event = {
      requestContext: { requestId, authorizer: { lambda: { keyId: 'key' } } },
      body: '{"to": "101"}',
    };
    const answer = await endpoint.invoke('POST /push_call', event);
    expect(JSON.parse(answer.body)).toMatchObject({ status: 400, code: 'invalid-request' });
    expectNothingDone(endpoint);
  });
});

describe('good input at its edges', () => {
  test('a body in base64 is read', async () => {
    const body = base64(JSON.stringify({ to: '101', fromName: 'Åsa 電' }));
    const answer = await endpoint.send('POST /push_call', { body, isBase64Encoded: true });
    expect(answer.json).toMatchObject({ devices: 2, accepted: 2 });
    expect(endpoint.published.map(({ push }) => push.body)).toEqual(
      [1, 2].map(() => expect.objectContaining({ data: expect.objectContaining({ callerName: 'Åsa 電' }) })),
    );
  });

  test('a body of 32,768 bytes is read', async () => {
    const answer = await endpoint.send('POST /push_call', { body: '{"to": "101"}'.padEnd(32_768) });
    expect(answer.statusCode).toBe(200);
    const larger = await endpoint.send('POST /push_call', { body: '{"to": "101"}'.padEnd(32_769) });
    expect(larger.statusCode).toBe(413);
  });

  test('the defaults are those of the document', async () => {
    await endpoint.send('POST /register', { body: { ...register, extension: '102' } });
    const { json } = await endpoint.send('GET /devices', { query: { extension: '102' } });
    const { environment, line } = Object(schemas['RegisterRequest']?.['properties']);
    expect(json.devices).toMatchObject([{ environment: environment.default, line: line.default }]);
    await endpoint.send('POST /push_call', { body: { to: '102' } });
    const { sentAt, expiresAt } = Object(Object(endpoint.published[0]?.push.body).data);
    const { ringSeconds } = Object(schemas['PushCallRequest']?.['properties']);
    expect(Date.parse(expiresAt) - Date.parse(sentAt)).toBe(ringSeconds.default * 1_000);
  });

  test('apns needs no deviceId where the phone takes calls as alerts', async () => {
    const body = { ...iphone, platform: 'apns', callAlerts: true };
    expect((await endpoint.send('POST /register', { body })).json).toMatchObject({ status: 'created' });
  });
});

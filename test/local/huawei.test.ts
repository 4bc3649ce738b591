import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Certificate } from '../../local/certificate.ts';
import { createCertificate } from '../../local/certificate.ts';
import { createFaults } from '../../local/faults.ts';
import { startHuawei } from '../../local/huawei.ts';
import type { HuaweiProject } from '../../local/huawei-oauth.ts';
import { createPushLog } from '../../local/pushes.ts';

/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600;
const TOKEN = 'IQAAAACy0-ann-xxxxxxxxxxxxxxxxxxxxxxxx';
const OTHER_TOKEN = 'IQAAAACy0-ben-xxxxxxxxxxxxxxxxxxxxxxxx';
const AUDIENCE = 'https://oauth-login.cloud.huawei.com/oauth2/v3/token';

const pair = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const stranger = generateKeyPairSync('rsa', { modulusLength: 2_048 });

let certificate: Certificate;
beforeAll(async () => {
  certificate = await createCertificate();
});

let seconds = START;
let pushes = createPushLog();
let faults = createFaults();
let demo: HuaweiProject;
let huawei: Awaited<ReturnType<typeof startHuawei>>;
let agent: Agent;

beforeEach(async () => {
  seconds = START;
  pushes = createPushLog();
  faults = createFaults();
  demo = {
    projectId: '7001',
    clients: [{ clientId: '4001', clientSecret: 'secret-1' }],
    serviceAccounts: [{ keyId: 'key-1', subAccount: '107001', publicKey: pair.publicKey }],
    voip: true,
  };
  const other: HuaweiProject = {
    projectId: '7002',
    clients: [{ clientId: '4002', clientSecret: 'secret-2' }],
    serviceAccounts: [{ keyId: 'key-2', subAccount: '107002', publicKey: pair.publicKey }],
    voip: true,
  };
  const now = () => seconds * 1_000;
  huawei = await startHuawei({ certificate, projects: [demo, other], pushes, faults, now });
  agent = new Agent({ ca: certificate.cert, keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await huawei.close();
});

type Body = Record<string, unknown>;
const post = async (url: string, headers: Record<string, string>, body: string, method = 'POST') => {
  const sent = request(url, { agent, method, headers });
  sent.end(body);
  const [answer] = await once(sent, 'response');
  const content: Body = JSON.parse(await text(answer));
  return { status: answer.statusCode, body: content };
};

const form = { 'content-type': 'application/x-www-form-urlencoded' };
const right = { grant_type: 'client_credentials', client_id: '4001', client_secret: 'secret-1' };
const exchange = (fields: Record<string, string>, headers = form) =>
  post(`${huawei.oauth}/oauth2/v3/token`, headers, new URLSearchParams(fields).toString());
const accessToken = async (fields = right): Promise<string> =>
  `Bearer ${(await exchange(fields)).body['access_token']}`;

type Claims = { iss?: string; aud?: string; iat?: number; exp?: number };
type Signing = { alg?: string; kid?: string; typ?: string; key?: typeof pair.privateKey };
const jwt = async (claims: Claims = {}, signing: Signing = {}): Promise<string> => {
  const { alg = 'PS256', kid = 'key-1', typ = 'JWT', key = pair.privateKey } = signing;
  const ordinary = { iss: '107001', aud: AUDIENCE, iat: seconds, exp: seconds + 3_600 };
  const signed = new SignJWT({ ...ordinary, ...claims }).setProtectedHeader({ alg, kid, typ });
  return `Bearer ${await signed.sign(key)}`;
};

const send = async (path: string, body: unknown, headers: Record<string, string> = {}) =>
  post(
    `${huawei.push}${path}`,
    { 'content-type': 'application/json', authorization: await jwt(), ...headers },
    typeof body === 'string' ? body : JSON.stringify(body),
  );
const sendV2 = (message: unknown, headers: Record<string, string> = {}) =>
  send('/v2/7001/messages:send', { message }, headers);
const sendV3 = (body: unknown, headers: Record<string, string> = {}) =>
  send('/v3/7001/messages:send', body, { 'push-type': '10', ...headers });
const codeOf = async (answer: Promise<{ body: Body }>) => (await answer).body['code'];

const data = { data: '{"type":"call"}', android: { ttl: '30s', urgency: 'HIGH', category: 'VOIP' } };
const dataTo = (...token: string[]) => ({ ...data, token });
const call = {
  payload: { extraData: '{"type":"call"}' },
  pushOptions: { ttl: 30 },
  target: { token: [TOKEN] },
};

describe("the fake Huawei's OAuth server", () => {
  it('gives an access token for an hour', async () => {
    const { status, body } = await exchange(right);
    expect(status).toBe(200);
    expect(body).toEqual({ access_token: expect.any(String), expires_in: 3_600, token_type: 'Bearer' });
  });

  it.each([
    ['another grant', { grant_type: 'authorization_code' }, 20_182],
    ['a client id that is no number', { client_id: 'app' }, 20_002],
    ['an unknown client', { client_id: '4999' }, 20_003],
    ['no secret', { client_secret: '' }, 20_171],
    ["another client's secret", { client_secret: 'secret-2' }, 12_304],
  ])('refuses %s', async (_, changes, subError) => {
    const { status, body } = await exchange({ ...right, ...changes });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: 1_101, sub_error: subError });
  });

  it('reads a form only', async () => {
    expect((await exchange(right, { 'content-type': 'application/json' })).status).toBe(400);
  });
});

describe('who may push', () => {
  const v2 = (authorization: string, path = '/v2/7001/messages:send') =>
    send(path, { message: dataTo(TOKEN) }, { authorization });
  const v3 = (authorization: string) => sendV3(call, { authorization });

  it('is a client with its access token, on v2, for an hour', async () => {
    const authorization = await accessToken();
    expect(await v2(authorization)).toMatchObject({ status: 200, body: { code: '80000000' } });
    seconds += 3_600;
    expect(await v2(authorization)).toMatchObject({ status: 401, body: { code: '80200003' } });
  });

  it('is no client on v3', async () => {
    expect(await v3(await accessToken())).toMatchObject({ status: 401, body: { code: '80200001' } });
  });

  it('is no client of another project', async () => {
    const other = await accessToken({ ...right, client_id: '4002', client_secret: 'secret-2' });
    expect(await codeOf(v2(other))).toBe('80200001');
  });

  it('is a service account, on both', async () => {
    expect(await codeOf(v2(await jwt()))).toBe('80000000');
    expect(await codeOf(sendV3({ ...call, target: { token: [OTHER_TOKEN] } }))).toBe('80000000');
  });

  it.each([
    ['nobody', '', '80200001'],
    ['no bearer', 'Basic abc', '80200001'],
    ['a made-up token', 'Bearer abc', '80200003'],
  ])('is not %s', async (_, authorization, code) => {
    expect(await v2(authorization)).toMatchObject({ status: 401, body: { code } });
  });

  it.each<[string, Claims, Signing, string]>([
    ['another issuer', { iss: '107002' }, {}, '80200001'],
    ['another audience', { aud: 'https://example.com' }, {}, '80200001'],
    ['issued in the future', { iat: START + 60 }, {}, '80200001'],
    ['expired', { iat: START - 3_600, exp: START }, {}, '80200005'],
    ['valid for more than a day', { exp: START + 86_401 }, {}, '80300036'],
    ['another algorithm', {}, { alg: 'RS256' }, '80200001'],
    ['an unknown key', {}, { kid: 'key-9' }, '80200001'],
    ['the key of another project', {}, { kid: 'key-2' }, '80200001'],
    ["a stranger's signature", {}, { key: stranger.privateKey }, '80200001'],
  ])('has no JWT with %s', async (_, claims, signing, code) => {
    expect(await v3(await jwt(claims, signing))).toMatchObject({ status: 401, body: { code } });
    expect(pushes.list()).toEqual([]);
  });

  it('has none for an unknown project, nor elsewhere than at the APIs', async () => {
    expect(await codeOf(v2(await jwt(), '/v2/7999/messages:send'))).toBe('80200001');
    for (const path of ['/v1/7001/messages:send', '/v2/7001/messages', '/v2/messages:send', '/']) {
      expect((await v2(await jwt(), path)).status).toBe(404);
    }
    expect((await post(`${huawei.push}/v2/7001/messages:send`, {}, '', 'PUT')).status).toBe(404);
  });
});

describe('a message on v2', () => {
  it('is recorded for each token, without who sent it', async () => {
    const { status, body } = await sendV2(dataTo(TOKEN, OTHER_TOKEN));
    expect(status).toBe(200);
    expect(body).toEqual({ code: '80000000', msg: 'Success', requestId: expect.stringMatching(/^\d+$/) });
    expect(pushes.list()).toEqual(
      [TOKEN, OTHER_TOKEN].map((token) => ({
        provider: 'huawei',
        at: '2026-01-01T00:00:00.000Z',
        token,
        headers: expect.not.objectContaining({ authorization: expect.anything() }),
        payload: { message: dataTo(TOKEN, OTHER_TOKEN) },
      })),
    );
  });

  it('is only checked where it says so', async () => {
    const body = { validate_only: true, message: dataTo(TOKEN) };
    expect(await codeOf(send('/v2/7001/messages:send', body))).toBe('80000000');
    expect(pushes.list()).toEqual([]);
  });

  const android = (changes: object) => ({ ...dataTo(TOKEN), android: { ...data.android, ...changes } });
  const shown = { title: 'a', body: 'b', click_action: { type: 3 } };
  const notification = (changes: object) => ({
    data: '{}',
    android: { notification: { ...shown, ...changes } },
    token: [TOKEN],
  });

  it.each<[string, unknown, string]>([
    ['no message', undefined, '80300010'],
    ['no token', data, '80300010'],
    ['an empty list of tokens', dataTo(), '80300010'],
    ['a token that is no list', { ...data, token: TOKEN }, '80300010'],
    [
      'more than 1,000 tokens',
      dataTo(...Array.from({ length: 1_001 }, (_, i) => `${TOKEN}${i}`)),
      '80300010',
    ],
    ['a token that is no text', { ...data, token: [5] }, '80100003'],
    ['an unknown field', { ...dataTo(TOKEN), topics: 'x' }, '80100003'],
    ['an unknown field of android', android({ priority: 'high' }), '80100003'],
    ['data that is no text', { ...dataTo(TOKEN), data: { type: 'call' } }, '80100003'],
    ['neither data nor a notification', { token: [TOKEN], android: {} }, '80100003'],
    ['an unknown urgency', android({ urgency: 'high' }), '80100003'],
    ['an unknown category', android({ category: 'CALL' }), '80100003'],
    ['a time to live that is a number', android({ ttl: 30 }), '80100003'],
    ['a time to live of nothing', android({ ttl: '0s' }), '80100004'],
    ['a time to live over 15 days', android({ ttl: '1296001s' }), '80100004'],
    ['a time to live in minutes', android({ ttl: '5m' }), '80100004'],
    ['a collapse key under -1', android({ collapse_key: -2 }), '80100013'],
    ['a collapse key over 100', android({ collapse_key: 101 }), '80100013'],
    ['a notification without a title', notification({ title: undefined }), '80100003'],
    ['an empty body', notification({ body: '' }), '80100003'],
    ['a notification without a body', notification({ body: undefined }), '80100003'],
    ['a notification without an action', notification({ click_action: undefined }), '80100003'],
    ['an unknown action', notification({ click_action: { type: 5 } }), '80100003'],
    ['an action that opens no page', notification({ click_action: { type: 1 } }), '80100003'],
    [
      'an action that opens no https',
      notification({ click_action: { type: 2, url: 'http://x' } }),
      '80100003',
    ],
    ['arguments that are no texts', notification({ title_loc_args: [5] }), '80100003'],
    ['a badge without the activity', notification({ badge: { set_num: 3 } }), '80100003'],
    ['a badge of 100', notification({ badge: { set_num: 100, class: 'a.B' } }), '80100003'],
    ['big text without it', notification({ style: 1 }), '80100003'],
    ['an inbox without lines', notification({ style: 3 }), '80100003'],
    [
      'a notification of no android',
      { ...dataTo(TOKEN), notification: { title: 'a', body: 'b' }, android: {} },
      '80100003',
    ],
  ])('is refused with %s', async (_, message, code) => {
    const { status, body } = await sendV2(message);
    expect(status).toBe(400);
    expect(body['code']).toBe(code);
    expect(pushes.list()).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['15 days to live', android({ ttl: '1296000s' })],
    ['seconds without their letter', android({ ttl: '30' })],
    ['a collapse key', android({ collapse_key: 100 })],
    ['a notification', notification({})],
    [
      'a notification in the language of the phone',
      notification({ title_loc_key: 'K', title_loc_args: ['x'] }),
    ],
    ['a badge', notification({ badge: { set_num: 0, class: 'a.B' } })],
    ['an action that opens a page', notification({ click_action: { type: 1, action: 'a.b' } })],
  ])('may have %s', async (_, message) => {
    expect(await codeOf(sendV2(message))).toBe('80000000');
  });

  it.each(['', '[]', '{"message":', 'null'])('is refused where the body is %j', async (body) => {
    expect(await codeOf(send('/v2/7001/messages:send', body))).toBe('80100003');
  });

  it('may have 4,096 bytes without its tokens, however many these are, and no more', async () => {
    const tokens = Array.from({ length: 1_000 }, (_, index) => `${TOKEN}${index}`);
    const empty = Buffer.byteLength(JSON.stringify({ message: { data: '' } }));
    const message = (bytes: number) => ({ data: 'x'.repeat(bytes - empty), token: tokens });
    expect(await codeOf(sendV2(message(4_096)))).toBe('80000000');
    expect(await sendV2(message(4_097))).toMatchObject({ status: 400, body: { code: '80300008' } });
  });

  it.each<[string, object]>([
    ['high priority', { urgency: 'HIGH' }],
    ['the category of calls', { category: 'VOIP' }],
  ])('needs a grant for %s, on data alone', async (_, android) => {
    demo.voip = false;
    const { status, body } = await sendV2({ data: '{}', android, token: [TOKEN] });
    expect({ status, code: body['code'] }).toEqual({ status: 200, code: '80300011' });
    expect(pushes.list()).toEqual([]);
    expect(await codeOf(sendV2({ data: '{}', android: {}, token: [TOKEN] }))).toBe('80000000');
    const visible = { ...android, notification: shown };
    expect(await codeOf(sendV2({ data: '{}', android: visible, token: [TOKEN] }))).toBe('80000000');
  });

  it('reaches some tokens, and says which it does not', async () => {
    const { status, body } = await sendV2(dataTo(TOKEN, 'short', OTHER_TOKEN));
    expect(status).toBe(200);
    expect(body['code']).toBe('80100000');
    expect(JSON.parse(String(body['msg']))).toEqual({ success: 2, failure: 1, illegal_tokens: ['short'] });
    expect(pushes.list().map(({ token }) => token)).toEqual([TOKEN, OTHER_TOKEN]);
  });

  it('reaches no token of another project', async () => {
    await sendV2(dataTo(TOKEN));
    const authorization = await jwt({ iss: '107002' }, { kid: 'key-2' });
    const { body } = await send('/v2/7002/messages:send', { message: dataTo(TOKEN) }, { authorization });
    expect(body).toMatchObject({ code: '80300007', msg: 'All the tokens are invalid' });
    expect(pushes.list()).toHaveLength(1);
  });
});

describe('a message on v3', () => {
  const notification = {
    category: 'IM',
    title: 'a',
    body: 'b',
    clickAction: { actionType: 0, data: { type: 'message' } },
  };
  const alert = (changes: object = {}) => ({
    payload: { notification: { ...notification, ...changes } },
    target: { token: [TOKEN] },
  });
  const options = (pushOptions: object) => ({ ...call, pushOptions });

  it.each([
    ['a call', '10', call],
    ['for an app in front', '6', call],
    ['a notification', '0', alert()],
    [
      'a missed call',
      '0',
      alert({ category: 'MISS_CALL', notifyId: 7, appMessageId: 'a-1', badge: { setNum: 0 } }),
    ],
  ])('is recorded: %s', async (_, pushType, body) => {
    expect(await codeOf(sendV3(body, { 'push-type': pushType }))).toBe('80000000');
    expect(pushes.list()).toMatchObject([
      { provider: 'huawei', token: TOKEN, headers: { 'push-type': pushType }, payload: body },
    ]);
  });

  it.each<[string, string, unknown, string]>([
    ['a push-type that there is not', '3', call, '80100001'],
    ['a push-type that is no number', 'call', call, '80100001'],
    ['the payload of another push-type', '0', call, '80100003'],
    ['no target', '10', { payload: call.payload }, '80300010'],
    ['no token', '10', { ...call, target: { token: [] } }, '80300010'],
    ['a token that is no text', '10', { ...call, target: { token: [5] } }, '80100003'],
    ['no payload', '10', { target: call.target }, '80100003'],
    ['no data', '10', { ...call, payload: {} }, '80100003'],
    ['data that is no text', '10', { ...call, payload: { extraData: {} } }, '80100003'],
    ['an unknown field', '10', { ...call, message: {} }, '80100003'],
    ['an unknown option', '10', options({ urgency: 'HIGH' }), '80100003'],
    ['a time to live that is a text', '10', options({ ttl: '30s' }), '80100003'],
    ['a time to live of nothing', '10', options({ ttl: 0 }), '80100004'],
    ['a time to live over 15 days', '10', options({ ttl: 1_296_001 }), '80100004'],
    ['a collapse key over 100', '10', options({ collapseKey: 101 }), '80100003'],
    ['a mode of another push-type', '10', options({ backgroundMode: 1 }), '80100003'],
    ['no title', '0', alert({ title: '' }), '80100003'],
    ['no body', '0', alert({ body: undefined }), '80100003'],
    ['an unknown category', '0', alert({ category: 'CALL' }), '80100003'],
    ['no action', '0', alert({ clickAction: undefined }), '80100003'],
    ['an action that opens no page', '0', alert({ clickAction: { actionType: 1 } }), '80100003'],
    ['data that is a text', '0', alert({ clickAction: { actionType: 0, data: '{}' } }), '80100003'],
    ['a number under which it is shown of 32 bits', '0', alert({ notifyId: 2 ** 31 }), '80100003'],
    ['an id of 65 characters', '0', alert({ appMessageId: 'x'.repeat(65) }), '80100003'],
    ['a badge of 100', '0', alert({ badge: { setNum: 100 } }), '80100003'],
    ['an inbox without lines', '0', alert({ style: 3 }), '80100003'],
    ['names of texts', '0', alert({ titleLocKey: 'PNS_CALL' }), '80100003'],
  ])('is refused with %s', async (_, pushType, body, code) => {
    const { status, body: answer } = await sendV3(body, { 'push-type': pushType });
    expect(status).toBe(400);
    expect(answer['code']).toBe(code);
    expect(pushes.list()).toEqual([]);
  });

  it('is refused without a push-type', async () => {
    expect(await codeOf(send('/v3/7001/messages:send', call))).toBe('80100001');
  });

  it('is a test for ten phones at most', async () => {
    const token = Array.from({ length: 11 }, (_, index) => `${TOKEN}${index}`);
    const body = { ...call, pushOptions: { testMessage: true }, target: { token } };
    expect(await codeOf(sendV3(body))).toBe('80300030');
    expect(await codeOf(sendV3({ ...body, target: { token: token.slice(1) } }))).toBe('80000000');
  });

  it('may have 4,096 bytes without its tokens, and no more', async () => {
    const empty = Buffer.byteLength(JSON.stringify({ payload: { extraData: '' } }));
    const body = (bytes: number) => ({
      payload: { extraData: 'x'.repeat(bytes - empty) },
      target: { token: [TOKEN] },
    });
    expect(await codeOf(sendV3(body(4_096)))).toBe('80000000');
    expect(await codeOf(sendV3(body(4_097)))).toBe('80300008');
  });

  it('needs a grant for a call, and says so of every token', async () => {
    demo.voip = false;
    const { status, body } = await sendV3(call);
    expect(status).toBe(200);
    expect(body['code']).toBe('80300007');
    expect(JSON.parse(String(body['msg']))).toEqual({
      failure: 1,
      illegalTokens: { noPushTypeRight: [TOKEN] },
    });
    expect(await codeOf(sendV3(alert(), { 'push-type': '0' }))).toBe('80000000');
  });

  it('reaches no token that is of v2', async () => {
    await sendV2(dataTo(TOKEN));
    const { body } = await sendV3(call);
    expect(body['code']).toBe('80300007');
    expect(JSON.parse(String(body['msg']))).toEqual({ failure: 1, illegalTokens: { noRight: [TOKEN] } });
  });

  it('reaches some tokens, and says why it does not reach others', async () => {
    const { body } = await sendV3({ ...call, target: { token: [TOKEN, 'short'] } });
    expect(body['code']).toBe('80100000');
    expect(JSON.parse(String(body['msg']))).toEqual({
      success: 1,
      failure: 1,
      illegalTokens: { tokenFormatError: ['short'] },
    });
  });
});

describe("the fake Huawei's faults", () => {
  it.each([
    ['410', 200, '80300007'],
    ['UNREGISTERED', 200, '80300007'],
    ['80300002', 200, '80300002'],
    ['80200003', 401, '80200003'],
    ['500', 500, '81000001'],
    ['429', 503, undefined],
    ['503', 503, undefined],
  ] as const)('%s is answered with status %i', async (fault, status, code) => {
    faults.set({ token: TOKEN }, fault);
    for (const answer of [await sendV2(dataTo(TOKEN)), await sendV3(call)]) {
      expect({ status: answer.status, code: answer.body['code'] }).toEqual({ status, code });
    }
    expect(pushes.list()).toEqual([]);
    expect(await codeOf(sendV2(dataTo(OTHER_TOKEN)))).toBe('80000000');
  });

  it('break off in the middle of the answer', async () => {
    faults.set({ provider: 'huawei' }, 'reset');
    await expect(sendV2(dataTo(TOKEN))).rejects.toThrow(/aborted|hang up|ECONNRESET/);
  });
});

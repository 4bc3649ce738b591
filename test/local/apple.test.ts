import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import { request } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApple } from '../../local/apple.ts';
import type { Notification } from './fake-apple.ts';
import { certificate, START, sign, startFakeApple, stranger, TOKEN } from './fake-apple.ts';

let fake: Awaited<ReturnType<typeof startFakeApple>>;
beforeEach(async () => {
  fake = await startFakeApple();
});
afterEach(() => fake.close());

const OTHER_TOKEN = 'cd'.repeat(32);
const UUID = '0190f5d2-1c5e-4b7a-9d3e-5a8f6c2b1e00';

const alert = { 'apns-topic': 'com.example.demo', 'apns-push-type': 'alert' };
const background = { 'apns-topic': 'com.example.demo', 'apns-push-type': 'background' };
const payloadOf = (bytes: number) => {
  const empty = JSON.stringify({ aps: {}, pad: '' });
  return JSON.stringify({ aps: {}, pad: 'x'.repeat(bytes - empty.length) });
};

describe('the fake Apple records what it takes', () => {
  it('keeps the token, headers and payload, but never the authorization', async () => {
    const answer = await fake.post({
      headers: { 'apns-id': UUID, 'apns-expiration': `${START + 30}`, 'apns-collapse-id': 'call-1' },
      body: '{"aps":{},"uuid":"u"}',
    });

    expect(answer).toMatchObject({ status: 200, body: undefined, headers: { 'apns-id': UUID } });
    expect(fake.pushes.list()).toEqual([
      {
        provider: 'apple',
        environment: 'production',
        at: '2026-01-01T00:00:00.000Z',
        token: TOKEN,
        headers: {
          'apns-topic': 'com.example.demo.voip',
          'apns-push-type': 'voip',
          'apns-priority': '10',
          'apns-id': UUID,
          'apns-expiration': `${START + 30}`,
          'apns-collapse-id': 'call-1',
        },
        payload: { aps: {}, uuid: 'u' },
      },
    ]);
  });

  it('makes an apns-id where none is sent', async () => {
    const { headers } = await fake.post();
    expect(headers['apns-id']).toMatch(/^[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}$/);
  });

  it('names its environment, and gives apns-unique-id in the sandbox only', async () => {
    expect((await fake.post()).headers['apns-unique-id']).toBeUndefined();
    await fake.close();
    fake = await startFakeApple('sandbox');

    expect((await fake.post()).headers['apns-unique-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(fake.pushes.list()).toMatchObject([{ environment: 'sandbox' }]);
  });

  it('takes a notification that has expired, and shows it to nobody', async () => {
    expect(await fake.post({ headers: { 'apns-expiration': `${START}` } })).toMatchObject({ status: 200 });
    expect(fake.pushes.list()).toEqual([]);
    expect(await fake.post({ headers: { 'apns-expiration': `${START + 1}` } })).toMatchObject({
      status: 200,
    });
    expect(fake.pushes.list()).toHaveLength(1);
  });
});

describe('the fake Apple takes', () => {
  const accepted: [string, Notification][] = [
    ['a VoIP push', {}],
    ['no priority on a VoIP push', { headers: { 'apns-priority': undefined } }],
    ['an alert', { headers: alert }],
    ['an alert of priority 5', { headers: { ...alert, 'apns-priority': '5' } }],
    ['an alert of priority 1', { headers: { ...alert, 'apns-priority': '1' } }],
    ['a background push of priority 5', { headers: { ...background, 'apns-priority': '5' } }],
    ['an expiration of 0', { headers: { 'apns-expiration': '0' } }],
    ['a collapse id of 64 bytes', { headers: { 'apns-collapse-id': 'x'.repeat(64) } }],
    ['4096 bytes of alert', { headers: alert, body: payloadOf(4096) }],
    ['5120 bytes of VoIP', { body: payloadOf(5120) }],
    ['a device token in capitals', { token: TOKEN.toUpperCase() }],
    ['a device token of 80 bytes', { token: 'ab'.repeat(80) }],
    ['the other app of the key', { headers: { 'apns-topic': 'com.example.other.voip' } }],
  ];
  it.each(accepted)('%s', async (_, notification) => {
    expect(await fake.post(notification)).toMatchObject({ status: 200, body: undefined });
    expect(fake.pushes.list()).toHaveLength(1);
  });
});

describe('the fake Apple’s two services', () => {
  it('know whose token it is: one of the sandbox’s is none in production, and the other way round', async () => {
    const homes = new Map();
    const options = { ...fake.options, homes };
    const sandbox = await startApple({ ...options, environment: 'sandbox' });
    const production = await startApple({ ...options, environment: 'production' });
    const [toSandbox, toProduction] = [sandbox, production].map(({ url }) => fake.open(url));
    try {
      expect(await fake.post({}, toSandbox)).toMatchObject({ status: 200 });
      expect(await fake.post({}, toProduction)).toMatchObject({
        status: 400,
        body: { reason: 'BadDeviceToken' },
      });
      expect(await fake.post({ token: OTHER_TOKEN }, toProduction)).toMatchObject({ status: 200 });
      expect(await fake.post({ token: OTHER_TOKEN }, toSandbox)).toMatchObject({ status: 400 });
      expect(fake.pushes.list().map(({ environment, token }) => [environment, token])).toEqual([
        ['sandbox', TOKEN],
        ['production', OTHER_TOKEN],
      ]);
    } finally {
      toSandbox?.destroy();
      toProduction?.destroy();
      await Promise.all([sandbox.close(), production.close()]);
    }
  });
});

describe('the fake Apple refuses', () => {
  const refused: [string, Notification, number, string][] = [
    ['GET', { method: 'GET' }, 405, 'MethodNotAllowed'],
    ['another path', { path: '/3/devices/ab' }, 404, 'BadPath'],
    ['more path behind the token', { path: `/3/device/${TOKEN}/x` }, 404, 'BadPath'],
    ['no device token', { path: '/3/device/' }, 400, 'MissingDeviceToken'],
    ['a device token that is not hex', { token: 'xy'.repeat(32) }, 400, 'BadDeviceToken'],
    ['a device token cut short', { token: 'ab'.repeat(31) }, 400, 'BadDeviceToken'],
    ['half a byte', { token: `${TOKEN}a` }, 400, 'BadDeviceToken'],
    ['no authorization', { headers: { authorization: undefined } }, 403, 'MissingProviderToken'],
    ['basic authorization', { headers: { authorization: 'Basic YTpi' } }, 403, 'MissingProviderToken'],
    ['no JWT', { headers: { authorization: 'bearer x' } }, 403, 'InvalidProviderToken'],
    ['no topic', { headers: { 'apns-topic': undefined } }, 400, 'MissingTopic'],
    ['a topic that is none', { headers: { 'apns-topic': 'a b' } }, 400, 'BadTopic'],
    ["another team's app", { headers: { 'apns-topic': 'com.evil.voip' } }, 400, 'TopicDisallowed'],
    ['no push type', { headers: { 'apns-push-type': undefined } }, 400, 'InvalidPushType'],
    ['an unknown push type', { headers: { 'apns-push-type': 'call' } }, 400, 'InvalidPushType'],
    ['an alert on the VoIP topic', { headers: { 'apns-push-type': 'alert' } }, 400, 'InvalidPushType'],
    ['voip on the app topic', { headers: { 'apns-topic': 'com.example.demo' } }, 400, 'InvalidPushType'],
    ['priority 9', { headers: { 'apns-priority': '9' } }, 400, 'BadPriority'],
    ['a background push of priority 10', { headers: background }, 400, 'BadPriority'],
    [
      'a background push without priority',
      { headers: { ...background, 'apns-priority': undefined } },
      400,
      'BadPriority',
    ],
    ['an expiration in words', { headers: { 'apns-expiration': 'soon' } }, 400, 'BadExpirationDate'],
    ['a negative expiration', { headers: { 'apns-expiration': '-1' } }, 400, 'BadExpirationDate'],
    ['an apns-id that is no UUID', { headers: { 'apns-id': '42' } }, 400, 'BadMessageId'],
    ['a collapse id of 65 bytes', { headers: { 'apns-collapse-id': 'x'.repeat(65) } }, 400, 'BadCollapseId'],
    ['a header sent twice', { headers: { 'apns-collapse-id': ['a', 'b'] } }, 400, 'DuplicateHeaders'],
    ['4097 bytes of alert', { headers: alert, body: payloadOf(4097) }, 413, 'PayloadTooLarge'],
    ['5121 bytes of VoIP', { body: payloadOf(5121) }, 413, 'PayloadTooLarge'],
    ['no payload', { body: '' }, 400, 'PayloadEmpty'],
    ['a payload that is no JSON', { body: '{' }, 400, 'PayloadEmpty'],
    ['a payload that is a list', { body: '[]' }, 400, 'PayloadEmpty'],
    ['a payload without aps', { body: '{"uuid":"u"}' }, 400, 'PayloadEmpty'],
    ['an aps that is no object', { body: '{"aps":1}' }, 400, 'PayloadEmpty'],
  ];
  it.each(refused)('%s', async (_, notification, status, reason) => {
    expect(await fake.post(notification)).toMatchObject({ status, body: { reason } });
    expect(fake.pushes.list()).toEqual([]);
  });

  it('HTTP/1.1', async () => {
    const old = request(fake.url, { ca: certificate.cert, method: 'POST', path: `/3/device/${TOKEN}` });
    old.end('{"aps":{}}');
    await expect(once(old, 'response').then(([answer]) => answer.statusCode)).resolves.toBe(403);
    expect(fake.pushes.list()).toEqual([]);
  });

  it('a client that does not trust its certificate', async () => {
    const distrusting = connect(fake.url);
    const [error] = await once(distrusting, 'error');
    expect(error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });
});

describe('a device token belongs to the topic that it is first used with', () => {
  it.each([
    ['another app', { 'apns-topic': 'com.example.other.voip' }],
    ['alerts', alert],
    ['voip on the app topic', { 'apns-topic': 'com.example.demo' }],
  ])('and is refused for %s', async (_, headers) => {
    await fake.post({ token: TOKEN.toUpperCase() });
    expect(await fake.post({ headers })).toMatchObject({
      status: 400,
      body: { reason: 'DeviceTokenNotForTopic' },
    });
    expect(fake.pushes.list()).toHaveLength(1);
  });

  it('which a refused notification does not settle', async () => {
    expect(await fake.post({ headers: { ...alert, 'apns-priority': '9' } })).toMatchObject({ status: 400 });
    expect(await fake.post()).toMatchObject({ status: 200 });
  });
});

describe('faults at the fake Apple', () => {
  it.each([
    ['410', 410, { reason: 'Unregistered', timestamp: START * 1000 }],
    ['UNREGISTERED', 410, { reason: 'Unregistered', timestamp: START * 1000 }],
    ['429', 429, { reason: 'TooManyRequests' }],
    ['500', 500, { reason: 'InternalServerError' }],
    ['503', 503, { reason: 'ServiceUnavailable' }],
  ] as const)('%s is an answer, for one token until it is cleared', async (fault, status, body) => {
    fake.faults.set({ token: TOKEN }, fault);
    expect(await fake.post()).toMatchObject({ status, body });
    expect(fake.pushes.list()).toEqual([]);
    expect(await fake.post({ token: OTHER_TOKEN })).toMatchObject({ status: 200 });
    fake.faults.clear();
    expect(await fake.post()).toMatchObject({ status: 200 });
  });

  it('never come before a wrong credential: it would cost a token', async () => {
    fake.faults.set({ token: TOKEN }, '410');
    const answer = await fake.post({
      headers: { authorization: await sign({}, stranger.privateKey) },
    });
    expect(answer).toMatchObject({ status: 403 });
  });

  it('hang takes a request and never answers, and another on the same connection is served', async () => {
    fake.faults.set({ token: TOKEN }, 'hang');
    const hung = fake.session.request({ ':method': 'POST', ':path': `/3/device/${TOKEN}` });
    let answered = false;
    hung.on('response', () => {
      answered = true;
    });
    hung.on('error', () => {});
    hung.end('{"aps":{}}');
    expect(await fake.post({ token: OTHER_TOKEN })).toMatchObject({ status: 200 });
    expect(answered).toBe(false);
    expect(fake.pushes.list()).toMatchObject([{ token: OTHER_TOKEN }]);
    const closed = new Promise((resolve) => hung.once('close', resolve));
    await fake.stop();
    await closed;
    expect(answered).toBe(false);
    fake.session.destroy();
    fake = await startFakeApple();
  });

  it('reset breaks the stream off in the middle of the answer', async () => {
    fake.faults.set({ provider: 'apple' }, 'reset');
    await expect(fake.post()).rejects.toMatchObject({ code: 'ERR_HTTP2_STREAM_ERROR' });
    expect(fake.pushes.list()).toEqual([]);
    fake.faults.clear();
    expect(await fake.post()).toMatchObject({ status: 200 });
  });

  it('one-stream lowers the limit of the connection, and delivers', async () => {
    expect(await fake.post()).toMatchObject({ status: 200 });
    expect(fake.session.remoteSettings.maxConcurrentStreams).toBe(1000);
    fake.faults.set({ provider: 'apple' }, 'one-stream');
    const lowered = once(fake.session, 'remoteSettings');
    expect(await fake.post()).toMatchObject({ status: 200 });
    await lowered;
    expect(fake.session.remoteSettings.maxConcurrentStreams).toBe(1);
    expect(fake.pushes.list()).toHaveLength(2);

    const fresh = fake.open();
    await once(fresh, 'remoteSettings');
    if (fresh.remoteSettings.maxConcurrentStreams !== 1) await once(fresh, 'remoteSettings');
    expect(fresh.remoteSettings.maxConcurrentStreams).toBe(1);
    fresh.destroy();
  });
});

describe('the fake Apple as a server', () => {
  it('serves a thousand requests at once over one connection', async () => {
    const tokens = Array.from({ length: 1000 }, (_, index) => index.toString(16).padStart(64, '0'));
    const answers = await Promise.all(tokens.map((token) => fake.post({ token })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(fake.pushes.list().map(({ token }) => token)).size).toBe(1000);
  });

  it('outlives a client that goes away in the middle', async () => {
    const stream = fake.session.request({ ':method': 'POST', ':path': `/3/device/${TOKEN}` });
    stream.on('error', () => {});
    stream.write('{');
    stream.close(constants.NGHTTP2_CANCEL);
    await once(stream, 'close');
    expect(await fake.post({ token: OTHER_TOKEN })).toMatchObject({ status: 200 });
    expect(fake.pushes.list()).toHaveLength(1);
  });
});

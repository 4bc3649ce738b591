import { createECDH, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import ece from 'http_ece';
import { SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Certificate } from '../../local/certificate.ts';
import { createCertificate } from '../../local/certificate.ts';
import { createFaults } from '../../local/faults.ts';
import { createPushLog } from '../../local/pushes.ts';
import type { WebPushService } from '../../local/web-push.ts';
import { startWebPush } from '../../local/web-push.ts';
import { startCloud } from './support.ts';

/** 2026-01-01T00:00:00Z. */
const start = 1_767_225_600;
const day = 86_400;

const makeSender = () => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return { privateKey, publicKey: Buffer.concat(point).toString('base64url') };
};
const sender = makeSender();
const stranger = makeSender();

let certificate: Certificate;
beforeAll(async () => {
  certificate = await createCertificate();
});

let pushes = createPushLog();
let faults = createFaults();
let service: WebPushService;
let agent: Agent;
beforeEach(async () => {
  pushes = createPushLog();
  faults = createFaults();
  service = await startWebPush({ certificate, pushes, faults, now: () => start * 1_000 });
  agent = new Agent({ ca: certificate.cert, keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await service.close();
});

const encryptFor = (token: string, message: string | Buffer = '{"type":"call"}'): Buffer => {
  const { keys } = JSON.parse(token);
  const privateKey = createECDH('prime256v1');
  privateKey.generateKeys();
  const version = 'aes128gcm';
  return ece.encrypt(Buffer.from(message), { version, dh: keys.p256dh, authSecret: keys.auth, privateKey });
};

type Claims = { aud?: string | undefined; exp?: number | undefined; sub?: string | undefined };
/** Undefined takes a claim away. */
const tokenOf = (changes: Claims = {}, key = sender.privateKey): Promise<string> => {
  const origin = `https://127.0.0.1:${service.port}`;
  const claims = { aud: origin, exp: start + day, sub: 'mailto:ops@example.com', ...changes };
  const given = Object.entries(claims).filter(([, value]) => value !== undefined);
  return new SignJWT(Object.fromEntries(given)).setProtectedHeader({ typ: 'JWT', alg: 'ES256' }).sign(key);
};

type Headers = Record<string, string | string[] | undefined>;
/** Sends what a push service has nothing against, but for the changes; undefined takes a header away. */
const send = async (
  token: string,
  changes: { headers?: Headers; body?: Buffer; path?: string; method?: string } = {},
) => {
  const { endpoint } = JSON.parse(token);
  const headers: Headers = {
    authorization: `vapid t=${await tokenOf()}, k=${sender.publicKey}`,
    ttl: '30',
    urgency: 'high',
    topic: 'abc-_1',
    'content-encoding': 'aes128gcm',
    ...changes.headers,
  };
  const given = Object.fromEntries(
    Object.entries(headers).filter(
      (header): header is [string, string | string[]] => header[1] !== undefined,
    ),
  );
  const url = new URL(changes.path ?? '', endpoint);
  const sent = request(changes.path === undefined ? endpoint : url, {
    agent,
    method: changes.method ?? 'POST',
    headers: given,
  });
  sent.end(changes.body ?? encryptFor(token));
  const [answer] = await once(sent, 'response');
  return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
};

describe('the local push service', () => {
  it('takes a message for a subscription of its own, and records what the browser reads', async () => {
    const token = service.subscribe(sender.publicKey);
    const { status, headers } = await send(token);
    expect(status).toBe(201);
    expect(headers.location).toMatch(new RegExp(`^https://127.0.0.1:${service.port}/message/[0-9a-f-]+$`));
    const [push, ...more] = pushes.list();
    expect(push).toMatchObject({ provider: 'webpush', token, payload: { type: 'call' } });
    expect(push?.headers).not.toHaveProperty('authorization');
    expect(more).toEqual([]);
  });

  const authorized = async (claims: Claims, key = sender) =>
    `vapid t=${await tokenOf(claims, key.privateKey)}, k=${key.publicKey}`;
  const refusals: [string, number, () => Promise<Headers> | Headers][] = [
    ['no Authorization', 401, () => ({ authorization: undefined })],
    ['another scheme', 401, async () => ({ authorization: `WebPush ${await tokenOf()}` })],
    ['no k', 401, async () => ({ authorization: `vapid t=${await tokenOf()}` })],
    ['no t', 401, () => ({ authorization: `vapid k=${sender.publicKey}` })],
    ["another sender's key", 403, async () => ({ authorization: await authorized({}, stranger) })],
    [
      "another's signature",
      403,
      async () => ({
        authorization: `vapid t=${await tokenOf({}, stranger.privateKey)}, k=${sender.publicKey}`,
      }),
    ],
    ['no token', 403, () => ({ authorization: `vapid t=x, k=${sender.publicKey}` })],
    ['another aud', 403, async () => ({ authorization: await authorized({ aud: 'https://127.0.0.1' }) })],
    ['no aud', 403, async () => ({ authorization: await authorized({ aud: undefined }) })],
    ['an exp that is over', 403, async () => ({ authorization: await authorized({ exp: start }) })],
    ['an exp too far', 403, async () => ({ authorization: await authorized({ exp: start + day + 1 }) })],
    ['no exp', 403, async () => ({ authorization: await authorized({ exp: undefined }) })],
    ['no sub', 403, async () => ({ authorization: await authorized({ sub: undefined }) })],
    [
      'a sub without a scheme',
      403,
      async () => ({ authorization: await authorized({ sub: 'a@b.example' }) }),
    ],
    ['no TTL', 400, () => ({ ttl: undefined })],
    ['a TTL that is no number', 400, () => ({ ttl: '30s' })],
    ['a TTL below 0', 400, () => ({ ttl: '-1' })],
    ['two TTLs', 400, () => ({ ttl: ['30', '31'] })],
    ['an Urgency that there is not', 400, () => ({ urgency: 'urgent' })],
    ['two Urgencies', 400, () => ({ urgency: ['high', 'low'] })],
    ['a Topic of 33 characters', 400, () => ({ topic: 'a'.repeat(33) })],
    ['a Topic that is no base64url', 400, () => ({ topic: 'a=' })],
    ['no Topic in it', 400, () => ({ topic: '' })],
    ['no Content-Encoding', 400, () => ({ 'content-encoding': undefined })],
    ['an old Content-Encoding', 400, () => ({ 'content-encoding': 'aesgcm' })],
  ];
  it.each(refusals)('refuses %s (%i)', async (_what, status, headers) => {
    const answer = await send(service.subscribe(sender.publicKey), { headers: await headers() });
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toEqual({ message: expect.any(String) });
    expect(pushes.list()).toEqual([]);
  });

  const taken: [string, Headers][] = [
    ['no Urgency', { urgency: undefined }],
    ['no Topic', { topic: undefined }],
    ['a Topic of 32 characters', { topic: 'a'.repeat(32) }],
    ['a TTL of 0', { ttl: '0' }],
  ];
  it.each(taken)('takes %s', async (_what, headers) => {
    expect((await send(service.subscribe(sender.publicKey), { headers })).status).toBe(201);
  });

  it('takes parameters in any order, quoted too', async () => {
    const authorization = `Vapid k="${sender.publicKey}",t=${await tokenOf()}`;
    const answer = await send(service.subscribe(sender.publicKey), { headers: { authorization } });
    expect(answer.status).toBe(201);
  });

  it('lets anybody, also nobody, send to a subscription without a key; what is wrong, it refuses there too', async () => {
    const token = service.subscribe();
    const of = async (authorization: string | undefined) =>
      (await send(token, { headers: { authorization } })).status;
    expect(await of(undefined)).toBe(201);
    expect(await of(await authorized({}, stranger))).toBe(201);
    expect(await of(await authorized({ aud: 'https://x.example' }, stranger))).toBe(403);
  });

  it('takes 4,096 bytes and not one more', async () => {
    const token = service.subscribe(sender.publicKey);
    const message = (bytes: number) => JSON.stringify('x'.repeat(bytes - 2));
    const fits = encryptFor(token, message(3_993));
    expect(fits).toHaveLength(4_096);
    expect((await send(token, { body: fits })).status).toBe(201);
    expect((await send(token, { body: encryptFor(token, message(3_994)) })).status).toBe(413);
    expect((await send(token, { body: Buffer.alloc(1_000_000) })).status).toBe(413);
    expect(pushes.list()).toHaveLength(1);
  });

  it('refuses what the browser cannot read', async () => {
    const token = service.subscribe(sender.publicKey);
    for (const body of [
      Buffer.of(),
      Buffer.from('{"type":"call"}'),
      encryptFor(service.subscribe(sender.publicKey)),
      encryptFor(token, 'no JSON'),
    ]) {
      expect((await send(token, { body })).status).toBe(400);
    }
    expect(pushes.list()).toEqual([]);
  });

  it('knows its subscriptions and nothing else', async () => {
    const token = service.subscribe(sender.publicKey);
    expect((await send(token, { path: '/push/nobody' })).status).toBe(404);
    expect((await send(token, { path: '/elsewhere' })).status).toBe(404);
    expect((await send(token, { method: 'PUT' })).status).toBe(405);
    expect(pushes.list()).toEqual([]);
  });

  it.each([
    ['410', 410, undefined],
    ['UNREGISTERED', 410, undefined],
    ['429', 429, '60'],
    ['500', 500, undefined],
    ['503', 503, undefined],
  ] as const)('does what fault %s says', async (fault, status, retryAfter) => {
    const token = service.subscribe(sender.publicKey);
    // However its JSON is written.
    faults.set({ token: ` ${JSON.stringify({ expirationTime: null, ...JSON.parse(token) })}` }, fault);
    const answer = await send(token);
    expect(answer.status).toBe(status);
    expect(answer.headers['retry-after']).toBe(retryAfter);
    expect((await send(service.subscribe(sender.publicKey))).status).toBe(201);
    faults.clear(token);
    expect((await send(token)).status).toBe(201);
  });

  it('breaks off where it is to', async () => {
    const token = service.subscribe(sender.publicKey);
    faults.set({ provider: 'webpush' }, 'reset');
    await expect(send(token)).rejects.toThrow('aborted');
    expect(pushes.list()).toEqual([]);
  });
});

describe('the local cloud', () => {
  const ring = { to: '101', from: '+38761000000', fromName: 'Ann' };

  it('wakes a browser, and gives it up once it is gone', async () => {
    const cloud = await startCloud();
    const { pbx } = cloud;
    const { status, body } = await pbx.post('/_local/subscriptions', { app: 'demo' });
    expect(status).toBe(200);
    const token = String(body['token']);
    const registered = await pbx.post('/register', { extension: '101', platform: 'webpush', token });
    expect(registered.status).toBe(200);

    const called = await pbx.post('/push_call', ring);
    expect(called.body).toMatchObject({ devices: 1, accepted: 1 });
    expect(cloud.pushes.list()).toMatchObject([
      { provider: 'webpush', token, payload: { type: 'call', callee: '101', callerName: 'Ann' } },
    ]);

    await cloud.setFault({ token, fault: '410' });
    expect((await pbx.post('/push_call', ring)).body).toMatchObject({
      accepted: 0,
      phones: [{ platform: 'webpush', accepted: false, reason: 'token-refused', retryable: false }],
    });
    const { body: known } = await pbx.get('/devices?extension=101');
    expect(known['devices']).toMatchObject([{ platform: 'webpush', disabledReason: 'token-refused' }]);
    expect(cloud.logs.join('\n')).not.toContain(new URL(JSON.parse(token).endpoint).pathname);
    await cloud.close();
  });

  it('hands out subscriptions of an app that has them', async () => {
    const cloud = await startCloud();
    const only = await cloud.pbx.send('/_local/subscriptions', { method: 'POST' });
    expect(only.status).toBe(200);
    for (const app of ['other', 1, null]) {
      const { status, body } = await cloud.pbx.post('/_local/subscriptions', { app });
      expect(status).toBe(400);
      expect(body).toEqual({ message: 'app: expected one with a "webPush" side: demo' });
    }
    await cloud.close();
  });

  it('keeps its VAPID keys between runs', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'pns-proxy-'));
    const keys: unknown[] = [];
    for (let run = 0; run < 2; run += 1) {
      const cloud = await startCloud({ dir });
      await cloud.close();
      keys.push(JSON.parse(readFileSync(join(dir, 'credentials.json'), 'utf8')).privateKeys);
    }
    rmSync(dir, { recursive: true });
    expect(keys[0]).toMatchObject({ 'pns-proxy/demo/web-push': expect.stringContaining('PRIVATE KEY') });
    expect(keys[1]).toEqual(keys[0]);
  });

  it('sends to no other address of this machine', async () => {
    const cloud = await startCloud();
    const inside = await startWebPush({ certificate, pushes, faults });
    const token = inside.subscribe();
    await cloud.pbx.post('/register', { extension: '101', platform: 'webpush', token });
    const { body } = await cloud.pbx.post('/push_call', ring);
    expect(body).toMatchObject({ accepted: 0, phones: [{ reason: 'address-not-public', retryable: false }] });
    expect(pushes.list()).toEqual([]);
    await Promise.all([inside.close(), cloud.close()]);
  });
});

import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { SignJWT } from 'jose';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { AppleOptions } from '../../local/apple.ts';
import { startApple } from '../../local/apple.ts';
import type { AppleKey } from '../../local/apple-provider-token.ts';
import type { Certificate } from '../../local/certificate.ts';
import { createCertificate } from '../../local/certificate.ts';
import { createFaults } from '../../local/faults.ts';
import { createPushLog } from '../../local/pushes.ts';

/** 2026-01-01T00:00:00Z. */
const START = 1_767_225_600;
const TOKEN = 'ab'.repeat(32);

const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const demoKey: AppleKey = {
  teamId: 'TEAM123456',
  keyId: 'KEY1234567',
  publicKey: pair.publicKey,
  bundleIds: ['com.example.demo', 'com.example.other'],
};

type Claims = { iss?: string; iat?: number; kid?: string; alg?: string };
const sign = (claims: Claims = {}, key = pair.privateKey): Promise<string> => {
  const { iss = demoKey.teamId, iat = START, kid = demoKey.keyId, alg = 'ES256' } = claims;
  return new SignJWT({ iss, iat }).setProtectedHeader({ alg, kid }).sign(key);
};

let certificate: Certificate;
let bearer: string;
beforeAll(async () => {
  certificate = await createCertificate();
  bearer = `bearer ${await sign()}`;
});

let seconds = START;
let pushes = createPushLog();
let faults = createFaults();
let keys: AppleKey[] = [];
let apple: Awaited<ReturnType<typeof startApple>>;
let session: ClientHttp2Session;

const open = (): ClientHttp2Session => {
  // Node.js itself would refuse to repeat `authorization`.
  const options = { ca: certificate.cert, strictSingleValueFields: false };
  const opened = connect(apple.url, options);
  opened.on('error', () => {});
  return opened;
};
const start = async (environment: AppleOptions['environment'] = 'production') => {
  seconds = START;
  pushes = createPushLog();
  faults = createFaults();
  keys = [demoKey];
  apple = await startApple({ certificate, keys, pushes, faults, environment, now: () => seconds * 1000 });
  session = open();
};
beforeEach(() => start());
afterEach(async () => {
  session.destroy();
  await apple.close();
});

type Headers = Record<string, string | string[] | undefined>;
type Notification = {
  method?: string;
  path?: string;
  token?: string;
  /** `undefined` leaves a header of an ordinary VoIP push out. */
  headers?: Headers;
  body?: string;
};

const post = async (notification: Notification = {}, over = session) => {
  const { method = 'POST', token = TOKEN, path = `/3/device/${token}`, body = '{"aps":{}}' } = notification;
  const headers: Headers = {
    ':method': method,
    ':path': path,
    authorization: bearer,
    'apns-topic': 'com.example.demo.voip',
    'apns-push-type': 'voip',
    'apns-priority': '10',
    ...notification.headers,
  };
  const sent = Object.fromEntries(Object.entries(headers).filter(([, value]) => value !== undefined));
  const stream = over.request(sent, { endStream: false });
  const answered = once(stream, 'response');
  stream.end(body);
  const [[answer], content] = await Promise.all([answered, text(stream)]);
  const parsed: unknown = content === '' ? undefined : JSON.parse(content);
  return { status: answer[':status'], headers: answer, body: parsed };
};

describe('the fake Apple checks the provider token', () => {
  const refused: [string, Claims, typeof pair.privateKey, string][] = [
    ['of another key', {}, stranger.privateKey, 'InvalidProviderToken'],
    ['signed with RSA', { alg: 'RS256' }, rsa.privateKey, 'InvalidProviderToken'],
    ['with an unknown key id', { kid: 'UNKNOWN000' }, pair.privateKey, 'InvalidProviderToken'],
    ['of another team', { iss: 'TEAM000000' }, pair.privateKey, 'InvalidProviderToken'],
    ['of the future', { iat: START + 1 }, pair.privateKey, 'InvalidProviderToken'],
    ['older than an hour', { iat: START - 3601 }, pair.privateKey, 'ExpiredProviderToken'],
  ];
  it.each(refused)('and refuses one %s', async (_, claims, key, reason) => {
    const authorization = `bearer ${await sign(claims, key)}`;
    expect(await post({ headers: { authorization } })).toMatchObject({ status: 403, body: { reason } });
    expect(pushes.list()).toEqual([]);
  });

  it('and takes one that is an hour old', async () => {
    const authorization = `bearer ${await sign({ iat: START - 3600 })}`;
    expect(await post({ headers: { authorization } })).toMatchObject({ status: 200 });
  });

  it('and takes a key that was added later', async () => {
    const added: AppleKey = { ...demoKey, keyId: 'KEY7654321', publicKey: stranger.publicKey };
    const authorization = `bearer ${await sign({ kid: added.keyId }, stranger.privateKey)}`;
    expect(await post({ headers: { authorization } })).toMatchObject({ status: 403 });
    keys.push(added);
    expect(await post({ headers: { authorization } })).toMatchObject({ status: 200 });
  });

  it('and refuses a new one within 20 minutes of the last, but not the one before', async () => {
    expect(await post()).toMatchObject({ status: 200 });
    seconds = START + 1199;
    const authorization = `bearer ${await sign({ iat: START + 1199 })}`;
    expect(await post({ headers: { authorization } })).toMatchObject({
      status: 429,
      body: { reason: 'TooManyProviderTokenUpdates' },
    });
    expect(await post()).toMatchObject({ status: 200 });
    seconds = START + 1200;
    const later = `bearer ${await sign({ iat: START + 1200 })}`;
    expect(await post({ headers: { authorization: later } })).toMatchObject({ status: 200 });
    expect(await post()).toMatchObject({ status: 200 });
    expect(pushes.list()).toHaveLength(4);
  });

  it('and takes those of one team alone over one connection', async () => {
    const foreign: AppleKey = {
      ...demoKey,
      teamId: 'TEAM765432',
      keyId: 'KEY7654321',
      publicKey: stranger.publicKey,
    };
    keys.push(foreign);
    const claims = { iss: foreign.teamId, kid: foreign.keyId };
    const authorization = `bearer ${await sign(claims, stranger.privateKey)}`;
    expect(await post()).toMatchObject({ status: 200 });
    expect(await post({ headers: { authorization } })).toMatchObject({
      status: 403,
      body: { reason: 'InvalidProviderToken' },
    });
    expect(pushes.list()).toHaveLength(1);

    const another = open();
    expect(await post({ headers: { authorization } }, another)).toMatchObject({ status: 200 });
    expect(await post({}, another)).toMatchObject({ status: 403 });
    another.destroy();
    expect(await post()).toMatchObject({ status: 200 });
  });

  it('and refuses two at once', async () => {
    expect(await post({ headers: { authorization: [bearer, bearer] } })).toMatchObject({
      status: 400,
      body: { reason: 'DuplicateHeaders' },
    });
    expect(pushes.list()).toEqual([]);
  });

  it('and counts the 20 minutes from when a token was issued, not from its first use', async () => {
    seconds = START + 1799;
    expect(await post()).toMatchObject({ status: 200 });
    seconds = START + 1800;
    const authorization = `bearer ${await sign({ iat: START + 1800 })}`;
    expect(await post({ headers: { authorization } })).toMatchObject({ status: 200 });
  });

  it('and takes two signings of the same instant as one', async () => {
    expect(await post()).toMatchObject({ status: 200 });
    expect(await post({ headers: { authorization: `bearer ${await sign()}` } })).toMatchObject({
      status: 200,
    });
  });
});

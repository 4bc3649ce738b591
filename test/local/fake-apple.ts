import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { SignJWT } from 'jose';
import type { AppleOptions } from '../../local/apple.ts';
import { startApple } from '../../local/apple.ts';
import type { AppleKey } from '../../local/apple-provider-token.ts';
import { createCertificate } from '../../local/certificate.ts';
import { createFaults } from '../../local/faults.ts';
import { createPushLog } from '../../local/pushes.ts';

/** 2026-01-01T00:00:00Z. */
export const START = 1_767_225_600;
export const TOKEN = 'ab'.repeat(32);

export const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
export const demoKey: AppleKey = {
  teamId: 'TEAM123456',
  keyId: 'KEY1234567',
  publicKey: pair.publicKey,
  bundleIds: ['com.example.demo', 'com.example.other'],
};

export type Claims = { iss?: string; iat?: number; kid?: string; alg?: string };
/** What `authorization` carries. */
export const sign = async (claims: Claims = {}, key = pair.privateKey): Promise<string> => {
  const { iss = demoKey.teamId, iat = START, kid = demoKey.keyId, alg = 'ES256' } = claims;
  return `bearer ${await new SignJWT({ iss, iat }).setProtectedHeader({ alg, kid }).sign(key)}`;
};

export const certificate = await createCertificate();
export const bearer = await sign();

type Headers = Record<string, string | string[] | undefined>;
export type Notification = {
  method?: string;
  path?: string;
  token?: string;
  /** `undefined` leaves a header of an ordinary VoIP push out. */
  headers?: Headers;
  body?: string;
};

const postOver = async (session: ClientHttp2Session, notification: Notification) => {
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
  const stream = session.request(sent, { endStream: false });
  const answered = once(stream, 'response');
  stream.end(body);
  const [[answer], content] = await Promise.all([answered, text(stream)]);
  const parsed: unknown = content === '' ? undefined : JSON.parse(content);
  return { status: answer[':status'], headers: answer, body: parsed };
};

/** The fake Apple at {@link START}, and one connection to it. */
export const startFakeApple = async (environment: AppleOptions['environment'] = 'production') => {
  const pushes = createPushLog();
  const faults = createFaults();
  const keys = [demoKey];
  let seconds = START;
  const now = () => seconds * 1000;
  const options = { certificate, keys, pushes, faults, now };
  const apple = await startApple({ ...options, environment });
  const open = (url = apple.url): ClientHttp2Session => {
    // Node.js itself would refuse to repeat `authorization`.
    const loosely = { ca: certificate.cert, strictSingleValueFields: false };
    return connect(url, loosely).on('error', () => {});
  };
  const session = open();
  return {
    pushes,
    faults,
    keys,
    /** Of another fake Apple beside this one. */
    options,
    url: apple.url,
    open,
    session,
    post: (notification: Notification = {}, over = session) => postOver(over, notification),
    setTime: (to: number) => {
      seconds = to;
    },
    /** Of Apple's side alone. */
    stop: () => apple.close(),
    close: () => {
      session.destroy();
      return apple.close();
    },
  };
};

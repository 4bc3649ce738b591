import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { type ClientHttp2Session, connect } from 'node:http2';
import { text } from 'node:stream/consumers';
import { SignJWT } from 'jose';
import { startApple } from '../../local/apple.ts';
import type { AppleKey } from '../../local/apple-provider-token.ts';
import { createCertificate } from '../../local/certificate.ts';
import { createFaults } from '../../local/faults.ts';
import { createPushLog } from '../../local/pushes.ts';
import { startPushy } from '../emulators/pushy/pushy.ts';

export const app = 'com.example.demo';
/** What its topic has behind the bundle ID. Each topic has a device token of its own. */
const suffixes = [
  ...['', '.voip', '.voip-ptt', '.complication', '.location-query', '.pushkit.fileprovider'],
  ...['.push-type.liveactivity', '.push-type.widgets', '.push-type.controls'],
] as const;
type Suffix = (typeof suffixes)[number];
const hex = (index: number) => index.toString(16).padStart(2, '0').repeat(32);
export const tokenOf = (suffix: Suffix): string => hex(0xa0 + suffixes.indexOf(suffix));
/** Was unregistered. */
export const goneToken = hex(0xc0);
/** Of an app of another team. */
export const foreignToken = hex(0xc1);
/** Nobody registered it. */
export const unknownToken = hex(0xc2);

const pairOf = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
const [ownPair, foreignPair] = [pairOf(), pairOf()];
export const strangersKey: KeyObject = pairOf().privateKey;
export const rsaKey: KeyObject = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey;
export const foreignKey: KeyObject = foreignPair.privateKey;
const ownKey: AppleKey = {
  ...{ teamId: 'ABCDE12345', keyId: 'FGHIJ67890' },
  ...{ publicKey: ownPair.publicKey, bundleIds: [app] },
};
export const foreign: AppleKey = {
  ...{ teamId: 'ZYXWV98765', keyId: 'UTSRQ43210' },
  ...{ publicKey: foreignPair.publicKey, bundleIds: ['com.example.foreign'] },
};

type ProviderToken = {
  /** Undefined leaves a claim out. */
  claims?: { iss?: string | undefined; iat?: number | undefined };
  header?: { alg?: string; kid?: string | undefined };
  /** Seconds since it was issued. @default 0 */
  age?: number;
  signer?: KeyObject;
  /** What the header `authorization` says. @default bearer JWT */
  written?: (jwt: string) => string | string[] | undefined;
};

type Headers = Record<string, string | string[] | undefined>;

/** What differs from an ordinary call's push. */
export type Request = {
  method?: string;
  path?: string;
  provider?: ProviderToken;
  /** `undefined` leaves one out; a list repeats it. */
  headers?: Headers;
  /** `null`: the request ends with its headers. */
  body?: string | null;
};

/** What Apple says, and what stands beside it. */
export type Verdict = {
  /** Status and reason. */
  answer: string;
  /** Names of the headers and of the body's members, by which a sender reads it. */
  fields: string[];
  apnsId: 'as sent' | 'in another case' | 'made';
};

const startSeconds = Math.floor(Date.now() / 1000);

const authorizationOf = async (token: ProviderToken): Promise<string | string[] | undefined> => {
  const { claims, header, age = 0, signer = ownPair.privateKey } = token;
  const { written = (jwt: string) => `bearer ${jwt}` } = token;
  const payload: Record<string, unknown> = { iss: ownKey.teamId, iat: startSeconds - age, ...claims };
  const protectedHeader: { alg: string; [name: string]: unknown } = {
    alg: 'ES256',
    kid: ownKey.keyId,
    ...header,
  };
  const jwt = await new SignJWT(payload).setProtectedHeader(protectedHeader).sign(signer);
  return written(jwt);
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const whatBecameOf = (sent: unknown, given: unknown): Verdict['apnsId'] => {
  if (typeof given !== 'string' || !uuid.test(given)) throw new Error('an answer has no apns-id');
  if (sent === given) return 'as sent';
  return typeof sent === 'string' && sent.toLowerCase() === given.toLowerCase() ? 'in another case' : 'made';
};

const ask = async (session: ClientHttp2Session, request: Request): Promise<Verdict> => {
  const { method = 'POST', path = `/3/device/${tokenOf('.voip')}`, body = '{"aps":{}}' } = request;
  const all: Headers = {
    ':method': method,
    ':path': path,
    authorization: await authorizationOf(request.provider ?? {}),
    'apns-topic': `${app}.voip`,
    'apns-push-type': 'voip',
    'apns-priority': '10',
    ...request.headers,
  };
  const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  const stream = session.request(headers, { endStream: body === null });
  const answered = once(stream, 'response');
  if (body !== null) stream.end(body);
  const [[given], content] = await Promise.all([answered, text(stream)]);
  const parsed: Record<string, unknown> = content === '' ? {} : JSON.parse(content);
  const { reason, timestamp } = parsed;
  if (
    timestamp !== undefined &&
    !(Number(timestamp) >= startSeconds * 1000 && Number(timestamp) <= Date.now())
  )
    throw new Error('a timestamp is not of this run, in milliseconds');
  const names = Object.keys(given).filter((name) => /^(apns-|content-type$)/.test(name));
  return {
    answer: [given[':status'], reason].filter(Boolean).join(' '),
    fields: [...names, ...Object.keys(parsed)].sort(),
    apnsId: whatBecameOf(headers['apns-id'], given['apns-id']),
  };
};

/** pushy's Apple and the project's, which know the same keys and device tokens. */
export const startJudges = async () => {
  const certificate = await createCertificate();
  const faults = createFaults();
  const own = { certificate, faults, keys: [ownKey, foreign], pushes: createPushLog() };
  const [pushy, ours] = await Promise.all([
    startPushy(certificate),
    startApple({ ...own, environment: 'production' }),
  ]);
  const sessions: ClientHttp2Session[] = [];
  const sessionWith = (url: string): ClientHttp2Session => {
    // Node.js itself would refuse to repeat `authorization`.
    const options = { ca: certificate.cert, strictSingleValueFields: false };
    const session = connect(url, options);
    session.on('error', () => {});
    sessions.push(session);
    return session;
  };
  /** A connection to each. */
  const open = () => {
    const [toOurs, toPushy] = [sessionWith(ours.url), sessionWith(pushy.url)];
    return async (request: Request): Promise<{ ours: Verdict; pushys: Verdict }> => {
      const [ourVerdict, pushysVerdict] = await Promise.all([ask(toOurs, request), ask(toPushy, request)]);
      return { ours: ourVerdict, pushys: pushysVerdict };
    };
  };

  const others = suffixes.filter((suffix) => suffix !== '.voip');
  await pushy.addKey({ ...ownKey, bundleIds: others.map((suffix) => app + suffix) });
  await pushy.addKey(foreign);
  for (const suffix of suffixes) await pushy.addToken(app + suffix, tokenOf(suffix));
  await pushy.addToken(`${foreign.bundleIds}.voip`, foreignToken);
  await pushy.addToken(`${app}.voip`, goneToken);
  await pushy.unregister(goneToken);
  faults.set({ token: goneToken }, '410');
  // Ours learns a token's topic from its first push.
  for (const [suffix, type] of [
    ['', 'alert'],
    ['.voip', 'voip'],
  ] as const)
    await ask(sessionWith(ours.url), {
      path: `/3/device/${tokenOf(suffix)}`,
      headers: { 'apns-topic': app + suffix, 'apns-push-type': type },
    });

  return {
    open,
    close: async () => {
      for (const session of sessions) session.destroy();
      await Promise.all([pushy.close(), ours.close()]);
    },
  };
};
export type Judges = Awaited<ReturnType<typeof startJudges>>;

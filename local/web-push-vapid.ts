import { createPublicKey } from 'node:crypto';
import { compactVerify } from 'jose';
import type { WebPushRefusal } from './web-push-rules.ts';

/** Of a token (RFC 8292, section 2). */
const longestLifetimeMs = 24 * 60 * 60 * 1_000;

/** Who may send to a subscription: `publicKey` is the base64url that the browser was given, if it was given one. */
type Expected = { origin: string; publicKey?: string; now: number };

const absent = { status: 401, message: 'Authorization: expected vapid t=…, k=…' };
const wrong = (message: string): WebPushRefusal => ({ status: 403, message });

/** RFC 8292, section 3.2: an uncompressed point. */
const keyOf = (text: string) => {
  const point = Buffer.from(text, 'base64url');
  if (point.length !== 65 || point[0] !== 4) throw new Error('no point');
  const [x, y] = [point.subarray(1, 33), point.subarray(33)].map((half) => half.toString('base64url'));
  return createPublicKey({ key: { kty: 'EC', crv: 'P-256', x: x ?? '', y: y ?? '' }, format: 'jwk' });
};

const claimsOf = async (token: string, key: string): Promise<Map<string, unknown> | undefined> => {
  try {
    const { payload } = await compactVerify(token, keyOf(key), { algorithms: ['ES256'] });
    return new Map(Object.entries(JSON.parse(Buffer.from(payload).toString())));
  } catch {
    return undefined;
  }
};

/** `t` and `k`, in any order (RFC 8292, section 3); undefined where it is another scheme. */
const parametersOf = (authorization: string): Map<string, string> | undefined => {
  const list = /^vapid +(.+)$/i.exec(authorization)?.[1];
  if (list === undefined) return undefined;
  return new Map(
    list.split(',').map((parameter) => {
      const [name = '', ...value] = parameter.trim().split('=');
      return [name.toLowerCase(), value.join('=').replace(/^"(.*)"$/, '$1')];
    }),
  );
};

/**
 * Why a push service does not take it from this sender, if so (RFC 8292). As Apple's and Mozilla's do, it insists on
 * `sub`, which the RFC leaves to the sender.
 */
export const refusalOfSender = async (
  authorization: string | undefined,
  { origin, publicKey, now }: Expected,
): Promise<WebPushRefusal | undefined> => {
  if (authorization === undefined) return publicKey === undefined ? undefined : absent;
  const parameters = parametersOf(authorization);
  const [token, key] = [parameters?.get('t'), parameters?.get('k')];
  if (token === undefined || key === undefined) return absent;

  if (publicKey !== undefined && key !== publicKey) return wrong('k: not the key of this subscription');
  const claims = await claimsOf(token, key);
  if (claims === undefined) return wrong('t: not signed with the key that k names');
  if (claims.get('aud') !== origin) return wrong('aud: not the origin of the push address');
  const expiry = Number(claims.get('exp')) * 1_000;
  if (!(expiry > now)) return wrong('exp: over');
  if (expiry > now + longestLifetimeMs) return wrong('exp: more than 24 hours ahead');
  const subject = String(claims.get('sub'));
  return /^(mailto:\S+@\S+|https:\/\/\S+)$/.test(subject) ? undefined : wrong('sub: no mailto: or https:');
};

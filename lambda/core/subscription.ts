import { ECDH } from 'node:crypto';

/** A browser's PushSubscription (W3C Push API), as `JSON.stringify` writes it: what the token is on webpush. */
export type Subscription = {
  /** The push address: an https URL at the browser's push service. */
  endpoint: string;
  /** The browser's public key and its shared secret, for RFC 8291: both base64url. */
  keys: { p256dh: string; auth: string };
};

/** The JSON text of a PushSubscription begins so, and no other platform's token. */
export const looksLikeSubscription = (token: string): boolean => token.startsWith('{');

const bytesOf = (text: unknown): Buffer | undefined =>
  typeof text === 'string' && /^[A-Za-z0-9_-]+={0,2}$/.test(text)
    ? Buffer.from(text, 'base64url')
    : undefined;

/** RFC 8291, section 3.2: a point on P-256, uncompressed; Node.js itself tells whether it is on the curve. */
const isPoint = (key: Buffer): boolean => {
  if (key.length !== 65 || key[0] !== 4) return false;
  try {
    return ECDH.convertKey(key, 'prime256v1').length > 0;
  } catch {
    return false;
  }
};

/** Names that no public name server knows (RFC 6761, RFC 6762; `internal` is ICANN's for private use). */
const privateName = /(^|\.)(localhost|local|internal)$/;

/** `URL` has written every form of an IPv4 address as four decimal numbers, and one of IPv6 in brackets. */
const namedHost = /^[^.]+(\.[^.]+)*\.[a-z][a-z0-9-]*$/;

/** Where the local cloud's push service is; whether that may be asked is for whoever sends to say. */
const loopback = '127.0.0.1';

/** An address that may be one of a push service at all: https, to a named host, without a name or password of ours. */
const isPushAddress = (text: unknown): text is string => {
  if (typeof text !== 'string' || !URL.canParse(text)) return false;
  const { protocol, username, password, hostname, hash } = new URL(text);
  const isNamed = namedHost.test(hostname) && !privateName.test(hostname);
  return (
    protocol === 'https:' &&
    username === '' &&
    password === '' &&
    hash === '' &&
    (isNamed || hostname === loopback)
  );
};

/** Reads a token of webpush; undefined where it is none. What else the JSON holds is left out. */
export const readSubscription = (token: string): Subscription | undefined => {
  if (!looksLikeSubscription(token)) return undefined;
  try {
    const { endpoint, keys } = JSON.parse(token);
    const [p256dh, auth] = [bytesOf(keys?.p256dh), bytesOf(keys?.auth)];
    if (!isPushAddress(endpoint) || p256dh === undefined || !isPoint(p256dh) || auth?.length !== 16)
      return undefined;
    return {
      endpoint: new URL(endpoint).href,
      keys: { p256dh: p256dh.toString('base64url'), auth: auth.toString('base64url') },
    };
  } catch {
    return undefined;
  }
};

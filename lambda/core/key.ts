import { createHash, randomInt, timingSafeEqual } from 'node:crypto';

/**
 * A key reads `pns_<keyId>_<secret>_<checksum>`: recognisable to secret scanners, and told from a mistyped one
 * without asking the table. The secret holds 24 base62 digits: 142 random bits.
 */
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const shape = /^pns_([0-9A-Za-z]{12})_([0-9A-Za-z]{24})_([0-9A-Za-z]{6})$/;

export type Key = { keyId: string; secret: string };

/** What the table holds of a key. Times are epoch milliseconds. */
export type KeyRecord = {
  keyId: string;
  pbxId: string;
  /** SHA-256 of the secret, in hex. The secret is random, so a slow hash would add nothing. */
  secretHash: string;
  /** Limits the key to these apps. */
  apps?: readonly string[];
  createdAt: number;
  /** The key that this one took the place of. */
  replaces?: string;
};

const randomDigits = (length: number): string =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join('');

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

const checksum = (text: string): string =>
  Array.from(sha256(text).subarray(0, 6), (byte) => alphabet.charAt(byte % alphabet.length)).join('');

export const makeKey = (): Key => ({ keyId: randomDigits(12), secret: randomDigits(24) });

export const writeKey = ({ keyId, secret }: Key): string => {
  const body = `pns_${keyId}_${secret}`;
  return `${body}_${checksum(body)}`;
};

/** Gives undefined for what is no key, or a mistyped one. */
export const readKey = (text: string): Key | undefined => {
  const [, keyId, secret, sum] = shape.exec(text) ?? [];
  if (keyId === undefined || secret === undefined || sum === undefined) return undefined;
  return checksum(`pns_${keyId}_${secret}`) === sum ? { keyId, secret } : undefined;
};

export const hashOfSecret = (secret: string): string => sha256(secret).toString('hex');

/** In constant time. */
export const isSecretOf = (record: KeyRecord, secret: string): boolean => {
  const [expected, given] = [Buffer.from(record.secretHash, 'hex'), sha256(secret)];
  return expected.length === given.length && timingSafeEqual(expected, given);
};

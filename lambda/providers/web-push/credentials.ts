import { createECDH } from 'node:crypto';
import { isText, readFields } from '../../core/credential-fields.ts';
import { CredentialError } from '../credential-error.ts';
import type { WebPushSettings } from '../provider-settings.ts';

/** Both base64url: a point on P-256, uncompressed, and the number that it belongs to (RFC 8292, section 2). */
export type VapidKeys = { publicKey: string; privateKey: string };

/**
 * Reads a VAPID key pair.
 *
 * @param secretString the secret's text: `{"publicKey", "privateKey"}`
 * @throws CredentialError where it is none, another one than the browsers have subscribed with, or no pair
 */
export const readVapidKeys = (
  secretString: string | undefined,
  { publicKey }: Pick<WebPushSettings, 'publicKey'>,
): VapidKeys => {
  const fields = readFields(secretString);
  if (fields === undefined) throw new CredentialError('its text', 'a JSON object');
  if (unpadded(fields['publicKey']) !== publicKey)
    throw new CredentialError('publicKey', `"${publicKey}", the public key of the settings`);
  const privateKey = unpadded(fields['privateKey']);
  if (privateKey === undefined || !/^[A-Za-z0-9_-]{43}$/.test(privateKey))
    throw new CredentialError('privateKey', 'a VAPID private key: 43 characters of base64url');
  if (publicKeyOf(privateKey) !== publicKey)
    throw new CredentialError('privateKey', 'the one that belongs to publicKey');
  return { publicKey, privateKey };
};

/** Some that make keys pad base64url. */
const unpadded = (text: unknown): string | undefined => (isText(text) ? text.replace(/=+$/, '') : undefined);

const publicKeyOf = (privateKey: string): string | undefined => {
  const pair = createECDH('prime256v1');
  try {
    pair.setPrivateKey(privateKey, 'base64url');
    return pair.getPublicKey('base64url');
  } catch {
    return undefined;
  }
};

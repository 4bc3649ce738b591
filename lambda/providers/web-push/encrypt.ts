import { createECDH } from 'node:crypto';
import ece from 'http_ece';
import type { Subscription } from '../../core/subscription.ts';

/** Bytes that every push service takes (RFC 8030, section 7.2). */
const mostBytes = 4_096;

/**
 * A message as only this browser can read it (RFC 8291): one record of aes128gcm, under a key that is made for it alone.
 *
 * @returns undefined where it is longer than a push service need take
 */
export const encrypt = (message: string, { p256dh, auth }: Subscription['keys']): Buffer | undefined => {
  const privateKey = createECDH('prime256v1');
  privateKey.generateKeys();
  const encrypted = ece.encrypt(Buffer.from(message), {
    version: 'aes128gcm',
    dh: p256dh,
    authSecret: auth,
    privateKey,
  });
  return encrypted.length > mostBytes ? undefined : encrypted;
};

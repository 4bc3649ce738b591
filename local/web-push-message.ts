import { createDecipheriv, createECDH, hkdfSync } from 'node:crypto';

/** What a browser keeps of a subscription to itself, and the public half that a sender encrypts for. */
export type BrowserKeys = { privateKey: Buffer; publicKey: Buffer; auth: Buffer };

/** Bytes of a record's head: salt, record size, and the length of the key that follows (RFC 8188, section 2.1). */
const saltBytes = 16;
const headBytes = saltBytes + 4 + 1;
const pointBytes = 65;
const tagBytes = 16;

const derive = (key: Buffer, salt: Buffer, info: Buffer | string, length: number): Buffer =>
  Buffer.from(hkdfSync('sha256', key, salt, info, length));

/**
 * Reads a message as the browser does (RFC 8291, which allows one record of aes128gcm).
 *
 * @throws Error where it is not for these keys, or not of this form; says why
 */
export const decryptMessage = (body: Buffer, { privateKey, publicKey, auth }: BrowserKeys): Buffer => {
  if (body.length < headBytes + pointBytes + tagBytes + 1) throw new Error('the body is too short');
  const salt = body.subarray(0, saltBytes);
  const recordSize = body.readUInt32BE(saltBytes);
  if (body[headBytes - 1] !== pointBytes) throw new Error('the key id is not a P-256 point');
  const sender = body.subarray(headBytes, headBytes + pointBytes);
  const record = body.subarray(headBytes + pointBytes);
  if (record.length > recordSize) throw new Error('there is more than one record');

  const browser = createECDH('prime256v1');
  browser.setPrivateKey(privateKey);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), publicKey, sender]);
  const secret = derive(browser.computeSecret(sender), auth, info, 32);
  const key = derive(secret, salt, 'Content-Encoding: aes128gcm\0', 16);
  const nonce = derive(secret, salt, 'Content-Encoding: nonce\0', 12);
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(record.subarray(-tagBytes));
  const padded = Buffer.concat([decipher.update(record.subarray(0, -tagBytes)), decipher.final()]);
  // The message ends at the last byte that is not 0, which is 2 in the last record (RFC 8188, section 2).
  const end = padded.findLastIndex((byte) => byte !== 0);
  if (padded[end] !== 2) throw new Error('the padding is not that of a last record');
  return padded.subarray(0, end);
};

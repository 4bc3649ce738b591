import { createECDH } from 'node:crypto';
import ece from 'http_ece';
import { describe, expect, it } from 'vitest';
import { decryptMessage } from '../../local/web-push-message.ts';

const bytes = (text: string) => Buffer.from(text, 'base64url');

/** RFC 8291, appendix A. */
const example = {
  message: 'When I grow up, I want to be a watermelon',
  sender: 'yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw',
  browser: {
    privateKey: bytes('q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94'),
    publicKey: bytes(
      'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
    ),
    auth: bytes('BTBZMqHH6r4Tts7J_aSIgg'),
  },
  salt: 'DGv6ra1nlYgDCS1FRnbzlw',
  body: bytes(
    'DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN',
  ),
};

describe("the RFC's example", () => {
  it('is read', () => {
    expect(decryptMessage(example.body, example.browser).toString()).toBe(example.message);
  });

  it('is what the library writes', () => {
    const privateKey = createECDH('prime256v1');
    privateKey.setPrivateKey(bytes(example.sender));
    const written = ece.encrypt(Buffer.from(example.message), {
      version: 'aes128gcm',
      dh: example.browser.publicKey.toString('base64url'),
      authSecret: example.browser.auth.toString('base64url'),
      privateKey,
      salt: example.salt,
    });
    expect(written).toEqual(example.body);
  });

  it('is not read with one bit changed, wherever', () => {
    for (let index = 0; index < example.body.length; index += 1) {
      // The record size is not a part of what is signed: as a larger one it means the same.
      if (index >= 16 && index < 20) continue;
      const changed = Buffer.from(example.body);
      changed.writeUInt8(changed.readUInt8(index) ^ 1, index);
      expect(() => decryptMessage(changed, example.browser)).toThrow();
    }
  });

  it('is not read by another browser, or cut short', () => {
    const { browser, body } = example;
    expect(() => decryptMessage(body, { ...browser, auth: Buffer.alloc(16) })).toThrow();
    for (let length = 0; length < body.length; length += 1) {
      expect(() => decryptMessage(body.subarray(0, length), browser)).toThrow();
    }
  });

  it('is not read in two records', () => {
    const changed = Buffer.from(example.body);
    changed.writeUInt32BE(18, 16);
    expect(() => decryptMessage(changed, example.browser)).toThrow('more than one record');
  });
});

import { timingSafeEqual } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { hashOfSecret, isSecretOf, makeKey, readKey, writeKey } from '../../lambda/core/key.ts';
import { noon } from '../support/builders.ts';

vi.mock('node:crypto', async (original) => {
  const crypto = await original<typeof import('node:crypto')>();
  return { ...crypto, timingSafeEqual: vi.fn(crypto.timingSafeEqual) };
});

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

describe('key', () => {
  it('is read back as it was written', () => {
    const key = makeKey();
    expect(writeKey(key)).toMatch(/^pns_[0-9A-Za-z]{12}_[0-9A-Za-z]{24}_[0-9A-Za-z]{6}$/);
    expect(readKey(writeKey(key))).toEqual(key);
  });

  it('is refused when any one character is another', () => {
    const text = writeKey(makeKey());
    const wrong = Array.from(text, (right, place) =>
      [...base62, '_', '-', ' ']
        .filter((other) => other !== right)
        .map((other) => text.slice(0, place) + other + text.slice(place + 1)),
    ).flat();
    expect(wrong.length).toBeGreaterThan(48 * 60);
    expect(wrong.filter((one) => readKey(one) !== undefined)).toEqual([]);
  });

  it('is refused when two neighbours have changed places, or a part is missing, doubled or wrapped', () => {
    const text = writeKey(makeKey());
    const swapped = Array.from(text)
      .map((_, at) => text.slice(0, at) + (text[at + 1] ?? '') + (text[at] ?? '') + text.slice(at + 2))
      .filter((one) => one !== text);
    const maimed = ['', text.slice(1), text.slice(0, -1), `${text}0`, ` ${text}`, `${text}\n`, text + text];
    expect([...swapped, ...maimed].filter((one) => readKey(one) !== undefined)).toEqual([]);
  });

  it('has a secret of at least 128 random bits, every digit being possible at every place', () => {
    const secrets = Array.from({ length: 2_000 }, () => makeKey().secret);
    const bits = Array.from({ length: secrets[0]?.length ?? 0 }, (_, place) =>
      Math.log2(new Set(secrets.map((secret) => secret[place])).size),
    );
    expect(bits.reduce((sum, one) => sum + one, 0)).toBeGreaterThanOrEqual(128);
    expect(new Set(secrets).size).toBe(secrets.length);
    expect(new Set(secrets.join(''))).toEqual(new Set(base62));
  });

  it('leaves nothing but a hash of its secret', () => {
    const { secret } = makeKey();
    expect(hashOfSecret(secret)).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOfSecret(secret)).toBe(hashOfSecret(secret));
    expect(hashOfSecret(secret)).not.toBe(hashOfSecret(makeKey().secret));
  });

  it('has its secret compared in constant time', () => {
    const { keyId, secret } = makeKey();
    const record = { keyId, pbxId: 'pbx-1', secretHash: hashOfSecret(secret), createdAt: noon };
    vi.mocked(timingSafeEqual).mockClear();
    expect(isSecretOf(record, secret)).toBe(true);
    expect(isSecretOf(record, makeKey().secret)).toBe(false);
    expect(isSecretOf(record, `${secret.slice(0, -1)}!`)).toBe(false);
    expect(timingSafeEqual).toHaveBeenCalledTimes(3);
  });

  it('is nobody’s where the table holds no sound hash', () => {
    const { keyId, secret } = makeKey();
    const record = { keyId, pbxId: 'pbx-1', createdAt: noon };
    for (const secretHash of ['', secret, hashOfSecret(secret).slice(2)]) {
      expect(isSecretOf({ ...record, secretHash }, secret)).toBe(false);
    }
  });
});

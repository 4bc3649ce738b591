import { describe, expect, it } from 'vitest';
import { canonical, fingerprintOf, hashOf } from '../../lambda/core/token.ts';
import { appleToken, fcmToken } from '../support/builders.ts';

describe('token', () => {
  it('is the same in capitals where it is hex, as Apple’s are', () => {
    const token = appleToken('ann');
    expect(canonical(token.toUpperCase())).toBe(token);
    expect(hashOf(token.toUpperCase())).toBe(hashOf(token));
  });

  it('is another in capitals where it is Google’s', () => {
    const token = fcmToken('ann');
    expect(canonical(token)).toBe(token);
    expect(hashOf(token.toUpperCase())).not.toBe(hashOf(token));
  });

  it('has a hash that is its SHA-256, and a fingerprint that is 8 hex digits of it', () => {
    // The example of FIPS 180-2, appendix B.1.
    expect(hashOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(fingerprintOf('abc')).toBe('ba7816bf');
  });
});

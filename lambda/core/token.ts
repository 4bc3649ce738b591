import { createHash } from 'node:crypto';
import type { Platform } from './contract.ts';

const hex = /^[0-9a-f]+$/i;

/**
 * The form in which a push token is hashed and compared. Apple's tokens are hex and SNS gives them back
 * in lower case (Amazon SNS API reference, GetEndpointAttributes); Google's are case-sensitive.
 */
export const canonical = (token: string): string => (hex.test(token) ? token.toLowerCase() : token);

/** SHA-256 of the token, as 64 hex digits: the token's name in the table. */
export const hashOf = (token: string): string => createHash('sha256').update(canonical(token)).digest('hex');

/** What stands for a token wherever people read: the first 8 hex digits of its hash. */
export const fingerprintOf = (token: string): string => hashOf(token).slice(0, 8);

/** A token as it is kept: SNS gives Apple's back in lower case, so they are compared in it everywhere. */
export const storedForm = (platform: Platform, token: string): string =>
  platform === 'fcm' ? token : canonical(token);

/** SNS takes at most 400 hex digits of Apple's (InvalidParameter of CreatePlatformEndpoint). */
const appleToken = /^[0-9a-f]{32,400}$/i;

/**
 * Whether this can be a push token of this platform at all. Google names no form, but its tokens have never been hex
 * alone: that is an iPhone's, and would be taken for the same in capitals.
 */
export const isTokenOf = (platform: Platform, token: string): boolean =>
  platform === 'fcm' ? !hex.test(token) : appleToken.test(token);

import { createHash } from 'node:crypto';
import type { Platform } from './contract.ts';
import { looksLikeSubscription, readSubscription } from './subscription.ts';

const hex = /^[0-9a-f]+$/i;

/**
 * The form in which a push token is hashed and compared. Apple's tokens are hex and SNS gives them back
 * in lower case (Amazon SNS API reference, GetEndpointAttributes); Google's and Huawei's are case-sensitive. A browser is
 * its push address, whatever keys it has and however its JSON is written.
 */
export const canonical = (token: string): string =>
  hex.test(token) ? token.toLowerCase() : (readSubscription(token)?.endpoint ?? token);

/** SHA-256 of the token, as 64 hex digits: the token's name in the table. */
export const hashOf = (token: string): string => createHash('sha256').update(canonical(token)).digest('hex');

/** What stands for a token wherever people read: the first 8 hex digits of its hash. */
export const fingerprintOf = (token: string): string => hashOf(token).slice(0, 8);

/** A token as it is kept: SNS gives Apple's back in lower case, so they are compared in it everywhere. */
export const storedForm = (platform: Platform, token: string): string => {
  if (platform === 'webpush') return JSON.stringify(readSubscription(token));
  return platform === 'apns' || platform === 'apns-voip' ? canonical(token) : token;
};

/** SNS takes at most 400 hex digits of Apple's (InvalidParameter of CreatePlatformEndpoint). */
const appleToken = /^[0-9a-f]{32,400}$/i;

/**
 * Whether this can be a push token of this platform at all. Google and Huawei name no form, but their tokens have never
 * been hex alone: that is an iPhone's, and would be taken for the same in capitals.
 */
export const isTokenOf = (platform: Platform, token: string): boolean => {
  switch (platform) {
    case 'fcm':
    case 'hms':
      return !hex.test(token) && !looksLikeSubscription(token);
    case 'apns':
    case 'apns-voip':
      return appleToken.test(token);
    case 'webpush':
      return readSubscription(token) !== undefined;
  }
};

/** What a token of this platform looks like, in words that complete "expected …". */
export const tokenForm = {
  fcm: 'more than hex digits on fcm, and no subscription: that goes with webpush',
  hms: 'more than hex digits on hms, and no subscription: that goes with webpush',
  apns: '32 to 400 hex digits on an Apple platform',
  'apns-voip': '32 to 400 hex digits on an Apple platform',
  webpush:
    'the JSON of a PushSubscription on webpush: an https endpoint at a named host, and keys p256dh and auth',
} as const satisfies Record<Platform, string>;

import type { Request } from './apple-judges.ts';
import { goneToken, tokenOf } from './apple-judges.ts';
import { bytes, headers, to } from './apple-requests.ts';

/** One of each, refused by both for this reason. */
export const faults: Record<string, Request> = {
  MethodNotAllowed: { method: 'GET' },
  BadPath: { path: '/3/devices' },
  BadDeviceToken: to('xy'),
  DeviceTokenNotForTopic: to(tokenOf('')),
  Unregistered: to(goneToken),
  MissingProviderToken: { provider: { written: () => undefined } },
  InvalidProviderToken: { provider: { header: { kid: 'UNKNOWN000' } } },
  ExpiredProviderToken: { provider: { age: 3_601 } },
  MissingTopic: headers({ 'apns-topic': undefined }),
  InvalidPushType: headers({ 'apns-push-type': 'call' }),
  BadPriority: headers({ 'apns-priority': '9' }),
  BadMessageId: headers({ 'apns-id': '42' }),
  BadCollapseId: headers({ 'apns-collapse-id': 'x'.repeat(65) }),
  PayloadTooLarge: { body: bytes(5_121) },
  PayloadEmpty: { body: '' },
};

type Pair = { reasons: [string, string]; request: Request };

/** Every two faults that one request can have. */
export const pairs: Pair[] = Object.entries(faults).flatMap(([first, one], index, all) =>
  all
    .slice(index + 1)
    .filter(
      ([, other]) => !(['path', 'provider', 'body'] as const).some((part) => part in one && part in other),
    )
    .map(([second, other]): Pair => {
      const both = { ...one.headers, ...other.headers };
      return { reasons: [first, second], request: { ...one, ...other, headers: both } };
    }),
);

/**
 * Which of two faults each names. Apple says nothing of it, and so neither order can be judged; a sender must take any of
 * the two for an answer. What shares a line cannot be in one request.
 */
export const orders = {
  ours: [
    ['MethodNotAllowed'],
    ['BadPath', 'BadDeviceToken'],
    ['MissingProviderToken', 'InvalidProviderToken', 'ExpiredProviderToken'],
    ['MissingTopic'],
    ['DeviceTokenNotForTopic'],
    ['InvalidPushType'],
    ['BadPriority'],
    ['BadMessageId'],
    ['BadCollapseId'],
    ['PayloadTooLarge', 'PayloadEmpty'],
    ['Unregistered'],
  ],
  pushys: [
    ['BadMessageId'],
    ['MethodNotAllowed'],
    ['MissingTopic'],
    ['BadCollapseId'],
    ['BadPriority'],
    ['InvalidPushType'],
    ['BadPath', 'BadDeviceToken', 'DeviceTokenNotForTopic', 'Unregistered'],
    ['MissingProviderToken', 'InvalidProviderToken', 'ExpiredProviderToken'],
    ['PayloadTooLarge', 'PayloadEmpty'],
  ],
};

import type { Notice } from './notice.ts';
import type { Registration } from './registration.ts';

/** What tells phones apart: registrations with one deviceId are one phone. */
export const phoneOf = ({ deviceId, tokenHash }: Registration): string =>
  deviceId === undefined ? `token:${tokenHash}` : `device:${deviceId}`;

const groupByPhone = (registrations: readonly Registration[]): Registration[][] => [
  ...Map.groupBy(registrations, phoneOf).values(),
];

export const countPhones = (registrations: readonly Registration[]): number =>
  groupByPhone(registrations).length;

/**
 * Whether a token is for this: an iPhone's `apns-voip` token takes calls and nothing else, and its `apns` token takes a
 * call only where the phone asked for calls as alerts.
 */
const takes = (type: Notice['type'], { platform, callAlerts }: Registration): boolean =>
  type === 'call' ? platform !== 'apns' || callAlerts === true : platform !== 'apns-voip';

/**
 * The registrations of one phone that a push goes to: each token once, whatever lines it has, and no alert
 * beside a VoIP push.
 */
const targetsOf = (type: Notice['type'], phone: readonly Registration[]): Registration[] => {
  const able = phone.filter((registration) => takes(type, registration));
  const hasVoip = able.some(({ platform }) => platform === 'apns-voip');
  const wanted = hasVoip ? able.filter(({ platform }) => platform !== 'apns') : able;
  return [...new Map(wanted.map((registration) => [registration.tokenHash, registration])).values()];
};

/** The phones that can be told of this, each as the registrations to push to. */
export const phonesToTell = (
  type: Notice['type'],
  registrations: readonly Registration[],
): Registration[][] =>
  groupByPhone(registrations)
    .map((phone) => targetsOf(type, phone))
    .filter((targets) => targets.length > 0);

/** Those that cannot, though they have registered: iPhones of which there is no token for it. */
export const phonesWithoutToken = (
  type: Notice['type'],
  registrations: readonly Registration[],
): Registration[][] => groupByPhone(registrations).filter((phone) => targetsOf(type, phone).length === 0);

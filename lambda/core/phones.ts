import type { Registration } from './registration.ts';

/** What tells phones apart: registrations with one deviceId are one phone. */
export const phoneOf = ({ deviceId, tokenHash }: Registration): string =>
  deviceId === undefined ? `token:${tokenHash}` : `device:${deviceId}`;

const groupByPhone = (registrations: readonly Registration[]): Registration[][] => [
  ...Map.groupBy(registrations, phoneOf).values(),
];

export const countPhones = (registrations: readonly Registration[]): number =>
  groupByPhone(registrations).length;

/** Can ring for a call: an iPhone's `apns` token only where the phone asked for calls as alerts. */
const takesCalls = ({ platform, callAlerts }: Registration): boolean =>
  platform !== 'apns' || callAlerts === true;

/**
 * The registrations of one phone that a call goes to: each token once, whatever lines it has, and no alert
 * beside a VoIP push.
 */
const callTargets = (phone: readonly Registration[]): Registration[] => {
  const able = phone.filter(takesCalls);
  const hasVoip = able.some(({ platform }) => platform === 'apns-voip');
  const wanted = hasVoip ? able.filter(({ platform }) => platform !== 'apns') : able;
  return [...new Map(wanted.map((registration) => [registration.tokenHash, registration])).values()];
};

/** The phones that a call can wake, each as the registrations to push to. */
export const phonesToRing = (registrations: readonly Registration[]): Registration[][] =>
  groupByPhone(registrations)
    .map(callTargets)
    .filter((targets) => targets.length > 0);

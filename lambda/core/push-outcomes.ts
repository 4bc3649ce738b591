import type { Delivery } from './call-log.ts';
import type { PhoneOutcome } from './contract.ts';
import { pushReasons } from './contract.ts';
import { fingerprintOf } from './token.ts';

/** A PBX chooses its browsers' push services: that one of them is down or busy is no operator's affair. */
const isOurs = ({ registration, outcome }: Delivery): boolean =>
  registration.platform !== 'webpush' || outcome === 'accepted' || !pushReasons[outcome].retryable;

/** How many phones were not reached, by reason and by platform: a metric filter sees into objects, not into lists. */
export const tallied = (phones: readonly Delivery[][]) => {
  const failed = phones.filter((deliveries) => !outcomeOf(deliveries).accepted);
  const countOf = (values: readonly string[]) =>
    Object.fromEntries([...Map.groupBy(values, (value) => value)].map(([value, all]) => [value, all.length]));
  const reasons = failed.flatMap((deliveries) => {
    const ours = deliveries.filter(isOurs);
    return ours.length > 0 ? (outcomeOf(ours).reason ?? []) : [];
  });
  return {
    reason: countOf(reasons),
    platform: countOf(failed.map((deliveries) => outcomeOf(deliveries).platform)),
  };
};

/**
 * A phone is reached where one of its tokens is; else the reason that may pass comes first. Where any of them is Apple's,
 * so is the phone: a PBX pushes a call twice to phones that are not, and an iPhone must never get it twice.
 */
export const outcomeOf = (deliveries: readonly Delivery[]): PhoneOutcome => {
  const worth = ({ outcome }: Delivery) =>
    outcome === 'accepted' ? 2 : pushReasons[outcome].retryable ? 1 : 0;
  const [best] = deliveries.toSorted((a, b) => worth(b) - worth(a));
  if (best === undefined) throw new Error('a phone without registrations');
  const { registration, outcome } = best;
  const { deviceId } = registration;
  const platforms = deliveries.map(({ registration }) => registration.platform);
  const platform = platforms.find((one) => one.startsWith('apns')) ?? registration.platform;
  const name = deviceId === undefined ? { fingerprint: fingerprintOf(registration.token) } : { deviceId };
  if (outcome === 'accepted') return { ...name, platform, accepted: true };
  return { ...name, platform, accepted: false, reason: outcome, retryable: pushReasons[outcome].retryable };
};

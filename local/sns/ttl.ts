import { isVoip, type Platform } from './platforms.ts';

/** What a notification's time to live rests on. Times are epoch milliseconds. */
export type Lifetime = { platform: Platform; publishedAt: number; ttlSeconds: number };

/** Amazon SNS Developer Guide, Using the TTL message attribute: four weeks, where nobody names one. */
export const defaultTtlSeconds = 4 * 7 * 24 * 60 * 60;

const endsAt = ({ publishedAt, ttlSeconds }: Lifetime): number => publishedAt + ttlSeconds * 1000;

/**
 * Whether it stayed in SNS for longer than it was to live. TTL 0 means "now or never" to Google and Apple,
 * but on the VoIP platforms SNS takes it literally: such a push never leaves.
 */
export const isExpired = (lifetime: Lifetime, now: number): boolean =>
  lifetime.ttlSeconds === 0 ? isVoip(lifetime.platform) : now >= endsAt(lifetime);

/** Whether an attempt at that time could still deliver it. */
export const isRetryable = (lifetime: Lifetime, at: number): boolean => at < endsAt(lifetime);

/** The `apns-expiration` header, in epoch seconds. Rounded down: nothing outlives what was asked for. */
export const apnsExpiration = (lifetime: Lifetime): number =>
  lifetime.ttlSeconds === 0 ? 0 : Math.floor(endsAt(lifetime) / 1000);

/** Whole seconds left once the dwell time in SNS is subtracted: FCM's `android.ttl`. Rounded down too. */
export const remainingSeconds = (lifetime: Lifetime, now: number): number =>
  lifetime.ttlSeconds === 0 ? 0 : Math.max(0, Math.floor((endsAt(lifetime) - now) / 1000));

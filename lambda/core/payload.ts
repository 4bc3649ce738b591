import type { Platform } from './contract.ts';

/** What goes out to one phone, in the provider's own terms, before SNS wraps it. */
export type Push = {
  platform: Platform;
  /** The JSON body: FCM's `message` (HTTP v1, without `token`), or APNs' payload. */
  body: Record<string, unknown>;
  /** Present for Apple. */
  apns?: { topic: string; pushType: 'voip' | 'alert'; priority: '10'; collapseId: string };
  /** Whole seconds that the push may wait on its way: never 0, since SNS takes 0 literally on APNS_VOIP. */
  ttlSeconds: number;
};

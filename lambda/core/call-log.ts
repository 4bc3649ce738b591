import type { Outcome } from './deliver.ts';
import { phoneOf } from './phones.ts';
import type { Registration } from './registration.ts';
import { fingerprintOf } from './token.ts';

export type Delivery = { registration: Registration } & Outcome;

/** Why a call never asked for a phone that has registered for its extension. */
export type PassedOverReason =
  /** The registration had run out; DynamoDB keeps it for some days more. */
  | 'registration-expired'
  /** The PBX's key is limited to other apps. */
  | 'app-not-allowed'
  /** The PBX named other phones. */
  | 'not-named'
  /** An iPhone of which there is a token for messages alone. */
  | 'no-token-for-calls'
  /** An iPhone of which there is a token for calls alone. */
  | 'no-token-for-messages';

const named = ({ token, deviceId, platform, app }: Registration) => ({
  fingerprint: fingerprintOf(token),
  ...(deviceId !== undefined && { deviceId }),
  platform,
  app,
});

/** A push as a call's log line tells of it; `refusedAt` is when its token was, before this call. */
export const loggedPush = ({ registration, ...outcome }: Delivery) => ({
  ...named(registration),
  ...outcome,
  ...(registration.disabledAt !== undefined && {
    refusedAt: new Date(registration.disabledAt).toISOString(),
  }),
});

/**
 * The registrations of phones that a call found and did not ask for, as its log line tells of them. The line's `pushes`
 * tell of the others: a phone whose other token is among these has been asked for.
 */
export const loggedPassedOver = (
  found: readonly Registration[],
  deliveries: readonly Delivery[],
  reasonOf: (registration: Registration) => PassedOverReason,
) => {
  const askedFor = new Set(deliveries.map(({ registration }) => phoneOf(registration)));
  return found
    .filter((registration) => !askedFor.has(phoneOf(registration)))
    .map((registration) => ({ ...named(registration), reason: reasonOf(registration) }));
};

import type { Platform } from './platforms.ts';

/** `FailureType` of a DeliveryFailure event (Amazon SNS Developer Guide, FCM delivery failure events). */
export type FailureType =
  | 'InvalidPlatformToken'
  | 'InvalidNotification'
  | 'EndpointDisabled'
  | 'DependencyUnavailable'
  | 'UnexpectedFailure'
  | 'InvalidCredentials'
  | 'Throttled'
  | 'NotificationTTLExpired';

/** Why a notification was not delivered, and what follows from it. */
export type Failure = {
  type: FailureType;
  /** The same request may succeed later. */
  retry: boolean;
  /** What SNS disables, so that later publishes are refused. */
  disables: 'endpoint' | 'application' | undefined;
};

/** What came of one attempt. */
export type Verdict = 'delivered' | Failure;

const refused = (type: FailureType, disables?: 'endpoint' | 'application'): Failure => ({
  type,
  retry: false,
  disables,
});
const unavailable = (type: FailureType): Failure => ({ type, retry: true, disables: undefined });

export const expired = refused('NotificationTTLExpired');
/** No answer: the connection failed, or the provider hung. */
export const unanswered = unavailable('DependencyUnavailable');
export const endpointDisabled = refused('EndpointDisabled');
export const credentialsRefused = refused('InvalidCredentials', 'application');
const tokenRefused = refused('InvalidPlatformToken', 'endpoint');

const messages: Readonly<Record<FailureType, (platform: Platform) => string>> = {
  InvalidPlatformToken: () => 'Platform token associated with the endpoint is not valid',
  InvalidNotification: () => 'Notification body is invalid',
  EndpointDisabled: () => 'Endpoint is disabled',
  DependencyUnavailable: () => 'Dependency is not available',
  UnexpectedFailure: () => 'Unexpected failure; please contact Amazon. Failure phrase [Internal Error]',
  InvalidCredentials: () => 'Platform application credentials are not valid',
  Throttled: (platform) => `Request throttled by [${platform.toLowerCase()}]`,
  NotificationTTLExpired: () => 'Notification TTL expired',
};

export const failureMessage = (failure: FailureType, platform: Platform): string =>
  messages[failure](platform);

/** Statuses whose reason or error code is not in the tables below. */
const byStatus = (status: number): Verdict => {
  if (status === 200) return 'delivered';
  if (status === 429) return unavailable('Throttled');
  if (status === 503) return unavailable('DependencyUnavailable');
  if (status >= 500) return unavailable('UnexpectedFailure');
  return refused('InvalidNotification');
};

/** By `reason` (Apple, Handling notification responses from APNs). */
const appleReasons: Readonly<Record<string, Verdict>> = {
  BadDeviceToken: tokenRefused,
  DeviceTokenNotForTopic: tokenRefused,
  Unregistered: tokenRefused,
  ExpiredToken: tokenRefused,
  BadCertificate: credentialsRefused,
  BadCertificateEnvironment: credentialsRefused,
  BadEnvironmentKeyIdInToken: credentialsRefused,
  BadEnvironmentKeyInToken: credentialsRefused,
  Forbidden: credentialsRefused,
  InvalidProviderToken: credentialsRefused,
  MissingProviderToken: credentialsRefused,
  UnrelatedKeyIdInToken: credentialsRefused,
  // Of the clock, not of the key: the next attempt signs a new token.
  ExpiredProviderToken: unavailable('InvalidCredentials'),
};

export const appleVerdict = (status: number, reason: string | undefined): Verdict =>
  (status === 200 ? undefined : appleReasons[reason ?? '']) ?? byStatus(status);

/** By FcmError's `errorCode`, else by the error's `status` (Firebase, ErrorCode). */
const googleCodes: Readonly<Record<string, Verdict>> = {
  UNREGISTERED: tokenRefused,
  SENDER_ID_MISMATCH: tokenRefused,
  INVALID_ARGUMENT: refused('InvalidNotification'),
  PERMISSION_DENIED: refused('InvalidNotification'),
  THIRD_PARTY_AUTH_ERROR: refused('InvalidCredentials'),
  UNAUTHENTICATED: credentialsRefused,
  QUOTA_EXCEEDED: unavailable('Throttled'),
  UNAVAILABLE: unavailable('DependencyUnavailable'),
  INTERNAL: unavailable('UnexpectedFailure'),
};

export const googleVerdict = (status: number, code: string | undefined): Verdict =>
  (status === 200 ? undefined : googleCodes[code ?? '']) ?? byStatus(status);

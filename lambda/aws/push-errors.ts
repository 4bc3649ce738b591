import type { RefusalReason } from '../core/ports.ts';

/** By the SDK's error names (Amazon SNS API reference, "Publish" and "CreatePlatformEndpoint", Errors). */
const byName: Readonly<Record<string, RefusalReason>> = {
  EndpointDisabledException: 'endpoint-disabled',
  PlatformApplicationDisabledException: 'application-disabled',
  AuthorizationErrorException: 'not-authorized',
  AccessDenied: 'not-authorized',
  AccessDeniedException: 'not-authorized',
  ExpiredToken: 'not-authorized',
  IncompleteSignature: 'not-authorized',
  InvalidClientTokenId: 'not-authorized',
  RequestExpired: 'not-authorized',
  SignatureDoesNotMatch: 'not-authorized',
  UnrecognizedClientException: 'not-authorized',
  ThrottledException: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  RequestThrottled: 'throttled',
  TooManyRequestsException: 'throttled',
};

/** InvalidParameter tells what was wrong in its text alone; the first that matches counts. */
const byText: readonly [RegExp, RefusalReason][] = [
  [/No endpoint found for the target arn/i, 'endpoint-missing'],
  [/^Invalid parameter: Token\b/i, 'invalid-token'],
  // So many endpoints were made from one stale token that SNS makes no more.
  [/already registered with a different token/i, 'invalid-token'],
];

/**
 * What a failure of SNS means. `missing` is what a NotFound means: it does not say whether the endpoint or its
 * platform application is gone, but each action can miss one of them only.
 */
export const reasonOf = (error: unknown, missing: RefusalReason): RefusalReason => {
  if (!(error instanceof Error)) return 'unavailable';
  const named = byName[error.name];
  if (named !== undefined) return named;
  if (error.name === 'NotFoundException') return missing;
  if (error.name === 'InvalidParameterException' || error.name === 'InvalidParameterValueException') {
    return byText.find(([text]) => text.test(error.message))?.[1] ?? 'invalid-notification';
  }
  // Lost connections, time-outs, InternalError and every other 5xx: nothing is known to be wrong.
  const isOurs = '$fault' in error && error.$fault === 'client';
  return isOurs ? 'invalid-notification' : 'unavailable';
};

/**
 * The endpoint that CreatePlatformEndpoint names when one with other attributes has the token. The text is the
 * only place where it stands (Amazon SNS developer guide, "Creating an Amazon SNS platform endpoint").
 */
export const existingEndpoint = (error: unknown): string | undefined =>
  error instanceof Error
    ? /Endpoint (arn:aws[\w-]*:sns[^ ]+) already exists with the same [Tt]oken/.exec(error.message)?.[1]
    : undefined;

import { describe, expect, it } from 'vitest';
import { appleVerdict, type Failure, failureMessage, googleVerdict } from '../../../local/sns/failures.ts';

const refused = (type: Failure['type'], disables?: Failure['disables']) => ({ type, retry: false, disables });
const retried = (type: Failure['type']) => ({ type, retry: true, disables: undefined });

describe("Google's answers", () => {
  it.each([
    [404, 'UNREGISTERED', refused('InvalidPlatformToken', 'endpoint')],
    [403, 'SENDER_ID_MISMATCH', refused('InvalidPlatformToken', 'endpoint')],
    [400, 'INVALID_ARGUMENT', refused('InvalidNotification')],
    [403, 'PERMISSION_DENIED', refused('InvalidNotification')],
    [401, 'THIRD_PARTY_AUTH_ERROR', refused('InvalidCredentials')],
    [401, 'UNAUTHENTICATED', refused('InvalidCredentials', 'application')],
    [503, 'UNAVAILABLE', retried('DependencyUnavailable')],
    [500, 'INTERNAL', retried('UnexpectedFailure')],
    [429, 'QUOTA_EXCEEDED', retried('Throttled')],
    [404, undefined, refused('InvalidNotification')],
    [502, undefined, retried('UnexpectedFailure')],
    [200, undefined, 'delivered'],
  ])('%i %s', (status, code, verdict) => {
    expect(googleVerdict(status, code)).toEqual(verdict);
  });
});

describe("Apple's answers", () => {
  it.each([
    [410, 'Unregistered', refused('InvalidPlatformToken', 'endpoint')],
    [410, 'ExpiredToken', refused('InvalidPlatformToken', 'endpoint')],
    [400, 'BadDeviceToken', refused('InvalidPlatformToken', 'endpoint')],
    [400, 'DeviceTokenNotForTopic', refused('InvalidPlatformToken', 'endpoint')],
    [400, 'BadTopic', refused('InvalidNotification')],
    [413, 'PayloadTooLarge', refused('InvalidNotification')],
    [403, 'InvalidProviderToken', refused('InvalidCredentials', 'application')],
    [403, 'BadEnvironmentKeyInToken', refused('InvalidCredentials', 'application')],
    [403, 'ExpiredProviderToken', retried('InvalidCredentials')],
    [429, 'TooManyRequests', retried('Throttled')],
    [429, 'TooManyProviderTokenUpdates', retried('Throttled')],
    [500, 'InternalServerError', retried('UnexpectedFailure')],
    [503, 'ServiceUnavailable', retried('DependencyUnavailable')],
    [200, undefined, 'delivered'],
  ])('%i %s', (status, reason, verdict) => {
    expect(appleVerdict(status, reason)).toEqual(verdict);
  });
});

it('names the platform where it throttles', () => {
  expect(failureMessage('Throttled', 'GCM')).toBe('Request throttled by [gcm]');
});

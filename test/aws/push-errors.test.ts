import {
  AuthorizationErrorException,
  EndpointDisabledException,
  InternalErrorException,
  InvalidParameterException,
  InvalidParameterValueException,
  NotFoundException,
  PlatformApplicationDisabledException,
  SNSServiceException,
  ThrottledException,
} from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { existingEndpoint, reasonOf } from '../../lambda/aws/push-errors.ts';
import type { RefusalReason } from '../../lambda/core/ports.ts';

const arn =
  'arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/pns-proxy-demo/5e3e9847-3183-3f18-a7e8-671c3a57d4b3';
const told = (message: string) => ({ message, $metadata: {} });
const invalid = (text: string) => new InvalidParameterException(told(`Invalid parameter: ${text}`));
const answered = (name: string, fault: 'client' | 'server') =>
  new SNSServiceException({ name, $fault: fault, message: name, $metadata: {} });
const system = (code: string) => Object.assign(new Error(code), { code });
const named = (name: string) => Object.assign(new Error(name), { name });

describe('reasonOf', () => {
  const rows: [string, unknown, RefusalReason][] = [
    ['EndpointDisabled', new EndpointDisabledException(told('Endpoint is disabled')), 'endpoint-disabled'],
    [
      'PlatformApplicationDisabled',
      new PlatformApplicationDisabledException(told('Platform application is disabled')),
      'application-disabled',
    ],
    [
      'AuthorizationError',
      new AuthorizationErrorException(told('User: … is not authorized')),
      'not-authorized',
    ],
    ['AccessDenied', answered('AccessDenied', 'client'), 'not-authorized'],
    ['AccessDeniedException', answered('AccessDeniedException', 'client'), 'not-authorized'],
    ['InvalidClientTokenId', answered('InvalidClientTokenId', 'client'), 'not-authorized'],
    ['SignatureDoesNotMatch', answered('SignatureDoesNotMatch', 'client'), 'not-authorized'],
    ['Throttled', new ThrottledException(told('Rate exceeded')), 'throttled'],
    ['Throttling', answered('Throttling', 'client'), 'throttled'],
    ['ThrottlingException', answered('ThrottlingException', 'client'), 'throttled'],
    ['InternalError', new InternalErrorException(told('Internal Error')), 'unavailable'],
    ['ServiceUnavailable', answered('ServiceUnavailable', 'server'), 'unavailable'],
    ['a lost connection', system('ECONNRESET'), 'unavailable'],
    ['a name that does not resolve', system('ENOTFOUND'), 'unavailable'],
    ['a time-out', named('TimeoutError'), 'unavailable'],
    ['an aborted request', named('AbortError'), 'unavailable'],
    ['something that is no error', 'thrown', 'unavailable'],
    ['any other fault of the request', answered('InvalidAction', 'client'), 'invalid-notification'],
    [
      'a deleted endpoint',
      invalid('TargetArn Reason: No endpoint found for the target arn specified'),
      'endpoint-missing',
    ],
    ['a token of a bad shape', invalid('Token Reason: cannot be empty'), 'invalid-token'],
    [
      'a token too long',
      invalid('Token Reason: must be at most 8192 bytes long in UTF-8 encoding'),
      'invalid-token',
    ],
    [
      'Apple’s token too long',
      invalid('Token Reason: iOS device tokens must be no more than 400 hexadecimal characters'),
      'invalid-token',
    ],
    [
      'too many endpoints of one stale token',
      invalid('This endpoint is already registered with a different token'),
      'invalid-token',
    ],
    [
      'user data too long',
      invalid(
        'Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in UTF-8 encoding',
      ),
      'invalid-notification',
    ],
    [
      'a notification too long for Google',
      invalid(
        'Message Reason: Invalid notification for protocol GCM: Notification data is larger than allowed limit',
      ),
      'invalid-notification',
    ],
    [
      'a notification too long for Apple',
      invalid('Message Reason: Invalid notification for protocol APNS_VOIP: Notification is too long'),
      'invalid-notification',
    ],
    ['a message too long', invalid('Message too long'), 'invalid-notification'],
    [
      'a malformed ARN',
      invalid('EndpointArn Reason: Wrong number of slashes in relative portion of the ARN.'),
      'invalid-notification',
    ],
    [
      'a bad message attribute',
      new InvalidParameterValueException(told("The message attribute 'AWS.SNS.MOBILE.X' …")),
      'invalid-notification',
    ],
  ];

  it.each(rows)('%s', (_, error, reason) => {
    expect(reasonOf(error, 'application-disabled')).toBe(reason);
  });

  it.each(['Endpoint does not exist', 'PlatformApplication does not exist'])(
    'takes NotFound for what the request can miss, for its text does not tell: %s',
    (text) => {
      const error = new NotFoundException(told(text));
      expect(reasonOf(error, 'endpoint-missing')).toBe('endpoint-missing');
      expect(reasonOf(error, 'application-disabled')).toBe('application-disabled');
    },
  );

  it('is not led astray by a token that reads like another error', () => {
    const text = 'Token Reason: PlatformApplicationDisabled already registered with a different token';
    expect(reasonOf(invalid(text), 'endpoint-missing')).toBe('invalid-token');
  });
});

describe('existingEndpoint', () => {
  it.each(['aws', 'aws-us-gov', 'aws-cn'])('is the one that SNS names, in the partition %s', (partition) => {
    const named = arn.replace('arn:aws:', `arn:${partition}:`);
    const text = `Token Reason: Endpoint ${named} already exists with the same Token, but different attributes.`;
    expect(existingEndpoint(invalid(text))).toBe(named);
  });

  it.each([
    ['another refusal', invalid('Token Reason: cannot be empty')],
    ['no error', `Endpoint ${arn} already exists with the same Token`],
    ['a topic', invalid(`Endpoint ${arn} exists`)],
  ])('is none in %s', (_, error) => {
    expect(existingEndpoint(error)).toBeUndefined();
  });
});

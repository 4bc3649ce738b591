import type { Violation } from './google-schema.ts';

/** An answer of Google's that is no success: status, headers and JSON body. */
export type GoogleRefusal = { status: number; headers?: Record<string, string>; body: unknown };

const refusal = (
  code: number,
  status: string,
  message: string,
  details: readonly unknown[],
): GoogleRefusal => ({
  status: code,
  body: { error: { code, message, status, details } },
});

const fcmError = (errorCode: string) => ({
  '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError',
  errorCode,
});

const badRequest = (fieldViolations: readonly Violation[]) => ({
  '@type': 'type.googleapis.com/google.rpc.BadRequest',
  fieldViolations,
});

const errorInfo = (reason: string) => ({
  '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
  reason,
  domain: 'googleapis.com',
  metadata: { service: 'fcm.googleapis.com', method: 'google.firebase.fcm.v1.FcmService.SendMessage' },
});

/** The JSON is not FCM's: Google's front end refuses it before FCM sees it, so that there is no FcmError. */
export const badJson = (violations: readonly Violation[]): GoogleRefusal =>
  refusal(400, 'INVALID_ARGUMENT', violations.map(({ description }) => description).join('\n'), [
    badRequest(violations),
  ]);

/** FCM itself refuses the message ("FCM error codes": INVALID_ARGUMENT). */
export const invalidArgument = (violation: Violation): GoogleRefusal =>
  refusal(400, 'INVALID_ARGUMENT', violation.description, [
    fcmError('INVALID_ARGUMENT'),
    badRequest([violation]),
  ]);

export const notFound: GoogleRefusal = refusal(404, 'NOT_FOUND', 'Method not found.', []);

export const unauthenticated = (reason: 'CREDENTIALS_MISSING' | 'ACCESS_TOKEN_EXPIRED'): GoogleRefusal => ({
  ...refusal(
    401,
    'UNAUTHENTICATED',
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    [errorInfo(reason)],
  ),
  headers: { 'www-authenticate': 'Bearer realm="https://accounts.google.com/", error="invalid_token"' },
});

export const permissionDenied = (projectId: string): GoogleRefusal =>
  refusal(
    403,
    'PERMISSION_DENIED',
    `Permission 'cloudmessaging.messages.create' denied on resource '//cloudresourcemanager.googleapis.com/projects/${projectId}' (or it may not exist).`,
    [errorInfo('IAM_PERMISSION_DENIED')],
  );

export const senderIdMismatch = refusal(403, 'PERMISSION_DENIED', 'SenderId mismatch', [
  fcmError('SENDER_ID_MISMATCH'),
]);

export const unregistered = refusal(404, 'NOT_FOUND', 'Requested entity was not found.', [
  fcmError('UNREGISTERED'),
]);

export const quotaExceeded: GoogleRefusal = {
  ...refusal(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded for the message target.', [
    fcmError('QUOTA_EXCEEDED'),
  ]),
  // "Scale your FCM messages": a sender waits as long as it is told, and a minute if it is not.
  headers: { 'retry-after': '60' },
};

export const internal = refusal(500, 'INTERNAL', 'Internal error encountered.', [fcmError('INTERNAL')]);

export const unavailable = refusal(503, 'UNAVAILABLE', 'The service is currently unavailable.', [
  fcmError('UNAVAILABLE'),
]);

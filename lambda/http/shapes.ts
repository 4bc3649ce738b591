import * as v from 'valibot';
import type { Complaint, DeleteRequest, PushCancelRequest, RegisterRequest } from '../core/contract.ts';
import { isTokenOf, tokenForm } from '../core/token.ts';
import { expectations, fields } from './fields.ts';

/** What each request must be as a whole: to the endpoint, and to pns before it. */
const { exactOptional: optional, strictObject } = v;

export const registerShape = strictObject({
  extension: fields.extension,
  token: fields.token,
  platform: fields.platform,
  app: optional(fields.app),
  environment: optional(fields.environment),
  line: optional(fields.line),
  deviceId: optional(fields.deviceId),
  deviceName: optional(fields.deviceName),
  callAlerts: optional(fields.callAlerts),
  harmonyOs: optional(fields.harmonyOs),
});

/** What is wrong with a register whose fields are right, each by itself. */
export const registerComplaints = (request: RegisterRequest): Complaint[] => {
  const { platform, token, deviceId, callAlerts, harmonyOs } = request;
  if (!isTokenOf(platform, token)) return [{ path: 'token', expected: tokenForm[platform] }];
  if (harmonyOs === true && platform !== 'hms')
    return [{ path: 'harmonyOs', expected: 'nothing beside a platform other than hms' }];
  if (platform !== 'apns' || deviceId !== undefined || callAlerts === true) return [];
  return [{ path: 'deviceId', expected: `${expectations.deviceId}; or callAlerts that is true` }];
};

export const pushCallShape = strictObject({
  to: fields.to,
  from: optional(fields.from),
  fromName: optional(fields.fromName),
  uuid: optional(fields.uuid),
  callId: optional(fields.callId),
  ringSeconds: optional(fields.ringSeconds),
  only: optional(fields.only),
  test: optional(fields.test),
});

export const pushCancelShape = strictObject({
  to: fields.to,
  uuid: optional(fields.uuid),
  callId: optional(fields.callId),
  reason: fields.reason,
  from: optional(fields.from),
  fromName: optional(fields.fromName),
  only: optional(fields.only),
  except: optional(fields.except),
});

/** What is wrong with a cancel whose fields are right, each by itself. */
export const pushCancelComplaints = ({ uuid, callId, only, except }: PushCancelRequest): Complaint[] => [
  ...(uuid === undefined && !callId ? [{ path: 'uuid', expected: `${expectations.uuid}; or a callId` }] : []),
  ...(only && except ? [{ path: 'except', expected: 'nothing beside only' }] : []),
];

export const pushMessageShape = strictObject({
  to: fields.to,
  from: fields.from,
  fromName: optional(fields.fromName),
  kind: fields.kind,
  text: optional(fields.text),
  messageId: optional(fields.messageId),
  badge: optional(fields.badge),
});

export const updateShape = strictObject({ oldToken: fields.oldToken, newToken: fields.newToken });

export const deleteShape = strictObject({
  token: optional(fields.token),
  line: optional(fields.line),
  extension: optional(fields.extension),
  deviceId: optional(fields.deviceId),
  fingerprint: optional(fields.fingerprint),
});

/** Which of its two forms a delete has; or what is wrong with it, though its fields are right. */
export const deleteRequestOf = (
  given: v.InferOutput<typeof deleteShape>,
): { request: DeleteRequest } | { complaints: Complaint[] } => {
  const { token, line, extension, deviceId, fingerprint } = given;
  const misplaced = (path: keyof typeof given, expected: string): Complaint[] =>
    given[path] === undefined ? [] : [{ path, expected }];

  if (token !== undefined) {
    const complaints = [
      ...misplaced('extension', 'nothing beside token'),
      ...misplaced('deviceId', 'nothing beside token: it goes with extension'),
      ...misplaced('fingerprint', 'nothing beside token: it goes with extension'),
    ];
    if (complaints.length > 0) return { complaints };
    return { request: { token, ...(line !== undefined && { line }) } };
  }
  if (extension === undefined) {
    return { complaints: [{ path: 'token', expected: `${expectations.token}; or an extension` }] };
  }
  const complaints = [
    ...misplaced('line', 'nothing beside extension: it goes with token'),
    ...(deviceId === undefined ? [] : misplaced('fingerprint', 'nothing beside deviceId')),
  ];
  if (complaints.length > 0) return { complaints };
  return {
    request: {
      extension,
      ...(deviceId !== undefined && { deviceId }),
      ...(fingerprint !== undefined && { fingerprint }),
    },
  };
};

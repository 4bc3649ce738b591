import type {
  DeleteRequest,
  PushCallRequest,
  PushMessageRequest,
  RegisterRequest,
  UpdateRequest,
} from 'pns-proxy-client';
import * as v from 'valibot';
import type { CancelRequest, RegisteredRequest } from '../operations.ts';
import type { Settings } from '../settings/settings.ts';
import type { FieldName } from './fields.ts';
import { expectations, fields } from './fields.ts';
import type { Complaint } from './problems.ts';
import { invalid } from './problems.ts';

const { exactOptional: optional, strictObject } = v;

const registerSchema = strictObject({
  extension: fields.extension,
  token: fields.token,
  platform: optional(fields.platform),
  app: optional(fields.app),
  environment: optional(fields.environment),
  line: optional(fields.line),
  deviceId: optional(fields.deviceId),
  deviceName: optional(fields.deviceName),
  callAlerts: optional(fields.callAlerts),
});

const pushCallSchema = strictObject({
  to: fields.to,
  from: optional(fields.from),
  fromName: optional(fields.fromName),
  uuid: optional(fields.uuid),
  callId: optional(fields.callId),
  ringSeconds: optional(fields.ringSeconds),
  only: optional(fields.only),
  test: optional(fields.test),
});

const pushCancelSchema = strictObject({
  to: fields.to,
  uuid: optional(fields.uuid),
  callId: optional(fields.callId),
  reason: optional(fields.reason, 'caller_hung_up'),
});

const pushMessageSchema = strictObject({
  to: fields.to,
  from: fields.from,
  fromName: optional(fields.fromName),
  kind: fields.kind,
  text: optional(fields.text),
  messageId: optional(fields.messageId),
  badge: optional(fields.badge),
});

const updateSchema = strictObject({ oldToken: fields.oldToken, newToken: fields.newToken });

const deleteSchema = strictObject({
  token: optional(fields.token),
  line: optional(fields.line),
  extension: optional(fields.extension),
  deviceId: optional(fields.deviceId),
  fingerprint: optional(fields.fingerprint),
});

const registeredSchema = strictObject({ extension: fields.extension, deviceId: optional(fields.deviceId) });

/** The form of Apple's tokens; the longest is what SNS takes. */
const appleToken = /^[0-9a-f]{32,400}$/i;
const hex = /^[0-9a-f]+$/i;

/** What is not told comes from the settings: of a token alone, its platform too. */
export const parseRegister = (input: object, settings: Settings): RegisterRequest => {
  const told = parse(registerSchema, input);
  const platform = told.platform ?? (hex.test(told.token) ? settings.legacyApplePlatform : 'fcm');
  const app = told.app ?? settings.app;
  const request: RegisterRequest = { ...told, platform, ...(app !== undefined && { app }) };
  if (platform === 'fcm' ? hex.test(told.token) : !appleToken.test(told.token)) {
    const [apple, google] = ['32 to 400 hex digits on an Apple platform', 'more than hex digits on fcm'];
    throw invalid([{ path: 'token', expected: platform === 'fcm' ? google : apple }]);
  }
  if (platform !== 'apns' || told.deviceId !== undefined || told.callAlerts === true) return request;
  // The original's phones have this one token: whoever is called on them gets alerts.
  if (told.platform === undefined && told.callAlerts === undefined) return { ...request, callAlerts: true };
  throw invalid([{ path: 'deviceId', expected: `${expectations.deviceId}; or callAlerts that is true` }]);
};

export const parsePushCall = (input: object): PushCallRequest => parse(pushCallSchema, input);
export const parsePushCancel = (input: object): CancelRequest => parse(pushCancelSchema, input);
export const parsePushMessage = (input: object): PushMessageRequest => parse(pushMessageSchema, input);
export const parseUpdate = (input: object): UpdateRequest => parse(updateSchema, input);
export const parseRegistered = (input: object): RegisteredRequest => parse(registeredSchema, input);
export const parseNothing = (input: object): void => void parse(strictObject({}), input);

export const parseDelete = (input: object): DeleteRequest => {
  const { token, line, extension, deviceId, fingerprint } = parse(deleteSchema, input);
  const misplaced = (path: FieldName, expected: string, value: unknown): Complaint[] =>
    value === undefined ? [] : [{ path, expected }];

  if (token !== undefined) {
    const complaints = [
      ...misplaced('extension', 'nothing beside token', extension),
      ...misplaced('deviceId', 'nothing beside token: it goes with extension', deviceId),
      ...misplaced('fingerprint', 'nothing beside token: it goes with extension', fingerprint),
    ];
    if (complaints.length > 0) throw invalid(complaints);
    return { token, ...(line !== undefined && { line }) };
  }
  if (extension === undefined) {
    throw invalid([{ path: 'token', expected: `${expectations.token}; or an extension` }]);
  }
  const complaints = misplaced('line', 'nothing beside extension: it goes with token', line);
  if (deviceId !== undefined) {
    complaints.push(...misplaced('fingerprint', 'nothing beside deviceId', fingerprint));
  }
  if (complaints.length > 0) throw invalid(complaints);
  return {
    extension,
    ...(deviceId !== undefined && { deviceId }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
};

const isField = (name: string): name is FieldName => Object.hasOwn(fields, name);

const parse = <Entries extends v.ObjectEntries>(
  schema: v.StrictObjectSchema<Entries, undefined>,
  input: object,
): v.InferOutput<v.StrictObjectSchema<Entries, undefined>> => {
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const known = Object.keys(schema.entries).join(', ') || 'none';
  const complaints = result.issues.map((issue): Complaint => {
    const path = String(issue.path?.[0].key ?? '');
    if (!Object.hasOwn(schema.entries, path) || !isField(path)) {
      return { path, expected: `no such field; known: ${known}` };
    }
    const missing = issue.received === 'undefined' ? 'missing; ' : '';
    const lostPlus = typeof issue.input === 'string' && issue.input.includes(' ');
    const hint = lostPlus ? '; in a query or form, + is written %2B' : '';
    return { path, expected: `${missing}${expectations[path]}${hint}` };
  });
  throw invalid(complaints);
};

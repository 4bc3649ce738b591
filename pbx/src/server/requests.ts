import type {
  Complaint,
  DeleteRequest,
  PushCallRequest,
  PushMessageRequest,
  RegisterRequest,
  UpdateRequest,
} from 'pns-proxy-client';
import * as v from 'valibot';
import { isTokenOf } from '../../../lambda/core/token.ts';
import type { FieldName } from '../../../lambda/http/fields.ts';
import { fields } from '../../../lambda/http/fields.ts';
import {
  deleteRequestOf,
  deleteShape,
  pushCallShape,
  registerComplaints,
  registerShape,
  updateShape,
} from '../../../lambda/http/shapes.ts';
import type { CancelRequest, RegisteredRequest } from '../operations.ts';
import type { Settings } from '../settings/settings.ts';
import { expectations } from './fields.ts';
import { invalid } from './problems.ts';

const { exactOptional: optional, strictObject } = v;

/** The original's has token and extension alone. */
const looseRegisterShape = strictObject({ ...registerShape.entries, platform: optional(fields.platform) });

const pushCancelShape = strictObject({
  to: fields.to,
  uuid: optional(fields.uuid),
  callId: optional(fields.callId),
  reason: optional(fields.reason, 'caller_hung_up'),
  from: optional(fields.from),
  fromName: optional(fields.fromName),
});

const pushMessageShape = strictObject({
  to: fields.to,
  // In a query or form, that of a caller who withholds it is empty, and so not there.
  from: optional(fields.from, ''),
  fromName: optional(fields.fromName),
  kind: fields.kind,
  text: optional(fields.text),
  messageId: optional(fields.messageId),
  badge: optional(fields.badge),
});

const registeredShape = strictObject({ extension: fields.extension, deviceId: optional(fields.deviceId) });

/** What is not told comes from the settings: of a token alone, its platform too. */
export const parseRegister = (input: object, settings: Settings): RegisterRequest => {
  const told = parse(looseRegisterShape, input);
  const platform = told.platform ?? (isTokenOf('fcm', told.token) ? 'fcm' : settings.legacyApplePlatform);
  const app = told.app ?? settings.app;
  // The original's phones have this one token: whoever is called on them gets alerts.
  const isAlerted = told.platform === undefined && platform === 'apns' && told.deviceId === undefined;
  const request: RegisterRequest = {
    ...(isAlerted && { callAlerts: true }),
    ...told,
    platform,
    ...(app !== undefined && { app }),
  };
  const complaints = registerComplaints(request);
  if (complaints.length > 0) throw invalid(complaints);
  return request;
};

export const parsePushCall = (input: object): PushCallRequest => parse(pushCallShape, input);
export const parsePushCancel = (input: object): CancelRequest => parse(pushCancelShape, input);
export const parsePushMessage = (input: object): PushMessageRequest => parse(pushMessageShape, input);
export const parseUpdate = (input: object): UpdateRequest => parse(updateShape, input);
export const parseRegistered = (input: object): RegisteredRequest => parse(registeredShape, input);
export const parseNothing = (input: object): void => void parse(strictObject({}), input);

export const parseDelete = (input: object): DeleteRequest => {
  const given = deleteRequestOf(parse(deleteShape, input));
  if ('complaints' in given) throw invalid(given.complaints);
  return given.request;
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

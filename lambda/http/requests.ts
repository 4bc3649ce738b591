import * as v from 'valibot';
import type { DeleteRequest, PushCallRequest, RegisterRequest, UpdateRequest } from '../core/contract.ts';
import type { Complaint } from '../core/errors.ts';
import { ServiceError } from '../core/errors.ts';
import { isTokenOf } from '../core/token.ts';
import { expectations, fields } from './fields.ts';

const { exactOptional: optional, strictObject } = v;

const registerSchema = strictObject({
  extension: fields.extension,
  token: fields.token,
  platform: fields.platform,
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

const updateSchema = strictObject({ oldToken: fields.oldToken, newToken: fields.newToken });

const deleteSchema = strictObject({
  token: optional(fields.token),
  line: optional(fields.line),
  extension: optional(fields.extension),
  deviceId: optional(fields.deviceId),
  fingerprint: optional(fields.fingerprint),
});

const devicesSchema = strictObject({ extension: fields.extension });

export const parseRegister = (body: unknown): RegisterRequest => {
  const request = parse(registerSchema, body);
  if (!isTokenOf(request.platform, request.token)) {
    const [apple, google] = ['32 to 400 hex digits on an Apple platform', 'more than hex digits on fcm'];
    throw invalid([{ path: 'token', expected: request.platform === 'fcm' ? google : apple }]);
  }
  if (request.platform === 'apns' && request.deviceId === undefined && request.callAlerts !== true) {
    throw invalid([{ path: 'deviceId', expected: `${expectations.deviceId}; or "callAlerts": true` }]);
  }
  return request;
};

export const parsePushCall = (body: unknown): PushCallRequest => parse(pushCallSchema, body);

export const parseUpdate = (body: unknown): UpdateRequest => parse(updateSchema, body);

export const parseDelete = (body: unknown): DeleteRequest => {
  const { token, line, extension, deviceId, fingerprint } = parse(deleteSchema, body);
  const misplaced = (path: string, expected: string, value: unknown) =>
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
  if (extension === undefined)
    throw invalid([{ path: 'token', expected: `${expectations.token}; or an extension` }]);
  const complaints = misplaced('line', 'nothing beside extension: it goes with token', line);
  if (deviceId !== undefined)
    complaints.push(...misplaced('fingerprint', 'nothing beside deviceId', fingerprint));
  if (complaints.length > 0) throw invalid(complaints);
  return {
    extension,
    ...(deviceId !== undefined && { deviceId }),
    ...(fingerprint !== undefined && { fingerprint }),
  };
};

export const parseDevices = (query: unknown): { extension: string } => parse(devicesSchema, query);

const invalid = (complaints: readonly Complaint[]): ServiceError =>
  new ServiceError(
    'invalid-request',
    complaints.map(({ path, expected }) => `${path || 'body'}: ${expected}`).join('; '),
    {
      complaints,
    },
  );

/** Not so long that it could be a token. */
const looksLikeName = (path: string): boolean => /^[A-Za-z][A-Za-z0-9_]{0,30}$/.test(path);

const isField = (name: string): name is keyof typeof expectations => Object.hasOwn(expectations, name);

const parse = <Schema extends v.GenericSchema>(schema: Schema, input: unknown): v.InferOutput<Schema> => {
  const result = v.safeParse(schema, Array.isArray(input) ? undefined : input);
  if (result.success) return result.output;
  const complaints = result.issues.map((issue): Complaint => {
    const path = v.getDotPath(issue) ?? '';
    // The name of an unknown field is the sender's text; it is told back only where it looks like a name.
    if (issue.expected === 'never') {
      return looksLikeName(path)
        ? { path, expected: 'no such field' }
        : { path: '', expected: 'no fields but those described' };
    }
    if (path === '') return { path, expected: 'a JSON object' };
    // Of a list, the path ends in the place.
    const [name = ''] = path.split('.');
    return { path, expected: isField(name) ? expectations[name] : 'something else' };
  });
  throw invalid(complaints);
};

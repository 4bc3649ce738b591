import * as v from 'valibot';
import type {
  Complaint,
  DeleteRequest,
  PushCallRequest,
  PushCancelRequest,
  PushMessageRequest,
  RegisterRequest,
  UpdateRequest,
} from '../core/contract.ts';
import { ServiceError } from '../core/errors.ts';
import { expectations, fields, looksLikeName } from './fields.ts';
import {
  deleteRequestOf,
  deleteShape,
  pushCallShape,
  pushCancelComplaints,
  pushCancelShape,
  pushMessageShape,
  registerComplaints,
  registerShape,
  updateShape,
} from './shapes.ts';

const devicesShape = v.strictObject({ extension: fields.extension });

export const parseRegister = (body: unknown): RegisterRequest => {
  const request = parse(registerShape, body);
  const complaints = registerComplaints(request);
  if (complaints.length > 0) throw invalid(complaints);
  return request;
};

export const parsePushCall = (body: unknown): PushCallRequest => parse(pushCallShape, body);

export const parsePushCancel = (body: unknown): PushCancelRequest => {
  const request = parse(pushCancelShape, body);
  const complaints = pushCancelComplaints(request);
  if (complaints.length > 0) throw invalid(complaints);
  return request;
};

export const parsePushMessage = (body: unknown): PushMessageRequest => parse(pushMessageShape, body);

export const parseUpdate = (body: unknown): UpdateRequest => parse(updateShape, body);

export const parseDelete = (body: unknown): DeleteRequest => {
  const given = deleteRequestOf(parse(deleteShape, body));
  if ('complaints' in given) throw invalid(given.complaints);
  return given.request;
};

export const parseDevices = (query: unknown): { extension: string } => parse(devicesShape, query);

const invalid = (complaints: readonly Complaint[]): ServiceError =>
  new ServiceError(
    'invalid-request',
    complaints.map(({ path, expected }) => `${path || 'body'}: ${expected}`).join('; '),
    {
      complaints,
    },
  );

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

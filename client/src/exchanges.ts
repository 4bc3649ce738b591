import { randomUUID } from 'node:crypto';
import type {
  DeleteRequest,
  DeleteResult,
  DevicesResult,
  PushCallRequest,
  PushCancelRequest,
  PushMessageRequest,
  PushResult,
  RegisterRequest,
  RegisterResult,
  UpdateRequest,
  UpdateResult,
} from './contract.ts';
import type { IsResult } from './results.ts';
import { has, isPushResult } from './results.ts';

/** One request, as it is tried again and again. */
export type Exchange<Result> = {
  operation: string;
  method: 'GET' | 'POST';
  path: string;
  /** What to send so long after the method was called; undefined where it is too late for the request. */
  body(elapsedMs: number): string | undefined;
  isResult: IsResult<Result>;
  /** What must not get into an error, though an answer quote it. */
  secrets: readonly string[];
};

/** A phone that has less time than this cannot wake, register and ring: the server pushes nothing then, either. */
const leastRingMs = 3_000;
/** The server's default (docs/openapi.yaml), which would begin anew with each attempt. */
const defaultRingSeconds = 30;

export const register = (request: RegisterRequest): Exchange<RegisterResult> =>
  post('register', request, has<RegisterResult>({ status: 'string', devices: 'number' }));

export const update = (request: UpdateRequest): Exchange<UpdateResult> =>
  post('update', request, has<UpdateResult>({ updated: 'number' }));

export const remove = (request: DeleteRequest): Exchange<DeleteResult> =>
  post('delete', request, has<DeleteResult>({ deleted: 'number' }));

export const pushCancel = (request: PushCancelRequest): Exchange<PushResult> =>
  post('push_cancel', request, isPushResult);

export const pushMessage = (request: PushMessageRequest): Exchange<PushResult> =>
  // An empty one names no message.
  post('push_message', { ...request, messageId: request.messageId || randomUUID() }, isPushResult);

export const pushCall = (request: PushCallRequest): Exchange<PushResult> => {
  const ringMs = (request.ringSeconds ?? defaultRingSeconds) * 1_000;
  // Beside a call ID none is made: a cancel by that call ID alone would name another call.
  const call = { ...request, uuid: request.uuid || (request.callId ? undefined : randomUUID()) };
  return {
    ...post('push_call', call, isPushResult),
    body: (elapsedMs) => {
      const leftMs = ringMs - elapsedMs;
      if (leftMs < leastRingMs) return undefined;
      return JSON.stringify({ ...call, ringSeconds: Math.floor(leftMs) / 1_000 });
    },
  };
};

export const devices = (extension: string): Exchange<DevicesResult> => ({
  operation: 'devices',
  method: 'GET',
  path: `/devices?extension=${encodeURIComponent(extension)}`,
  body: () => '',
  isResult: has<DevicesResult>({ devices: 'array' }),
  secrets: [],
});

type FieldOf<Request> = Request extends unknown ? keyof Request : never;
type Field = FieldOf<
  RegisterRequest | PushCallRequest | PushCancelRequest | PushMessageRequest | UpdateRequest | DeleteRequest
>;

/** Tokens, texts and people's names and numbers. */
const secretFields = [
  'token',
  'oldToken',
  'newToken',
  'from',
  'fromName',
  'text',
  'deviceName',
] satisfies Field[];
/** A shorter one tells nothing, and would be found in any sentence. */
const shortestSecret = 3;

const post = <Result>(operation: string, request: object, isResult: IsResult<Result>): Exchange<Result> => {
  const body = JSON.stringify(request);
  return {
    operation,
    method: 'POST',
    path: `/${operation}`,
    body: () => body,
    isResult,
    secrets: secretFields
      .map((field) => String(Reflect.get(request, field) ?? ''))
      .filter((value) => value.length >= shortestSecret),
  };
};

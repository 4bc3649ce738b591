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

/** Whether an answer is of this endpoint, and not of something else that answers 200. */
type IsResult<Result> = (answer: object) => answer is Result & object;

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

const has =
  <Result>(shape: { [Field in keyof Result]?: 'string' | 'number' | 'array' }): IsResult<Result> =>
  (answer): answer is Result & object =>
    Object.entries(shape).every(([field, type]) => {
      const value: unknown = Reflect.get(answer, field);
      return type === 'array' ? Array.isArray(value) : typeof value === type;
    });

const isCount = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= 0;

const isPhone = (phone: unknown): boolean => {
  const { deviceId = '', fingerprint = '', platform, accepted, reason = '' } = Object(phone);
  const texts = [deviceId, fingerprint, platform, reason];
  return texts.every((text) => typeof text === 'string') && typeof accepted === 'boolean';
};

/** A caller goes through the phones, so that one of another shape would be its fault. */
const isPushResult: IsResult<PushResult> = (answer): answer is PushResult & object => {
  const { devices, accepted, phones } = answer as Partial<PushResult>;
  return isCount(devices) && isCount(accepted) && Array.isArray(phones) && phones.every(isPhone);
};

/** A phone that has less time than this cannot wake, register and ring: the server pushes nothing then, either. */
const leastRingMs = 3_000;
/** The server's default (docs/openapi.yaml), which would begin anew with each try. */
const defaultRingSeconds = 30;

/*
 * Why each may be sent again, though an earlier try may have taken effect:
 *
 *   register     settles who has the token; the second time, the status is `refreshed`
 *   push_call    a phone rings once for one UUID, and every try carries the same one, or the call ID that it is made from
 *   push_cancel  the call that it names has ended; a phone drops the second
 *   push_message a phone shows a `messageId` once, and every try carries the same one
 *   update       counts the registrations that carry the new token, whoever moved them
 *   delete       what is gone stays gone: `deleted` may be 0 the second time
 *   devices      changes nothing
 */

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

/** Tokens, texts and people's names and numbers. */
const secretFields = ['token', 'oldToken', 'newToken', 'from', 'fromName', 'text', 'deviceName'];
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

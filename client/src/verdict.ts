import type { Complaint, Problem } from './contract.ts';
import type { PnsProxyErrorCode } from './errors.ts';
import type { Exchange } from './exchanges.ts';
import { retryAfterMs } from './retry-timing.ts';
import type { Answer, Lost } from './send.ts';
import type { Telling } from './telling.ts';
import { causeOf, complaintsOf, tellingOf } from './telling.ts';

/** What an attempt came to, if not to a result. See PnsProxyError. */
export type Failure = {
  code: PnsProxyErrorCode;
  message: string;
  retryable: boolean;
  unknown: boolean;
  status?: number | undefined;
  requestId?: string | undefined;
  errors?: Complaint[];
  cause?: Error | undefined;
  /** The least pause before the next attempt. */
  retryAfterMs?: number | undefined;
};

export type Verdict<Result> =
  | { result: Result; status: number; requestId: string | undefined }
  | { failure: Failure };

/**
 * What an attempt means, without doing anything about it.
 *
 * @param now epoch milliseconds
 */
export const judge = <Result>(
  tried: Answer | Lost,
  exchange: Exchange<Result>,
  key: string,
  now: number,
): Verdict<Result> => {
  const telling = tellingOf(key, exchange.secrets);
  const requestId = telling.requestId(tried.headers?.['apigw-requestid']);
  if ('code' in tried) return { failure: lost(tried, telling, requestId) };

  const body = objectOf(tried.text);
  if (!isSuccess(tried)) return { failure: refusal(tried, body ?? {}, telling, now) };
  const { status } = tried;
  if (body !== undefined && exchange.isResult(body)) return { result: body, status, requestId };
  return { failure: lost({ code: 'invalid-answer', sent: true, status }, telling, requestId) };
};

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status < 300;

const refusal = (
  { status, headers }: Answer,
  problem: Partial<Record<keyof Problem, unknown>>,
  telling: Telling,
  now: number,
): Failure => {
  const byGateway = telling.requestId(headers['apigw-requestid']);
  const answer = {
    status,
    // A 5xx may have got halfway: API Gateway's 503, for one, means that it waited no longer for the function.
    unknown: status >= 500,
    retryAfterMs: retryAfterMs({ 'retry-after': headers['retry-after'], date: headers.date }, now),
  };
  const code = telling.code(problem.code);
  if (code !== undefined && typeof problem.retryable === 'boolean') {
    return {
      ...answer,
      code,
      message: `answered ${status}, ${code}${colon(telling.prose(problem.detail))}`,
      retryable: problem.retryable,
      requestId: telling.requestId(problem.requestId) ?? byGateway,
      errors: complaintsOf(problem.errors, telling),
    };
  }
  const isRedirect = status < 400;
  return {
    ...answer,
    code: `gateway-${status}`,
    message: `answered ${status}${isRedirect ? ', a redirect, which is not followed: is the url right?' : ''}`,
    retryable: status === 429 || status >= 500,
    requestId: byGateway,
  };
};

const messages: Record<Lost['code'], string> = {
  network: 'no connection, or a broken one',
  timeout: 'no answer in time',
  aborted: 'given up by the caller',
  expired: 'too little of the ring is left to send it',
  'invalid-answer': 'an answer that cannot be read',
  'too-long': 'an answer of more than 1 MiB',
};

const lost = (
  { code, sent, status, error }: Omit<Lost, 'reused'>,
  telling: Telling,
  requestId?: string | undefined,
): Failure => {
  const cause = error && causeOf(error, telling);
  return {
    code: code === 'too-long' ? 'invalid-answer' : code,
    message: `${messages[code]}${colon(cause?.message)}`,
    retryable: code !== 'expired' && code !== 'too-long',
    unknown: sent,
    status,
    requestId,
    cause,
  };
};

/** Why an attempt is not begun. */
export const unsent = (code: 'timeout' | 'aborted' | 'expired'): Failure => ({
  code,
  message: messages[code],
  retryable: code !== 'expired',
  unknown: false,
});

const objectOf = (text: string): object | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
};

const colon = (text: string | undefined): string => (text === undefined ? '' : `: ${text}`);

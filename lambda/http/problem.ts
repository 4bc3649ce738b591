import type { ErrorCode, Problem } from '../core/contract.ts';
import { ServiceError } from '../core/errors.ts';
import type { LogLevel } from './log.ts';

type Outcome = { status: number; title: string; retryable: boolean; level: LogLevel };

/** What each error is over HTTP. A code that is missing here does not compile. */
const outcomes = {
  'invalid-json': { status: 400, title: 'The body is not JSON', retryable: false, level: 'info' },
  'invalid-request': { status: 400, title: 'The request is not valid', retryable: false, level: 'info' },
  'invalid-token': { status: 400, title: 'The push token was refused', retryable: false, level: 'info' },
  'unknown-app': { status: 400, title: 'The app is not known', retryable: false, level: 'info' },
  'platform-not-served': {
    status: 400,
    title: 'The platform is not served',
    retryable: false,
    level: 'info',
  },
  'app-not-allowed': { status: 403, title: 'The key is for other apps', retryable: false, level: 'info' },
  'unknown-token': { status: 404, title: 'The token is not registered', retryable: false, level: 'info' },
  'body-too-large': { status: 413, title: 'The body is too large', retryable: false, level: 'info' },
  'too-many-calls': { status: 429, title: 'Too many calls', retryable: true, level: 'warn' },
  unavailable: { status: 503, title: 'Not available at the moment', retryable: true, level: 'error' },
  internal: { status: 500, title: 'Internal error', retryable: true, level: 'error' },
} as const satisfies Record<ErrorCode, Outcome>;

export type HttpResponse = { statusCode: number; headers: Record<string, string>; body: string };

/** The answer to an error, and how loudly to log it. A 4xx says what was wrong and where; a 5xx its code alone. */
export const problemOf = (
  error: unknown,
  requestId: string,
): { code: ErrorCode; level: LogLevel; response: HttpResponse } => {
  const known = error instanceof ServiceError ? error : undefined;
  const code: ErrorCode = known?.code ?? 'internal';
  const { status, title, retryable, level } = outcomes[code];
  const explained = known !== undefined && status < 500;
  const problem: Problem = {
    type: `urn:pns-proxy:error:${code}`,
    title,
    status,
    code,
    ...(explained && { detail: known.message }),
    retryable,
    requestId,
    ...(explained && known.complaints.length > 0 && { errors: [...known.complaints] }),
  };
  const retryAfter = known?.retryAfterSeconds;
  return {
    code,
    level,
    response: {
      statusCode: status,
      headers: {
        'content-type': 'application/problem+json',
        'cache-control': 'no-store',
        ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      },
      body: JSON.stringify(problem),
    },
  };
};

/** An error's cause may be the error itself. */
const deepestCause = 5;

/**
 * What may be logged of an error that nobody expected: its names and where it was thrown, along its causes.
 * Never its message: AWS's echo parameters, and a parameter may be a token.
 */
export const describeError = (error: unknown, depth = 0): Record<string, unknown> => {
  if (!(error instanceof Error)) return { errorName: typeof error };
  const { cause } = error;
  return {
    errorName: error.name,
    errorAt: framesOf(error),
    ...(cause !== undefined && depth < deepestCause && { errorCause: describeError(cause, depth + 1) }),
  };
};

/** A stack begins with the message, and a line of that may look like a frame. */
const framesOf = ({ stack = '', message }: Error): string[] => {
  const start = stack.indexOf(message);
  if (start < 0) return [];
  const lines = stack.slice(start + message.length).split('\n');
  const frames = lines.filter((line) => /^\s+at /.test(line));
  return frames.slice(0, 5).map((line) => line.trim());
};

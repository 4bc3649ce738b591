import type { Complaint } from 'pns-proxy-client';
import { looksLikeName } from '../../../lambda/http/fields.ts';

/** Every way in which a request is not done. */
const problems = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'invalid-json': { status: 400, title: 'The body is not JSON' },
  'loopback-only': { status: 403, title: 'Not from another machine' },
  'foreign-page': { status: 403, title: 'Not from a web page' },
  'unknown-route': { status: 404, title: 'No such route' },
  'method-not-allowed': { status: 405, title: 'Not with this method' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'unknown-body': { status: 415, title: 'A body of another kind' },
  'settings-refused': { status: 422, title: 'The settings are wrong' },
  internal: { status: 500, title: 'Internal error' },
  'not-stored': { status: 503, title: 'The request could not be stored' },
  stopping: { status: 503, title: 'pns is stopping' },
} as const;

export type ProblemCode = keyof typeof problems;

/** How a request is refused. Its texts go back to the sender and hold nothing of what was sent. */
export class RequestError extends Error {
  override readonly name = 'RequestError';
  readonly code: ProblemCode;
  readonly complaints: readonly Complaint[];

  constructor(code: ProblemCode, message: string, complaints: readonly Complaint[] = [], cause?: unknown) {
    super(message, { cause });
    this.code = code;
    this.complaints = complaints;
  }

  get status() {
    return problems[this.code].status;
  }
}

/** More than one request's fields would be an answer longer than its question. */
const mostComplaints = 20;

export const invalid = (given: readonly Complaint[]): RequestError => {
  const complaints = given
    .slice(0, mostComplaints)
    .map(({ path, expected }) => ({ path: looksLikeName(path) ? path : '', expected }));
  return new RequestError(
    'invalid-request',
    complaints.map(({ path, expected }) => `${path || 'request'}: ${expected}`).join('; '),
    complaints,
  );
};

/** The body of an error as JSON (RFC 9457), of the shape that the proxy's have. */
export const problemBody = ({ code, status, message, complaints }: RequestError) => ({
  type: `urn:pns-proxy:error:${code}`,
  title: problems[code].title,
  status,
  code,
  detail: message,
  retryable: status >= 500,
  ...(complaints.length > 0 && { errors: complaints }),
});

import type { Complaint, ErrorCode } from './contract.ts';

/** What the library says of a request itself, where the server said nothing of it. See PnsProxyError. */
export type OwnErrorCode =
  | `gateway-${number}`
  | 'network'
  | 'deadline'
  | 'aborted'
  | 'invalid-answer'
  | 'expired'
  | 'invalid-request';

/** A newer server may have others. */
export type PnsProxyErrorCode = ErrorCode | OwnErrorCode | (string & Record<never, never>);

/** The only error that a client's methods reject with. Holds no token, key, text or name. */
export class PnsProxyError extends Error {
  override readonly name = 'PnsProxyError';
  /**
   * The server's code (docs/openapi.yaml), or one of:
   * - `gateway-<status>`: an answer of API Gateway's own, or of something on the way; a redirect, too
   * - `network`: no connection, or one that broke before the answer
   * - `deadline`: no answer in time
   * - `aborted`: by the caller's signal
   * - `invalid-answer`: one that cannot be read: cut off, garbage, over 1 MiB, or not of this endpoint
   * - `expired`: too little of the ring was left, so nothing was sent any more
   * - `invalid-request`: also where the request cannot be written as JSON
   */
  readonly code: PnsProxyErrorCode;
  /** The HTTP status of the last answer. */
  readonly status: number | undefined;
  /** Of the last answer; the operator finds the request in the logs by it. */
  readonly requestId: string | undefined;
  /** Whether the same request may go better later. */
  readonly retryable: boolean;
  /**
   * Whether the request may have taken effect all the same: where an attempt was sent and no answer came to it, or none
   * that can be read, or a 5xx, which does not tell how far the server came.
   */
  readonly unknown: boolean;
  /** How many attempts were made. */
  readonly attempts: number;
  /** How many milliseconds the last answer asked to wait (Retry-After); undefined where it did not. */
  readonly retryAfterMs: number | undefined;
  /** What is wrong with the request, and where. */
  readonly errors: readonly Complaint[];

  /** @param given.cause of a `network` error, for example: its message and Node.js's code, without the rest of it */
  constructor(
    message: string,
    given: {
      code: PnsProxyErrorCode;
      retryable: boolean;
      unknown: boolean;
      attempts: number;
      retryAfterMs?: number | undefined;
      status?: number | undefined;
      requestId?: string | undefined;
      errors?: readonly Complaint[] | undefined;
      cause?: unknown;
    },
  ) {
    super(message, given.cause === undefined ? undefined : { cause: given.cause });
    this.code = given.code;
    this.status = given.status;
    this.requestId = given.requestId;
    this.retryable = given.retryable;
    this.unknown = given.unknown;
    this.attempts = given.attempts;
    this.retryAfterMs = given.retryAfterMs;
    this.errors = given.errors ?? [];
  }
}

import type { Agent as HttpAgent } from 'node:http';
import type { Agent as HttpsAgent } from 'node:https';
import type { PnsProxyErrorCode } from './errors.ts';

export type ClientOptions = {
  /**
   * The address of the push2 endpoint, without a route: `https://push.example.com`, or with a base path,
   * `https://example.com/push`. `http:` goes to this machine alone (localhost, 127.0.0.1, [::1]), since the key would
   * be readable on the way.
   */
  url: string;
  /** A key of `pns-admin keys add`. It goes into a header and nowhere else: no error, no hook, no log. */
  key: string;
  /**
   * How long a method may take, in milliseconds, with its retries and pauses and up to the last byte of the answer.
   * @default 10_000
   */
  deadlineMs?: number;
  /**
   * How long one attempt may take, in milliseconds, before it is given up and the next begins. It cannot outlast the
   * deadline: where that is shorter, there is one attempt for an endpoint that hangs.
   * @default 3_000
   */
  attemptTimeoutMs?: number;
  /**
   * Makes and keeps the connections: for a CA, a proxy or a resolver of one's own. Should have `keepAlive`. If it
   * serves others too, `close` and a dead connection end their idle connections with this client's.
   * @default one with keepAlive, this client's own
   */
  agent?: HttpAgent | HttpsAgent;
  /**
   * Gives headers to add to an attempt; asked before each. Those whose names begin with `x-` and whose values are printable
   * ASCII are sent, the others are not; where it throws, or is async, none is. @default none
   */
  headers?: () => Readonly<Record<string, string>>;
  /**
   * Told of every attempt, once it has ended: for logs and metrics. It delays the request, so it should be quick; what
   * it throws or rejects with is dropped.
   */
  onAttempt?: (attempt: Attempt) => void;
};

export type RequestOptions = {
  /** Gives the request up, in an attempt and between two: it rejects with the code `aborted`. */
  signal?: AbortSignal;
  /**
   * Instead of the client's, in milliseconds. With 0, less or NaN nothing is sent: it rejects at once with the code
   * `deadline`.
   */
  deadlineMs?: number;
  /**
   * Rejects after the first attempt whose effect is not known (`unknown` in the error), instead of trying again: for
   * requests that must keep their order, since such an attempt may still be carried out. @default false
   */
  stopIfUnknown?: boolean;
};

/** One attempt of a request. Holds nothing secret. */
export type Attempt = {
  /** `push_call`, for example. */
  operation: string;
  /** From 1. */
  attempt: number;
  durationMs: number;
  /** Whether anything of it may have reached the server. */
  sent: boolean;
  /** Absent where no answer came. */
  status?: number;
  /**
   * As PnsProxyError's, but `timeout` for an attempt that was given up, whichever time was up. Absent where all went
   * well.
   */
  code?: PnsProxyErrorCode;
  requestId?: string;
  /** Pause before the next attempt, in milliseconds; absent where there will be none. */
  retryInMs?: number;
};

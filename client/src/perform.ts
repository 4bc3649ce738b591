import type { Agent } from 'node:http';
import { promises as timers } from 'node:timers';
import type { CheckedOptions } from './checked-options.ts';
import { PnsProxyError } from './errors.ts';
import type { Exchange } from './exchanges.ts';
import type { Attempt, RequestOptions } from './options.ts';
import { backoffMs } from './retry-timing.ts';
import { send } from './send.ts';
import type { Failure } from './verdict.ts';
import { judge, unsent } from './verdict.ts';

/** Node.js fires a timer that is longer at once. */
const longestTimerMs = 2 ** 31 - 1;

/**
 * Tries until there is a result, a refusal, or no time left.
 *
 * @param write makes the request of what the caller gave
 * @throws PnsProxyError alone
 */
export const perform = async <Result>(
  checked: CheckedOptions,
  write: () => Exchange<Result>,
  options: RequestOptions = {},
): Promise<Result> => {
  const calledAt = performance.now();
  const elapsedMs = () => performance.now() - calledAt;
  const { signal, stopIfUnknown = false } = options;
  const deadlineMs = Math.min(options.deadlineMs ?? checked.deadlineMs, longestTimerMs);
  const exchange = written(write);
  // A controller in its signal's place, for example: Node would throw, in the midst of an attempt.
  if (signal !== undefined && !(signal instanceof AbortSignal))
    throw invalid('signal: expected an AbortSignal');
  const url = new URL(`${checked.base}${exchange.path}`);
  let attempts = 0;
  let pauses = 0;
  let unknown = false;
  let answered: Failure | undefined;

  /** What stands in the way of an attempt that begins so many milliseconds from now. */
  const hindrance = (inMs: number, last = unsent('timeout')): Failure | undefined => {
    if (signal?.aborted) return unsent('aborted');
    // Where time alone is lacking, the last attempt tells more.
    if (!(elapsedMs() + inMs < deadlineMs)) return last;
    return exchange.body(elapsedMs() + inMs) === undefined ? unsent('expired') : undefined;
  };

  let stop = hindrance(0);
  while (stop === undefined) {
    attempts += 1;
    const begunMs = elapsedMs();
    const tried = await send({
      ...checked,
      url,
      headers: checked.headers(),
      method: exchange.method,
      body: () => exchange.body(elapsedMs()),
      timeoutMs: Math.min(checked.attemptTimeoutMs, deadlineMs - begunMs),
      signal,
    });
    const verdict = judge(tried, exchange, checked.key, Date.now());
    const attempt = {
      operation: exchange.operation,
      attempt: attempts,
      durationMs: elapsedMs() - begunMs,
      sent: 'code' in tried ? tried.sent : true,
    };
    if ('result' in verdict) {
      tell(checked, attempt, verdict);
      return verdict.result;
    }

    const { failure } = verdict;
    unknown ||= failure.unknown;
    if (failure.status !== undefined) answered = failure;
    // A connection that died while it was kept, as in a frozen Lambda: those kept beside it are likely to have, too.
    // Without them the next one is new.
    const hasDied = 'code' in tried && tried.reused && (tried.code === 'network' || tried.code === 'timeout');
    if (hasDied) endIdle(checked.agent);
    const isAtOnce = hasDied && tried.code === 'network';
    const pauseMs = isAtOnce ? 0 : backoffMs(++pauses, Math.random()) + (failure.retryAfterMs ?? 0);
    const isFinal = !failure.retryable || (stopIfUnknown && failure.unknown);
    stop = isFinal ? failure : hindrance(pauseMs, failure);
    tell(checked, attempt, failure, stop === undefined ? pauseMs : undefined);
    if (stop === undefined && pauseMs > 0) {
      await timers.setTimeout(pauseMs, undefined, { signal }).catch(() => {});
      stop = hindrance(0, failure);
    }
  }
  throw new PnsProxyError(`${exchange.operation}: ${stop.message}`, {
    ...stop,
    code: stop.code === 'timeout' ? 'deadline' : stop.code,
    status: answered?.status,
    requestId: answered?.requestId,
    retryAfterMs: answered?.retryAfterMs,
    unknown,
    attempts,
  });
};

/** Ends what is kept alive and waits for a request. */
export const endIdle = ({ freeSockets }: Agent): void => {
  for (const socket of Object.values(freeSockets).flat()) socket?.destroy();
};

const invalid = (message: string): PnsProxyError =>
  new PnsProxyError(message, { code: 'invalid-request', retryable: false, unknown: false, attempts: 0 });

const written = <Result>(write: () => Exchange<Result>): Exchange<Result> => {
  try {
    return write();
  } catch {
    // What JSON.stringify throws describes the request.
    throw invalid('the request cannot be written as JSON');
  }
};

type Begun = Pick<Attempt, 'operation' | 'attempt' | 'durationMs' | 'sent'>;
type Ended = { status?: number | undefined; code?: string; requestId?: string | undefined };

const tell = (
  { onAttempt }: CheckedOptions,
  begun: Begun,
  { status, code, requestId }: Ended,
  retryInMs?: number | undefined,
): void => {
  const attempt = {
    ...begun,
    ...(status !== undefined && { status }),
    ...(code !== undefined && { code }),
    ...(requestId !== undefined && { requestId }),
    ...(retryInMs !== undefined && { retryInMs }),
  };
  // An async function, so that neither what a hook throws nor what it rejects with gets out.
  (async () => onAttempt?.(attempt))().catch(() => {});
};

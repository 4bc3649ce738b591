import type { Attempt, OwnErrorCode, PnsProxyErrorCode } from 'pns-proxy-client';
import { PnsProxyError } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { OwnCode, Status } from '../operations.ts';

/** So many calls in a row whose push failed, and the proxy is taken to be down. */
const callsToOpen = 3;
/** So many tries in a row, of whatever request, that came to no connection for so long: the same. */
const triesToOpen = 3;
const unreachableForMs = 500;
/** While it is open, one call is let through so often: what answers a probe badly may still push calls. */
const trialEveryMs = 2_000;
/** First pause before a probe; each further one is up to twice as long. */
const firstPauseMs = 500;
const longestPauseMs = 10_000;

export type Breaker = {
  /**
   * Lets a call through, or rejects at once with the code `breaker-open`. Learns from how it ends: of what fails on other
   * routes nobody knows whether it would stop a call.
   */
  guard<T>(call: () => Promise<T>): Promise<T>;
  /** Learns from a try of any request whether the proxy can be reached. */
  heard(attempt: Attempt): void;
  report(): Omit<Status['proxy'], 'url'>;
  /** Ends the probing. */
  close(): void;
};

/**
 * Spares a call the wait where the proxy has just been seen down. While it is open it probes in the background, so
 * that no call has to: the first probe that is answered closes it, and so does a call that was let through.
 *
 * @param probe any request to the proxy that changes nothing
 * @param onBack is told when it closes
 */
export const createBreaker = (probe: () => Promise<unknown>, log: Log, onBack: () => void): Breaker => {
  let failedCalls = 0;
  /** Tries in a row without a connection, and when the first of them began, by `performance.now()`. */
  let lost = { tries: 0, from: 0 };
  let state: Status['proxy']['breaker'] = 'closed';
  const isClosed = () => state === 'closed';
  let timer: NodeJS.Timeout | undefined;
  let openings = 0;
  let trialAt = 0;
  let openedFor: 'calls' | 'connection' = 'calls';
  let closed = false;
  const last: { success?: number; failure?: number; code?: PnsProxyErrorCode } = {};

  /** What an earlier opening has begun ends with it. */
  const probeLater = (pauseMs: number, opening = openings) => {
    const isOver = () => closed || isClosed() || opening !== openings;
    timer = setTimeout(
      async () => {
        if (isOver()) return;
        state = 'half-open';
        await probe().catch(() => {});
        if (isOver()) return;
        state = 'open';
        probeLater(Math.min(pauseMs * 2, longestPauseMs), opening);
      },
      pauseMs * (0.5 + Math.random() / 2),
    );
    timer.unref();
  };

  const note = (code: PnsProxyErrorCode) => {
    last.failure = Date.now();
    last.code = code;
  };

  const open = (code: string, reason: typeof openedFor) => {
    if (!isClosed()) return;
    state = 'open';
    openings += 1;
    openedFor = reason;
    trialAt = performance.now() + trialEveryMs;
    log('warn', 'breaker_opened', { code });
    probeLater(firstPauseMs);
  };

  const close = () => {
    failedCalls = 0;
    if (isClosed()) return;
    state = 'closed';
    clearTimeout(timer);
    log('info', 'breaker_closed');
    onBack();
  };

  const heard = (attempt: Attempt): void => {
    const { operation, code, durationMs, sent } = attempt;
    if (code === undefined) last.success = Date.now();
    else if (notHeard.has(code)) return;
    else if (isFailure(attempt) || code.startsWith('gateway-')) note(code);
    else last.success = Date.now();

    if (!isFailure(attempt)) {
      lost = { tries: 0, from: 0 };
      // `devices` is what a probe asks for. That another route answers tells nothing of calls that had failed.
      const isReached = !isClosed() && openedFor === 'connection';
      if (isReached || operation === 'devices' || operation === 'push_call') close();
    } else if (sent) lost = { tries: 0, from: 0 };
    else {
      const now = performance.now();
      lost = { tries: lost.tries + 1, from: lost.tries === 0 ? now - durationMs : lost.from };
      if (lost.tries >= triesToOpen && now - lost.from >= unreachableForMs) open(String(code), 'connection');
    }
  };

  const learn = (error: unknown): void => {
    if (!(error instanceof PnsProxyError) || error.attempts === 0 || notHeard.has(error.code)) return;
    if (!isFailure(error)) return;
    failedCalls += 1;
    if (failedCalls >= callsToOpen) open(error.code, 'calls');
  };

  return {
    heard,
    guard: async (call) => {
      const now = performance.now();
      if (!isClosed() && now < trialAt) {
        throw new PnsProxyError('the proxy has just been seen down', {
          code: 'breaker-open' satisfies OwnCode,
          retryable: true,
          unknown: false,
          attempts: 0,
        });
      }
      trialAt = now + trialEveryMs;
      try {
        return await call();
      } catch (error) {
        learn(error);
        throw error;
      }
    },
    report: () => ({
      breaker: state,
      ...(last.success !== undefined && { lastSuccessAt: new Date(last.success).toISOString() }),
      ...(last.failure !== undefined && { lastFailureAt: new Date(last.failure).toISOString() }),
      ...(last.code !== undefined && { lastFailure: last.code }),
    }),
    close: () => {
      closed = true;
      clearTimeout(timer);
    },
  };
};

/** `invalid-answer`: somebody else answers in the proxy's place, as a captive portal does. */
const downCodes: ReadonlySet<string> = new Set<OwnErrorCode | 'timeout'>([
  'network',
  'timeout',
  'deadline',
  'invalid-answer',
]);

/** An answer of the proxy's, whatever it says of the request, shows that it is there; one of 5xx does not. */
const isFailure = ({ code = '', status = 0 }: { code?: string; status?: number | undefined }): boolean =>
  downCodes.has(code) || status >= 500;

/** What was given up, or not sent, tells nothing of the proxy. */
const notHeard: ReadonlySet<string> = new Set<OwnErrorCode>(['aborted', 'expired']);

import type { Attempt, OwnErrorCode, PnsProxyErrorCode } from 'pns-proxy-client';
import { PnsProxyError } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { OwnCode, Status } from '../operations.ts';

/** So many calls in a row whose push failed, and the proxy is taken to be down. */
const callsToOpen = 3;
/** So many tries in a row, of whatever request, that came to no connection for so long: the same. */
const triesToOpen = 3;
const unreachableForMs = 500;
/** First pause before a probe; each further one is up to twice as long. A phone may stay silent for the longest. */
const firstPauseMs = 500;
const longestPauseMs = 2_000;

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
 * Spares a call the wait where the proxy has just been seen down. While it is open it probes in the background, so that
 * no call has to, and closes as soon as a probe is answered as a call would be.
 *
 * @param probe a push to nobody: what fails for calls fails for it, too
 * @param onBack is told when it closes
 */
export const createBreaker = (probe: () => Promise<unknown>, log: Log, onBack: () => void): Breaker => {
  let state: Status['proxy']['breaker'] = 'closed';
  let openedFor: 'calls' | 'connection' = 'calls';
  let failedCalls = 0;
  /** Tries in a row without a connection, and when the first of them began. Times are of `performance.now()`. */
  let lost = { tries: 0, from: 0 };
  /** When the proxy was last seen to be back, or a call was answered. */
  let wellAt = 0;
  let probing = new AbortController();
  let nextProbe: NodeJS.Timeout | undefined;
  let isEnded = false;
  const last: { success?: number; failure?: number; code?: PnsProxyErrorCode } = {};
  const isClosed = () => state === 'closed';

  /** What an opening has begun ends with it, though another may have followed. */
  const probeLater = (pauseMs: number, signal: AbortSignal) => {
    nextProbe = setTimeout(
      async () => {
        state = 'half-open';
        await probe().catch(() => {});
        if (signal.aborted) return;
        state = 'open';
        probeLater(Math.min(pauseMs * 2, longestPauseMs), signal);
      },
      pauseMs * (0.5 + Math.random() / 2),
    );
    nextProbe.unref();
  };

  const stopProbing = () => {
    probing.abort();
    clearTimeout(nextProbe);
  };

  const open = (code: string, reason: typeof openedFor) => {
    if (!isClosed() || isEnded) return;
    state = 'open';
    openedFor = reason;
    log('warn', 'breaker_opened', { code });
    probing = new AbortController();
    probeLater(firstPauseMs, probing.signal);
  };

  const close = () => {
    failedCalls = 0;
    wellAt = performance.now();
    if (isClosed()) return;
    state = 'closed';
    stopProbing();
    log('info', 'breaker_closed');
    onBack();
  };

  const note = (attempt: Attempt) => {
    const { code } = attempt;
    const isWell = code === undefined || !(isFailure(attempt) || code.startsWith('gateway-'));
    if (isWell) {
      last.success = Date.now();
      return;
    }
    last.failure = Date.now();
    last.code = code;
  };

  const heard = (attempt: Attempt): void => {
    const { operation, code, durationMs, sent } = attempt;
    if (code !== undefined && notHeard.has(code)) return;
    note(attempt);

    if (!isFailure(attempt)) {
      lost = { tries: 0, from: 0 };
      // That another route answers tells nothing of calls that had failed.
      if (operation === 'push_call' || (!isClosed() && openedFor === 'connection')) close();
    } else if (sent) lost = { tries: 0, from: 0 };
    else {
      const now = performance.now();
      const from = now - durationMs;
      if (from < wellAt) return;
      lost = { tries: lost.tries + 1, from: lost.tries === 0 ? from : lost.from };
      if (lost.tries >= triesToOpen && now - lost.from >= unreachableForMs) open(String(code), 'connection');
    }
  };

  /** @param from when the call began: where another has been answered since, it tells nothing of now */
  const learn = (error: unknown, from: number): void => {
    if (!(error instanceof PnsProxyError) || error.attempts === 0 || notHeard.has(error.code)) return;
    if (!isFailure(error) || from < wellAt) return;
    failedCalls += 1;
    if (failedCalls >= callsToOpen) open(error.code, 'calls');
  };

  return {
    heard,
    guard: async (call) => {
      if (!isClosed()) {
        throw new PnsProxyError('the proxy has just been seen down', {
          code: 'breaker-open' satisfies OwnCode,
          retryable: true,
          unknown: false,
          attempts: 0,
        });
      }
      const from = performance.now();
      try {
        return await call();
      } catch (error) {
        learn(error, from);
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
      isEnded = true;
      stopProbing();
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

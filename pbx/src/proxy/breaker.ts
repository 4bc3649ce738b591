import { PnsProxyError } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { Status } from '../operations.ts';

/** So many failures in a row, of whatever request, and the proxy is taken to be down. */
const failuresToOpen = 3;
/** First pause before a probe; each further one is up to twice as long. */
const firstPauseMs = 500;
const longestPauseMs = 10_000;

export type Breaker = {
  /** Lets a request through, or rejects at once with the code `breaker-open`. Learns from how it ends. */
  guard<T>(request: () => Promise<T>): Promise<T>;
  /** Learns from a request that is not to be held back. */
  watch<T>(request: () => Promise<T>): Promise<T>;
  report(): Omit<Status['proxy'], 'url'>;
  /** Ends the probing. */
  close(): void;
};

/**
 * Spares a call the wait where the proxy has just been seen down. While it is open it probes in the background, so
 * that no call has to: the first probe that is answered closes it.
 *
 * @param probe any request to the proxy that changes nothing
 * @param onBack is told when it closes
 */
export const createBreaker = (probe: () => Promise<unknown>, log: Log, onBack: () => void): Breaker => {
  let failures = 0;
  let state: Status['proxy']['breaker'] = 'closed';
  const isClosed = () => state === 'closed';
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const last: { success?: number; failure?: number; code?: string } = {};

  const probeLater = (pauseMs: number) => {
    if (closed) return;
    timer = setTimeout(
      async () => {
        state = 'half-open';
        await watch(probe).catch(() => {});
        if (isClosed()) return;
        state = 'open';
        probeLater(Math.min(pauseMs * 2, longestPauseMs));
      },
      pauseMs * (0.5 + Math.random() / 2),
    );
    timer.unref();
  };

  const note = (error: unknown) => {
    last.failure = Date.now();
    last.code = error instanceof PnsProxyError ? error.code : 'internal';
  };

  const learn = (error: unknown) => {
    if (error !== undefined && !isHeard(error)) return;
    const refused = error instanceof PnsProxyError && error.code.startsWith('gateway-');
    if (refused) note(error);
    if (error === undefined || !isDown(error)) {
      failures = 0;
      if (!refused) last.success = Date.now();
      if (isClosed()) return;
      state = 'closed';
      clearTimeout(timer);
      log('info', 'breaker_closed');
      onBack();
      return;
    }
    failures += 1;
    note(error);
    if (!isClosed() || failures < failuresToOpen) return;
    state = 'open';
    log('warn', 'breaker_opened', { code: last.code });
    probeLater(firstPauseMs);
  };

  const watch = async <T>(request: () => Promise<T>): Promise<T> => {
    try {
      const answer = await request();
      learn(undefined);
      return answer;
    } catch (error) {
      learn(error);
      throw error;
    }
  };

  return {
    watch,
    guard: async (request) => {
      if (isClosed()) return watch(request);
      throw new PnsProxyError('the proxy has just been seen down', {
        code: 'breaker-open',
        retryable: true,
        unknown: false,
        attempts: 0,
      });
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
const downCodes: ReadonlySet<string> = new Set(['network', 'deadline', 'invalid-answer']);

/** An answer of the proxy's, whatever it says of the request, shows that it is there; one of 5xx does not. */
const isDown = (error: unknown): boolean =>
  error instanceof PnsProxyError && (downCodes.has(error.code) || (error.status ?? 0) >= 500);

/** Whether it tells of the proxy at all: a request that was given up, or never sent, does not. */
const isHeard = (error: unknown): boolean =>
  error instanceof PnsProxyError && error.attempts > 0 && !['aborted', 'expired'].includes(error.code);

import type { Attempt } from 'pns-proxy-client';
import { PnsProxyError } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { Status } from '../operations.ts';

/** So many tries in a row, of whatever requests, that failed for so long: then the proxy is taken to be down. */
const failuresToOpen = 3;
const downForMs = 500;
/** First pause before a probe; each further one is up to twice as long. */
const firstPauseMs = 500;
const longestPauseMs = 10_000;

export type Breaker = {
  /** Lets a request through, or rejects at once with the code `breaker-open`. */
  guard<T>(request: () => Promise<T>): Promise<T>;
  /** Learns from a try, of a request that is held back or not. */
  heard(attempt: Attempt): void;
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
  /** When the first of them began, on the clock of `performance.now()`. */
  let failingFrom = 0;
  let state: Status['proxy']['breaker'] = 'closed';
  const isClosed = () => state === 'closed';
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  let isSuspecting = false;
  const last: { success?: number; failure?: number; code?: string } = {};

  const probeLater = (pauseMs: number) => {
    if (closed) return;
    timer = setTimeout(
      async () => {
        state = 'half-open';
        await probe().catch(() => {});
        if (isClosed()) return;
        state = 'open';
        probeLater(Math.min(pauseMs * 2, longestPauseMs));
      },
      pauseMs * (0.5 + Math.random() / 2),
    );
    timer.unref();
  };

  const note = (code: string) => {
    last.failure = Date.now();
    last.code = code;
  };

  /** Something else than a call fails: whether the proxy is down, a probe is to find out. */
  const suspect = (): void => {
    if (isSuspecting || !isClosed() || closed) return;
    isSuspecting = true;
    const done = () => {
      isSuspecting = false;
    };
    probe().then(done, done);
  };

  const passed = () => {
    failures = 0;
    if (isClosed()) return;
    state = 'closed';
    clearTimeout(timer);
    log('info', 'breaker_closed');
    onBack();
  };

  const heard = (attempt: Attempt): void => {
    const { code, durationMs } = attempt;
    if (code === undefined) {
      last.success = Date.now();
      passed();
      return;
    }
    if (notHeard.has(code)) return;
    if (!isFailure(attempt)) {
      if (code.startsWith('gateway-')) note(code);
      else last.success = Date.now();
      passed();
      return;
    }
    note(code);
    if (!isDecisive(attempt)) {
      suspect();
      return;
    }
    const now = performance.now();
    if (failures === 0) failingFrom = now - durationMs;
    failures += 1;
    if (!isClosed() || failures < failuresToOpen || now - failingFrom < downForMs) return;
    state = 'open';
    log('warn', 'breaker_opened', { code });
    probeLater(firstPauseMs);
  };

  return {
    heard,
    guard: async (request) => {
      if (isClosed()) return request();
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
const downCodes: ReadonlySet<string> = new Set(['network', 'timeout', 'invalid-answer']);

/** An answer of the proxy's, whatever it says of the request, shows that it is there; one of 5xx does not. */
const isFailure = ({ code = '', status = 0 }: Attempt): boolean => downCodes.has(code) || status >= 500;

/** What is wrong with another route alone is no reason to spare a call its try. */
const isDecisive = ({ operation, code }: Attempt): boolean =>
  code === 'network' || operation === 'push_call' || operation === 'devices';

/** A try that was given up, or not sent, tells nothing of the proxy. */
const notHeard: ReadonlySet<string> = new Set(['aborted', 'expired']);

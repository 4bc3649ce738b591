import { PnsProxyError } from 'pns-proxy-client';
import { SpoolError } from './spool-error.ts';
import type { Failure } from './store.ts';

/** What the end of a try means for its request. */
export type Verdict =
  /** The request itself is wrong: it would be refused every time. */
  | 'refused'
  /** An update of tokens that this PBX has not registered. */
  | 'found-nothing'
  /** The key is wrong or revoked: an operator must act, and then all goes on. */
  | 'key'
  /** Not now. */
  | 'later';

/**
 * A request is refused for good by an answer of the functions' own alone, of 4xx and not retryable: only they have
 * read it. What the gateway answers tells of the key, the address or the load; what a proxy in between answers, or a
 * server that cannot be reached, tells nothing of the request. So a wrong key, a wrong address or a captive portal
 * never costs a registration.
 */
export const verdictOf = (error: unknown): Verdict => {
  if (!(error instanceof PnsProxyError)) return 'later';
  const { code, retryable, status } = error;
  if (code === 'gateway-401' || code === 'gateway-403') return 'key';
  if (!isOfFunctions(error) || retryable || status === undefined || status < 400 || status >= 500)
    return 'later';
  return code === 'unknown-token' ? 'found-nothing' : 'refused';
};

const isOfFunctions = ({ code, status }: PnsProxyError): boolean =>
  status !== undefined && !code.startsWith('gateway-') && code !== 'invalid-answer';

/** Whether the proxy may still be at work on a try that has ended so: not where the function itself has answered. */
export const mayStillHappen = (error: unknown): boolean =>
  !(error instanceof PnsProxyError) || (error.unknown && !isOfFunctions(error));

/** What may be logged and listed of a failure. An error that nobody expected tells its name alone: its message may hold anything. */
export const failureOf = (error: unknown): Failure => {
  if (error instanceof SpoolError) return { code: `spool-${error.code}`, detail: error.message };
  if (!(error instanceof PnsProxyError)) {
    return { code: 'internal', detail: error instanceof Error ? error.name : 'not an error' };
  }
  const wrong = error.errors.map(({ path, expected }) => `${path}: ${expected}`);
  return { code: error.code, detail: [error.message, ...wrong].join('; ') };
};

import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Address } from '../address.ts';
import { urlOf } from '../address.ts';
import { ReadableError } from '../readable-error.ts';

/** Nothing listens where the daemon should. */
export class NotListening extends ReadableError {}
/** Something listens, but gives no answer. */
export class NotAnswering extends ReadableError {}

export type DaemonAnswer = { status: number; text: string };

/** It is on this machine: what it has not answered by now, in milliseconds, it will not. */
const patienceMs = 3_000;

/** Codes of connect(2) where nobody listens at an address, or the machine does not have it. */
const nobodyThere = new Set(['ECONNREFUSED', 'EADDRNOTAVAIL', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']);

/** All addresses of the machine include the loopback one; one cannot connect to "all". */
const reachable: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

/**
 * Sends one request to the daemon of this machine.
 *
 * @param question `body` goes out as JSON, with POST; without it, `method`
 * @throws NotListening, NotAnswering
 */
export const askDaemon = async (
  { host, port }: Address,
  path: string,
  question: { method?: 'GET' | 'POST'; body?: object; timeoutMs?: number } = {},
): Promise<DaemonAnswer> => {
  const { method = 'GET', body, timeoutMs = patienceMs } = question;
  const signal = AbortSignal.timeout(timeoutMs);
  const json = body && JSON.stringify(body);
  const exchange = async () => {
    const { promise, resolve, reject } = Promise.withResolvers<DaemonAnswer>();
    request(
      {
        host: reachable[host] ?? host,
        port,
        path,
        method: json ? 'POST' : method,
        headers: { accept: 'application/json', ...(json && { 'content-type': 'application/json' }) },
        // A connection that is kept would keep a daemon that is to stop, and this process.
        agent: false,
        signal,
      },
      (response) => {
        text(response).then((read) => resolve({ status: response.statusCode ?? 0, text: read }), reject);
      },
    )
      .on('error', reject)
      .end(json);
    return promise;
  };
  try {
    return await exchange();
  } catch (cause) {
    const address = urlOf({ host, port });
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (nobodyThere.has(code)) throw new NotListening(`nothing listens at ${address} (${code})`, { cause });
    const how = signal.aborted ? `no answer within ${timeoutMs / 1_000} s` : `no answer (${code || cause})`;
    throw new NotAnswering(`${address}: ${how}`, { cause });
  }
};

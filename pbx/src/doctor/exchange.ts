import type { IncomingHttpHeaders } from 'node:http';
import { request as requestHttp } from 'node:http';
import { type RequestOptions, request as requestHttps } from 'node:https';
import { hostOf } from '../address.ts';

export type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

/** A list of thousands of endpoints is read, a film is not. */
const longestBody = 4 * 1024 * 1024;

/**
 * One GET.
 *
 * @param timeoutMs for all of it, the body included
 * @param options beside what the address says
 * @throws an error of Node's; with code `ETIMEDOUT` once the time has passed
 */
export const get = async (
  url: URL,
  timeoutMs: number,
  options: RequestOptions & { signal?: AbortSignal } = {},
): Promise<Answer> => {
  const request = url.protocol === 'https:' && !options.createConnection ? requestHttps : requestHttp;
  const late = AbortSignal.timeout(timeoutMs);
  const signal = options.signal ? AbortSignal.any([late, options.signal]) : late;
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const { port, pathname, search } = url;
  request(
    {
      host: hostOf(url),
      port,
      path: pathname + search,
      // A connection that is given is used as it is.
      ...(!options.createConnection && { agent: false }),
      ...options,
      headers: { host: url.host, ...options.headers },
      signal,
    },
    (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (piece: string) => {
        text += piece;
        if (text.length > longestBody) response.destroy(new Error(`more than ${longestBody} bytes`));
      });
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    },
  )
    .on('error', reject)
    .end();
  try {
    return await promise;
  } catch (cause) {
    if (!signal.aborted) throw cause;
    throw Object.assign(new Error(`no answer within ${timeoutMs} ms`, { cause }), { code: 'ETIMEDOUT' });
  }
};

/** The code of an error of Node's, or what stands in its place. */
export const codeOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'unknown';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
};

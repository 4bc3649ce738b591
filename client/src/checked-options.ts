import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { ClientOptions } from './options.ts';

/** A client's options, checked and complete. */
export type CheckedOptions = Required<Omit<ClientOptions, 'url' | 'onAttempt'>> & {
  /** What a route is appended to. */
  base: string;
  onAttempt: ClientOptions['onAttempt'];
};

/** @throws TypeError that names the option. A value is never told back: it may be the key, or hold a password */
export const checkOptions = (options: ClientOptions): CheckedOptions => {
  const { key, deadlineMs = 10_000, attemptTimeoutMs = 3_000, headers, onAttempt } = options;
  const { protocol, origin, pathname } = checkedUrl(options.url);
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key)) {
    throw new TypeError(
      'key: expected printable ASCII alone, without spaces and without a line break at its end',
    );
  }
  if (options.agent !== undefined && !(options.agent instanceof HttpAgent)) {
    throw new TypeError('agent: expected an Agent of node:http or node:https');
  }
  if (onAttempt !== undefined && typeof onAttempt !== 'function') {
    throw new TypeError('onAttempt: expected a function');
  }
  if (headers !== undefined && typeof headers !== 'function') {
    throw new TypeError('headers: expected a function');
  }
  const agent = options.agent ?? new (protocol === 'https:' ? HttpsAgent : HttpAgent)({ keepAlive: true });
  return {
    base: `${origin}${pathname.replace(/\/+$/, '')}`,
    key,
    agent,
    deadlineMs: milliseconds('deadlineMs', deadlineMs),
    attemptTimeoutMs: milliseconds('attemptTimeoutMs', attemptTimeoutMs),
    headers: () => sendable(headers),
    onAttempt,
  };
};

/** A header that Node.js refuses would end the request, and one of the client's own is not the caller's to set. */
const sendable = (headers: ClientOptions['headers']): Record<string, string> => {
  try {
    const given = headers?.() ?? {};
    // One that is async gives none, and may fail later.
    Promise.resolve(given).catch(() => {});
    return Object.fromEntries(
      Object.entries(given).filter(
        ([name, value]) =>
          /^x-[a-z0-9-]+$/i.test(name) && typeof value === 'string' && /^[\x20-\x7e]*$/.test(value),
      ),
    );
  } catch {
    return {};
  }
};

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);

const checkedUrl = (given: string): URL => {
  if (!URL.canParse(given)) throw new TypeError('url: expected an address such as https://push.example.com');
  const url = new URL(given);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new TypeError('url: expected https:, or http: to localhost, 127.0.0.1 or [::1]');
  }
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('url: expected no user name, password, query or fragment');
  }
  return url;
};

const milliseconds = (name: string, value: number): number => {
  if (typeof value === 'number' && value > 0) return value;
  throw new TypeError(`${name}: expected milliseconds, more than 0`);
};

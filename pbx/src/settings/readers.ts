import { isIP, isIPv4, isIPv6 } from 'node:net';
import { readKey } from '../../../lambda/core/key.ts';

/** What a value must look like, in words that complete "expected …", and what it comes to: undefined if it is wrong. */
export type Reader<Value> = { expected: string; read: (text: string) => Value | undefined };

const matching = (pattern: RegExp, expected: string): Reader<string> => ({
  expected,
  read: (text) => (pattern.test(text) ? text : undefined),
});

const choiceOf = new Intl.ListFormat('en-GB', { type: 'disjunction' });

export const oneOf = <const Choice extends string>(...choices: readonly Choice[]): Reader<Choice> => ({
  expected: choiceOf.format(choices),
  read: (text) => choices.find((choice) => choice === text),
});

export const whole = (least: number, most: number): Reader<number> => ({
  expected: `a whole number from ${least} to ${most}`,
  read: (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= least && value <= most ? value : undefined;
  },
});

export const path = matching(/^\//, 'a path that starts with /');
export const pathOrOutput = matching(
  /^(\/.*[^/]|-)$/,
  'the path of a file, starting with /, or - for standard output',
);
export const appName = matching(/^[a-z0-9-]{1,32}$/, 'the name of an app: 1 to 32 of a-z, 0-9 and -');
export const anyText = matching(/./, 'a text');

const isPort = (digits: string): boolean => Number(digits) <= 65_535;
const isHost = (host: string): boolean =>
  isIPv4(host) || (/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(host) && !/^[\d.]+$/.test(host));

export const address: Reader<{ host: string; port: number }> = {
  expected: 'an address to listen on: HOST:PORT, [IPV6]:PORT or PORT',
  read: (text) => {
    const [, inBrackets, name, port] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text) ?? [];
    const host = inBrackets ?? name ?? '127.0.0.1';
    if (port === undefined || !isPort(port)) return undefined;
    if (inBrackets === undefined ? !isHost(host) : !isIPv6(host)) return undefined;
    return { host, port: Number(port) };
  },
};

const isServer = (text: string): boolean => {
  if (isIP(text) !== 0) return true;
  const [, inBrackets, four, port] = /^(?:\[([^\]]*)\]|([\d.]*)):(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) === 0 || !isPort(port)) return false;
  return inBrackets === undefined ? isIPv4(four ?? '') : isIPv6(inBrackets);
};

export const servers: Reader<readonly string[]> = {
  expected: 'IP addresses with commas between them, each with :PORT if it is not 53 ([IPV6]:PORT)',
  read: (text) => {
    const list = text.split(/\s*,\s*|\s+/);
    return list.every(isServer) ? list : undefined;
  },
};

const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const route = /\/(register|push_call|push_cancel|push_message|update|delete|devices|health)$/;

const plainUrl = (text: string): URL | undefined => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '';
  return isPlain ? url : undefined;
};
const withoutSlash = ({ origin, pathname }: URL): string => origin + pathname.replace(/\/+$/, '');
const hasUser = ({ username, password }: URL): boolean => username !== '' || password !== '';

export const pushUrl: Reader<string> = {
  expected:
    'the address of the push2 endpoint without a route, https://HOST (http: to localhost, 127.0.0.1 or [::1] alone)',
  read: (text) => {
    const url = plainUrl(text);
    if (url === undefined || hasUser(url) || route.test(withoutSlash(url))) return undefined;
    return url.protocol === 'https:' || loopback.test(url.hostname) ? withoutSlash(url) : undefined;
  },
};

export const ariUrl: Reader<string> = {
  expected: 'the address of ARI, http://HOST:PORT/ari or https://HOST:PORT/ari',
  read: (text) => {
    const url = plainUrl(text);
    return url === undefined || hasUser(url) ? undefined : withoutSlash(url);
  },
};

export const proxyUrl: Reader<string> = {
  expected: 'the address of an HTTPS proxy, http://HOST:PORT or http://USER:PASSWORD@HOST:PORT',
  read: (text) => {
    const url = plainUrl(text);
    return url?.pathname === '/' && url.protocol === 'http:' && isDecodable(url) ? text : undefined;
  },
};

const isDecodable = ({ username, password }: URL): boolean => {
  try {
    decodeURIComponent(username + password);
    return true;
  } catch {
    return false;
  }
};

export const key: Reader<string> = {
  expected:
    'a key as `pns-admin keys add` printed it, pns_<keyId>_<secret>_<checksum>, whole and without a mistyped character',
  read: (text) => (readKey(text) === undefined ? undefined : text),
};

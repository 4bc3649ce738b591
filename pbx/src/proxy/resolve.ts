import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { systemClock, within } from '../calls/clock.ts';
import { readResolvConf } from './resolv-conf.ts';

/** The addresses of a host, and how long they hold, in milliseconds. Rejects with a code of node:dns. */
export type Resolve = (hostname: string) => Promise<{ addresses: LookupAddress[]; holdMs: number }>;

/** One question to one resolver, in milliseconds; a call is ringing. The next resolver is asked then. */
const timeoutMs = 500;
const tries = 2;
/** What answers for IPv4 may drop questions for IPv6 (RFC 8305, section 3), in milliseconds. */
const ipv6Ms = 50;
/** An IPv4 address is worth another try. */
const ipv4Ms = timeoutMs + ipv6Ms;
/** Node has c-ares take these for the last word, where the C library asks the next resolver. */
const ofOneResolver: readonly unknown[] = ['ESERVFAIL', 'EREFUSED', 'ENOTIMP', 'EFORMERR'];

/** @param servers addresses, each with a port if it is not 53: `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53` */
export const resolveThrough = (servers: readonly string[]): Resolve => {
  // Kept, since it remembers which of them are silent, and asks these last.
  const resolver = new Resolver({ timeout: timeoutMs, tries });
  resolver.setServers([...servers]);
  const [, ...others] = servers;
  const next = others.length > 0 ? resolveThrough(others) : undefined;

  return (hostname) =>
    resolveWith(resolver, hostname).catch((error: unknown) => {
      if (next !== undefined && ofOneResolver.includes(Object(error).code)) return next(hostname);
      throw error;
    });
};

const resolveWith = async (resolver: Resolver, hostname: string): ReturnType<Resolve> => {
  const four = settle(resolver.resolve4(hostname, { ttl: true }), 4);
  const six = settle(resolver.resolve6(hostname, { ttl: true }), 6);
  const first = await Promise.race([four, six]);
  const isEnough = first.addresses.length > 0;
  const both = isEnough ? [within(systemClock, ipv4Ms, four), within(systemClock, ipv6Ms, six)] : [four, six];
  const answers = (await Promise.all(both)).filter((answer) => answer !== undefined);
  const addresses = answers.flatMap((answer) => answer.addresses);
  if (addresses.length === 0) throw answers[0]?.error;
  // One kind alone may be of no use to this machine: it is asked for both again the next time.
  const isWhole = answers.length === both.length;
  return { addresses, holdMs: isWhole ? Math.min(...answers.map(({ ttl }) => ttl)) * 1_000 : 0 };
};

type Settled = { addresses: LookupAddress[]; ttl: number; error?: unknown };

const settle = async (
  question: Promise<readonly { address: string; ttl: number }[]>,
  family: 4 | 6,
): Promise<Settled> => {
  try {
    const records = await question;
    const addresses = records.map(({ address }) => ({ address, family }));
    return { addresses, ttl: Math.min(...records.map(({ ttl }) => ttl)) };
  } catch (error) {
    return { addresses: [], ttl: Number.POSITIVE_INFINITY, error };
  }
};

export type SystemFiles = {
  hosts: string;
  resolvConf: string;
  /** Where the resolvers of such a file listen. */
  dnsPort: number;
};
const systemFiles: SystemFiles = { hosts: '/etc/hosts', resolvConf: '/etc/resolv.conf', dnsPort: 53 };

/**
 * As the system has it, but that a dead resolver costs half a second: the C library waits 5 s for each, a call has 2, and
 * a process does not end before its look-ups have.
 */
export const resolveAsSystem = ({ hosts, resolvConf, dnsPort }: SystemFiles = systemFiles): Resolve => {
  let known: { text: string; resolve: Resolve } | undefined;
  const throughFile = async (): Promise<Resolve> => {
    const text = await readFile(resolvConf, 'utf8').catch(() => '');
    if (known?.text !== text) known = { text, resolve: resolveThrough(serversOf(text, dnsPort)) };
    return known.resolve;
  };

  return async (hostname) => {
    // RFC 6761, section 6.3; and what has no dot is no name of the internet.
    if (!hostname.includes('.') || hostname.endsWith('.localhost')) return askSystem(hostname);
    const addresses = addressesIn(await readFile(hosts, 'utf8').catch(() => ''), hostname);
    if (addresses.length > 0) return { addresses, holdMs: 0 };
    try {
      const resolve = await throughFile();
      return await resolve(hostname);
    } catch (error) {
      // Of another source, perhaps: mDNS, a directory.
      if (isUnknown(error)) return askSystem(hostname);
      throw error;
    }
  };
};

const askSystem: Resolve = async (hostname) => ({
  addresses: await lookup(hostname, { all: true }),
  holdMs: 0,
});

const isUnknown = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOTFOUND' || error.code === 'ENODATA');

/** resolv.conf(5): without one, the machine itself is asked. */
const serversOf = (text: string, port: number): string[] => {
  const { nameservers } = readResolvConf(text);
  const servers = nameservers.map(({ address }) =>
    isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`,
  );
  return servers.length > 0 ? servers : [`127.0.0.1:${port}`];
};

/** hosts(5) */
const addressesIn = (text: string, hostname: string): LookupAddress[] =>
  text.split('\n').flatMap((line) => {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const isMeant = names.some((name) => name.toLowerCase() === hostname.toLowerCase());
    return isMeant && isIP(address) !== 0 ? [{ address, family: isIP(address) }] : [];
  });

import type { LookupAddress } from 'node:dns';
import { lookup, Resolver } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { systemClock, within } from '../calls/clock.ts';
import { readResolvConf } from './resolv-conf.ts';

/** Rejects with a code of node:dns. */
export type Resolve = (hostname: string) => Promise<{
  addresses: LookupAddress[];
  /** How long they hold, in milliseconds. */
  holdMs: number;
  /** The kind that got no answer, not even that there is none. */
  missing?: 4 | 6 | undefined;
}>;

/** One question to one resolver, in milliseconds; a call is ringing. The next resolver is asked then. */
const timeoutMs = 500;
const tries = 2;
/** What answers for IPv4 may drop questions for IPv6 (RFC 8305, section 3), in milliseconds. */
const ipv6Ms = 50;
/** An IPv4 address is worth another try. */
const ipv4Ms = timeoutMs + ipv6Ms;
/** An endpoint may move before its TTL is over, and all calls with it. */
const longestHoldMs = 60_000;
/** Node has c-ares take these for the last word, where the C library asks the next resolver. */
const ofOneResolver: readonly unknown[] = ['ESERVFAIL', 'EREFUSED', 'ENOTIMP', 'EFORMERR', 'ECONNREFUSED'];

type Ask = (kind: 4 | 6, hostname: string) => Promise<readonly { address: string; ttl: number }[]>;

/** @param servers addresses, each with a port if it is not 53: `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:53` */
export const resolveThrough = (servers: readonly string[]): Resolve => {
  const all = askOf(servers);
  const each = servers.length > 1 ? servers.map((server) => askOf([server])) : [];
  const ask: Ask = (kind, hostname) =>
    all(kind, hostname).catch((error: unknown) => {
      if (each.length === 0 || !isOfOneResolver(error)) throw error;
      // At once, since one of them may be silent.
      return Promise.any(each.map((one) => one(kind, hostname))).catch(({ errors }: AggregateError) => {
        throw errors.find(isSilence) ?? errors.find(isUnknown) ?? error;
      });
    });
  return (hostname) => resolveWith(ask, hostname);
};

const askOf = (servers: readonly string[]): Ask => {
  // Kept, since it remembers which of them are silent, and asks these last.
  const resolver = new Resolver({ timeout: timeoutMs, tries });
  resolver.setServers([...servers]);
  return async (kind, hostname) => {
    const records =
      kind === 4
        ? await resolver.resolve4(hostname, { ttl: true })
        : await resolver.resolve6(hostname, { ttl: true });
    // An alias whose host has none: c-ares finds nothing wrong with it.
    if (records.length === 0)
      throw Object.assign(new Error(`no address of ${hostname}`), { code: 'ENODATA' });
    return records;
  };
};

const resolveWith = async (ask: Ask, hostname: string): ReturnType<Resolve> => {
  const four = settle(ask(4, hostname), 4);
  const six = settle(ask(6, hostname), 6);
  const first = await Promise.race([four, six]);
  const isEnough = first.addresses.length > 0;
  const both = isEnough ? [within(systemClock, ipv4Ms, four), within(systemClock, ipv6Ms, six)] : [four, six];
  const answers = (await Promise.all(both)).filter((answer) => answer !== undefined);
  const addresses = answers.flatMap((answer) => answer.addresses);
  if (addresses.length === 0) {
    const errors = answers.map(({ error }) => error);
    throw errors.find(isSilence) ?? errors.find(isOfOneResolver) ?? errors[0];
  }
  const missing = ([4, 6] as const).find(
    (kind) => !answers.some(({ family, error }) => family === kind && (!error || isUnknown(error))),
  );
  // One kind alone may be of no use to this machine: it is asked for both again the next time.
  const holdMs =
    missing === undefined ? Math.min(...answers.map(({ ttl }) => ttl * 1_000), longestHoldMs) : 0;
  return { addresses, holdMs, missing };
};

type Settled = { family: 4 | 6; addresses: LookupAddress[]; ttl: number; error?: unknown };

const settle = async (question: ReturnType<Ask>, family: 4 | 6): Promise<Settled> => {
  try {
    const records = await question;
    const addresses = records.map(({ address }) => ({ address, family }));
    return { family, addresses, ttl: Math.min(...records.map(({ ttl }) => ttl)) };
  } catch (error) {
    return { family, addresses: [], ttl: Number.POSITIVE_INFINITY, error };
  }
};

const isUnknown = (error: unknown): boolean => ['ENOTFOUND', 'ENODATA'].includes(Object(error).code);
const isOfOneResolver = (error: unknown): boolean => ofOneResolver.includes(Object(error).code);
/** Whoever asks again waits again. */
const isSilence = (error: unknown): boolean => !isUnknown(error) && !isOfOneResolver(error);

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
      if (isSilence(error)) throw error;
      // Of another source, perhaps: mDNS, a directory, a domain to search.
      return askSystem(hostname);
    }
  };
};

const askSystem: Resolve = async (hostname) => ({
  addresses: await lookup(hostname, { all: true }),
  holdMs: 0,
});

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

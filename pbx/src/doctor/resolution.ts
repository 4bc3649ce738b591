import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { hostOf } from '../address.ts';
import { addressesOf } from '../proxy/lookup.ts';
import { lookupOf } from '../proxy/proxy-client.ts';
import { type ResolvConf, readResolvConf } from '../proxy/resolv-conf.ts';
import type { Settings } from '../settings/settings.ts';
import { askResolver, type Reply } from './ask-resolver.ts';
import type { Ports } from './context.ts';
import { codeOf } from './exchange.ts';

/** `DNS_SERVERS`, or a file. */
export type ResolverSource = {
  name: string;
  conf?: ResolvConf;
  /** Why the file cannot be read. */
  unreadable?: string;
  /** In the order in which they are asked; `line` is that of the file. */
  resolvers: { address: string; line?: number; reply: Reply }[];
};

export type Resolution = {
  /** What pns looks up: the way out's host, where there is one. Undefined where that needs no resolver. */
  host: string | undefined;
  sources: ResolverSource[];
  /** Of the host, as pns gets them. */
  lookUp: { addresses: readonly string[]; failure?: string };
  /** Those, or if there are none, those that a resolver by itself has given. */
  addresses: readonly string[];
};

const lookUpDeadlineMs = 3_000;

/** The host and port that pns opens a connection to: an HTTPS proxy looks the push host up itself. */
export const nextHop = ({ pushUrl, httpsProxy }: Settings): { host: string; port: number } => {
  const url = new URL(httpsProxy ?? pushUrl);
  return { host: hostOf(url), port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) };
};

export const resolve = async (settings: Settings, ports: Ports): Promise<Resolution> => {
  const { host } = nextHop(settings);
  if (isIP(host) !== 0) {
    return { host: undefined, sources: [], lookUp: { addresses: [host] }, addresses: [host] };
  }
  // RFC 6761 6.3: such a name is never asked for.
  const isLocal = host === 'localhost' || host.endsWith('.localhost');
  const [lookUp, sources] = await Promise.all([
    lookUpWithin(() => (settings.dnsServers.length > 0 ? ask(settings, host) : ports.lookUp(host))),
    isLocal ? [] : askAll(settings, ports, host),
  ]);
  const given = sources.flatMap(({ resolvers }) => resolvers.map(({ reply }) => reply.addresses));
  const addresses =
    lookUp.addresses.length > 0 ? lookUp.addresses : (given.find(({ length }) => length > 0) ?? []);
  return { host: isLocal ? undefined : host, sources, lookUp, addresses };
};

const ask = (settings: Settings, host: string): Promise<string[]> => addressesOf(lookupOf(settings), host);

const lookUpWithin = async (lookUp: () => Promise<string[]>): Promise<Resolution['lookUp']> => {
  const stop = new AbortController();
  try {
    const late = delay(lookUpDeadlineMs, undefined, { signal: stop.signal });
    const found = await Promise.race([lookUp(), late]);
    return found === undefined ? { addresses: [], failure: 'ETIMEDOUT' } : { addresses: found };
  } catch (error) {
    return { addresses: [], failure: codeOf(error) };
  } finally {
    stop.abort();
  }
};

const askAll = async (settings: Settings, ports: Ports, host: string): Promise<ResolverSource[]> => {
  const files = [ports.resolvConf, ...(settings.resolvConf === undefined ? [] : [settings.resolvConf])];
  const ofSettings = async (): Promise<ResolverSource> => ({
    name: 'DNS_SERVERS',
    resolvers: await Promise.all(
      settings.dnsServers.map(async (address) => ({ address, reply: await askResolver(address, host) })),
    ),
  });
  return Promise.all([
    ...(settings.dnsServers.length > 0 ? [ofSettings()] : []),
    ...files.map((file) => askFile(file, ports.dnsPort, host)),
  ]);
};

const askFile = async (file: string, port: number, host: string): Promise<ResolverSource> => {
  try {
    const conf = readResolvConf(await readFile(file, 'utf8'));
    const resolvers = conf.nameservers.map(async ({ address, line }) => ({
      address,
      line,
      reply: await askResolver(isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`, host),
    }));
    return { name: file, conf, resolvers: await Promise.all(resolvers) };
  } catch (error) {
    return { name: file, unreadable: codeOf(error), resolvers: [] };
  }
};

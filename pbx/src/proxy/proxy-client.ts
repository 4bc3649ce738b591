import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { createSecureContext, getCACertificates } from 'node:tls';
import type { Client, ClientOptions } from 'pns-proxy-client';
import { createClient } from 'pns-proxy-client';
import type { Settings } from '../settings/settings.ts';
import { createLookup, type Lookup } from './lookup.ts';
import { resolveAsSystem, resolveThrough } from './resolve.ts';
import { TunnelAgent } from './tunnel-agent.ts';

/** What the way to the endpoint depends on. */
export type Way = Pick<
  Settings,
  'pushUrl' | 'key' | 'caFile' | 'httpsProxy' | 'dnsServers' | 'spoolDeadlineMs'
>;

/**
 * A connection that nothing was sent on for so long is closed, in milliseconds: a NAT or a failed-over line may have
 * forgotten it, and a call that waits for its answer then is lost.
 */
const idleMs = 20_000;

/**
 * The client library as the settings have it: behind an HTTPS proxy, with a CA or resolvers of the site's own. Once
 * closed, it is not to be used again.
 *
 * @param more what it tells of every try, and adds to it
 */
export const createProxyClient = (
  way: Way,
  more: Pick<ClientOptions, 'onAttempt' | 'headers'> = {},
): Client => {
  const lookup = lookupOf(way);
  const agent = agentOf(way, lookup);
  const client = createClient({
    url: way.pushUrl,
    key: way.key,
    deadlineMs: way.spoolDeadlineMs,
    agent,
    ...more,
    onAttempt: (attempt) => {
      if (!attempt.sent && (attempt.code === 'network' || attempt.code === 'timeout')) lookup.doubt();
      return more.onAttempt?.(attempt);
    },
  });
  return {
    ...client,
    close: () => {
      // Connections in use end with what they are used for.
      agent.maxFreeSockets = 0;
      client.close();
    },
  };
};

type AgentWay = Pick<Way, 'pushUrl' | 'caFile' | 'httpsProxy' | 'dnsServers'>;

/** @param lookup instead of the settings' own */
export const agentOf = (way: AgentWay, lookup: LookupFunction = lookupOf(way)): HttpAgent | HttpsAgent => {
  const { pushUrl, caFile, httpsProxy } = way;
  const options = { keepAlive: true, timeout: idleMs };
  // To loopback alone, where no proxy is.
  if (new URL(pushUrl).protocol === 'http:') return new HttpAgent(options);
  // Made once: to read hundreds of certificates for each connection would hold up all else.
  const secureContext = caFile === undefined ? undefined : createSecureContext({ ca: trustedWith(caFile) });
  const secured = { ...options, ...(secureContext && { secureContext }) };
  return httpsProxy === undefined
    ? new HttpsAgent({ ...secured, lookup })
    : new TunnelAgent(new URL(httpsProxy), lookup, secured);
};

/** How the host of the next hop is looked up. */
export const lookupOf = ({ dnsServers }: Pick<Way, 'dnsServers'>): Lookup =>
  createLookup(dnsServers.length > 0 ? resolveThrough(dnsServers) : resolveAsSystem());

/** Node's own authorities and those of a file. Throws what reading it does. */
export const trustedWith = (caFile: string): string[] => [
  ...getCACertificates('default'),
  readFileSync(caFile, 'utf8'),
];

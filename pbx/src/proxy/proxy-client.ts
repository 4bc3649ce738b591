import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import type { Attempt, Client } from 'pns-proxy-client';
import { createClient } from 'pns-proxy-client';
import type { Settings } from '../settings/settings.ts';
import { lookupThrough } from './lookup.ts';

/**
 * The client library as the settings have it: behind an HTTPS proxy, with a CA or resolvers of the site's own. Once
 * closed, it is not to be used again.
 *
 * @param onAttempt is told of every try
 */
export const createProxyClient = (settings: Settings, onAttempt?: (attempt: Attempt) => void): Client => {
  const agent = agentOf(settings);
  const client = createClient({
    url: settings.pushUrl,
    key: settings.key,
    deadlineMs: settings.spoolDeadlineMs,
    agent,
    ...(onAttempt && { onAttempt }),
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

/** @param lookup instead of the settings' own */
export const agentOf = (
  { pushUrl, caFile, httpsProxy, dnsServers }: Settings,
  lookup?: LookupFunction,
): HttpAgent | HttpsAgent => {
  const given = lookup ?? (dnsServers.length > 0 ? lookupThrough(dnsServers) : undefined);
  const options = { keepAlive: true, ...(given && { lookup: given }) };
  // To loopback alone, where no proxy is.
  if (new URL(pushUrl).protocol === 'http:') return new HttpAgent(options);
  return new HttpsAgent({
    ...options,
    ...(caFile !== undefined && { ca: trustedWith(caFile) }),
    ...(httpsProxy !== undefined && { proxyEnv: { HTTPS_PROXY: httpsProxy } }),
  });
};

/** Node's own authorities and those of a file. Throws what reading it does. */
export const trustedWith = (caFile: string): string[] => [
  ...getCACertificates('default'),
  readFileSync(caFile, 'utf8'),
];

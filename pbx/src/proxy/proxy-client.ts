import { readFileSync } from 'node:fs';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { getCACertificates } from 'node:tls';
import type { Attempt, Client } from 'pns-proxy-client';
import { createClient } from 'pns-proxy-client';
import type { Settings } from '../settings/settings.ts';
import { lookupThrough } from './lookup.ts';

/**
 * The client library as the settings have it: behind an HTTPS proxy, with a CA or resolvers of the site's own.
 *
 * @param onAttempt is told of every try
 */
export const createProxyClient = (settings: Settings, onAttempt?: (attempt: Attempt) => void): Client =>
  createClient({
    url: settings.pushUrl,
    key: settings.key,
    deadlineMs: settings.spoolDeadlineMs,
    agent: agentOf(settings),
    ...(onAttempt && { onAttempt }),
  });

const agentOf = ({ pushUrl, caFile, httpsProxy, dnsServers }: Settings): HttpAgent | HttpsAgent => {
  const options = {
    keepAlive: true,
    ...(dnsServers.length > 0 && { lookup: lookupThrough(dnsServers) }),
  };
  // To loopback alone, where no proxy is.
  if (new URL(pushUrl).protocol === 'http:') return new HttpAgent(options);
  return new HttpsAgent({
    ...options,
    ...(caFile !== undefined && { ca: [...getCACertificates('default'), readFileSync(caFile, 'utf8')] }),
    ...(httpsProxy !== undefined && { proxyEnv: { HTTPS_PROXY: httpsProxy } }),
  });
};

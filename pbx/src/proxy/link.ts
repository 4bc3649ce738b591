import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Attempt, Client } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { Status } from '../operations.ts';
import type { Settings } from '../settings/settings.ts';
import type { Send } from '../spool/delivery.ts';
import { createBreaker } from './breaker.ts';
import type { Way } from './proxy-client.ts';
import { createProxyClient } from './proxy-client.ts';

/** A probe is a push to an extension that nobody has, and to no phone of it. */
const nobody = 'pns-probe';
/** In milliseconds; calls may have more time. */
const leastProbeMs = 2_000;

type LinkPorts = {
  log: Log;
  onAttempt: (attempt: Attempt) => void;
  /** Is told when the proxy, having been down, has answered. */
  onBack: () => void;
  /** Age of what has waited longest to be delivered, in seconds: each request tells the proxy, which sounds an alarm. */
  spoolOldestSeconds: () => number;
};

export type Link = Pick<Client, 'pushCall' | 'pushCancel' | 'pushMessage'> & {
  /** Hands on what was spooled, whether the proxy has been seen down or not. */
  send: Send;
  /** From now on; what is under way ends as it began. */
  use(settings: Settings): void;
  report(): Status['proxy'];
  close(): void;
};

/** With what the CA file holds: it may be another than before. */
const wayOf = (settings: Settings): Way & { certificates: string | undefined } => {
  const { pushUrl, key, caFile, httpsProxy, dnsServers, spoolDeadlineMs } = settings;
  const certificates = caFile && readFileSync(caFile, 'utf8');
  return { pushUrl, key, caFile, httpsProxy, dnsServers, spoolDeadlineMs, certificates };
};

/**
 * The way to the proxy: calls are spared the wait where it is down. The spool is not, and a cancel neither: a phone that
 * rings on is worse than a wait that nobody notices.
 */
export const createLink = (settings: Settings, ports: LinkPorts): Link => {
  const { log, onAttempt, onBack, spoolOldestSeconds } = ports;
  const headers = () => ({ 'x-pns-spool-oldest-seconds': String(spoolOldestSeconds()) });
  const open = (next: Settings) => {
    const client = createProxyClient(next, {
      headers,
      onAttempt: (attempt) => {
        breaker.heard(attempt);
        onAttempt(attempt);
      },
    });
    const probe = () =>
      client.pushCall(
        { to: nobody, only: [nobody], test: true },
        { deadlineMs: Math.max(leastProbeMs, current.callDeadlineMs) },
      );
    const breaker = createBreaker(probe, log, onBack);
    const close = () => {
      breaker.close();
      client.close();
    };
    return { way: wayOf(next), client, breaker, close };
  };
  let current = settings;
  let used = open(settings);

  return {
    pushCall: (request, options) => used.breaker.guard(() => used.client.pushCall(request, options)),
    pushCancel: (request, options) => used.client.pushCancel(request, options),
    pushMessage: (request, options) => used.client.pushMessage(request, options),
    send: ({ operation, request }, signal) => {
      const { client } = used;
      const options = { signal, stopIfUnknown: true };
      if (operation === 'register') return client.register(request, options);
      if (operation === 'update') return client.update(request, options);
      return client.delete(request, options);
    },
    use: (next) => {
      current = next;
      if (isDeepStrictEqual(wayOf(next), used.way)) return;
      const former = used;
      used = open(next);
      former.close();
    },
    report: () => ({ url: used.way.pushUrl, ...used.breaker.report() }),
    close: () => used.close(),
  };
};

import { isDeepStrictEqual } from 'node:util';
import type { Attempt, Client } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { Status } from '../operations.ts';
import type { Settings } from '../settings/settings.ts';
import type { Send } from '../spool/delivery.ts';
import { createBreaker } from './breaker.ts';
import { createProxyClient } from './proxy-client.ts';

/** A probe is a push to an extension that nobody has, and to no phone of it. */
const nobody = 'pns-probe';
const probeDeadlineMs = 2_000;

type LinkPorts = {
  log: Log;
  onAttempt: (attempt: Attempt) => void;
  /** Is told when the proxy, having been down, has answered. */
  onBack: () => void;
};

export type Link = Pick<Client, 'pushCall' | 'pushCancel' | 'pushMessage'> & {
  /** Hands on what was spooled, whether the proxy has been seen down or not. */
  send: Send;
  /** From now on; what is under way ends as it began. */
  use(settings: Settings): void;
  report(): Status['proxy'];
  close(): void;
};

const wayOf = ({ pushUrl, key, httpsProxy, dnsServers, spoolDeadlineMs }: Settings) => ({
  pushUrl,
  key,
  httpsProxy,
  dnsServers,
  spoolDeadlineMs,
});

/** A CA file may hold something else than before. */
const isSameWay = (former: Settings, next: Settings): boolean =>
  next.caFile === undefined && former.caFile === undefined && isDeepStrictEqual(wayOf(former), wayOf(next));

/**
 * The way to the proxy: calls are spared the wait where it is down. The spool is not, and a cancel neither: a phone that
 * rings on is worse than a wait that nobody notices.
 */
export const createLink = (settings: Settings, { log, onAttempt, onBack }: LinkPorts): Link => {
  const open = (next: Settings) => {
    const client = createProxyClient(next, (attempt) => {
      breaker.heard(attempt);
      onAttempt(attempt);
    });
    const probe = () =>
      client.pushCall({ to: nobody, only: [nobody], test: true }, { deadlineMs: probeDeadlineMs });
    const breaker = createBreaker(probe, log, onBack);
    const close = () => {
      breaker.close();
      client.close();
    };
    return { settings: next, client, breaker, close };
  };
  let way = open(settings);

  return {
    pushCall: (request, options) => way.breaker.guard(() => way.client.pushCall(request, options)),
    pushCancel: (request, options) => way.client.pushCancel(request, options),
    pushMessage: (request, options) => way.client.pushMessage(request, options),
    send: ({ operation, request }, signal) => {
      const { client } = way;
      const options = { signal, stopIfUnknown: true };
      if (operation === 'register') return client.register(request, options);
      if (operation === 'update') return client.update(request, options);
      return client.delete(request, options);
    },
    use: (next) => {
      if (isSameWay(way.settings, next)) return;
      const former = way;
      way = open(next);
      former.close();
    },
    report: () => ({ url: way.settings.pushUrl, ...way.breaker.report() }),
    close: () => way.close(),
  };
};

import type { Context } from './context.ts';
import { type Finding, listed } from './finding.ts';
import { nextHop } from './resolution.ts';
import type { Dial } from './tcp.ts';

const failures: Readonly<Record<string, string>> = {
  ETIMEDOUT: 'gives no answer: what is sent to it is dropped',
  ECONNREFUSED: 'refuses the connection',
  EHOSTUNREACH: 'cannot be reached (no route to host)',
  ENETUNREACH: 'cannot be reached (no route to its network)',
  EADDRNOTAVAIL: 'cannot be reached (this machine has no address of its kind)',
  EACCES: 'may not be reached from this machine',
  EPERM: 'may not be reached from this machine',
};

/** That a machine has no IPv6 is no fault: the others are used at once. */
const withoutRoute = new Set(['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL']);

/** Whether a TCP connection comes about, and TLS over it. */
export const checkConnection = async (context: Context): Promise<Finding[]> => {
  const { settings } = context;
  const { dials, tls, tunnel } = await context.reach();
  const { host, port } = nextHop(settings);
  const target = `${host}:${port}`;
  if (dials.length === 0) {
    return [
      { check: 'connection', level: 'skipped', what: `${target} was not tried: nothing gives its address` },
    ];
  }
  const failed = dials.filter(({ failure }) => failure !== undefined);
  if (failed.length === dials.length) return [blocked(target, failed, settings.httpsProxy !== undefined)];
  if (tls && 'failure' in tls) return [cut(new URL(settings.pushUrl).host, tls.failure)];
  const hindering = failed.filter(
    ({ address, failure = '' }) => !(address.includes(':') && withoutRoute.has(failure)),
  );
  if (hindering.length > 0) return [partly(target, hindering, dials.length)];
  const connected = dials.filter(({ failure }) => failure === undefined);
  const slowest = Math.max(...connected.map(({ milliseconds }) => milliseconds));
  const what = `${target} is connected to within ${slowest} ms${tunnel ? ' (the HTTPS proxy)' : ''}`;
  return [{ check: 'connection', level: 'ok', what, details: { dials } }];
};

const seen = (failed: readonly Dial[]): string =>
  listed(
    failed.map(({ address, failure = '' }) => `${address} ${failures[failure] ?? `fails (${failure})`}`),
    3,
  );

const blocked = (target: string, failed: readonly Dial[], isProxy: boolean): Finding => {
  const dropped = failed.some(({ failure }) => failure === 'ETIMEDOUT');
  const allow = `Allow TCP from this machine to ${target}, by name, since its addresses change.`;
  const whose = isProxy ? 'Compare HTTPS_PROXY, too.' : 'If no firewall is in the way, compare PUSH_URL.';
  return {
    check: 'connection',
    level: 'fault',
    what: `no connection to ${target}: ${seen(failed)}`,
    remedy: `${dropped ? 'A firewall drops it.' : 'A firewall rejects it, or nothing listens there.'} ${allow} ${whose}`,
    details: { dials: failed },
  };
};

const partly = (target: string, failed: readonly Dial[], all: number): Finding => ({
  check: 'connection',
  level: 'warning',
  what: `${failed.length} of ${all} addresses of ${target} do not connect: ${seen(failed)}`,
  remedy: `Allow TCP from this machine to ${target} by name: a rule by address misses some, and they change.`,
  details: { dials: failed },
});

const cut = (host: string, failure: string): Finding => {
  const heard =
    failure === 'ETIMEDOUT'
      ? 'no TLS comes about in time'
      : failure === 'EPROTO' || failure.startsWith('ERR_SSL')
        ? `what answers does not speak TLS properly (${failure})`
        : `the connection is cut while TLS begins (${failure})`;
  return {
    check: 'connection',
    level: 'fault',
    what: `${host} takes the connection, but ${heard}`,
    remedy: `Something in between holds it up: a firewall that filters by host name, or a proxy. Exempt ${host} from it. If it is a proxy one must use, name it in HTTPS_PROXY.`,
    details: { failure },
  };
};

import type { Settings } from '../settings/settings.ts';
import type { Context, Ports } from './context.ts';
import type { Finding } from './finding.ts';
import { nextHop } from './resolution.ts';

/** The HTTPS proxy on the way out: whether it lets pns through, and whether there is one that pns was not told of. */
export const checkOutboundProxy = async (context: Context): Promise<Finding[]> => {
  const { settings, ports } = context;
  if (settings.httpsProxy === undefined) return untold(settings, ports);
  const { tunnel } = await context.reach();
  const { host, port } = nextHop(settings);
  // Without a connection to it, there is nothing to say of it.
  if (tunnel === undefined)
    return [{ check: 'proxy', level: 'skipped', what: `${host}:${port} was not asked` }];
  if ('status' in tunnel && tunnel.status === 200) {
    return [{ check: 'proxy', level: 'ok', what: `the HTTPS proxy ${host}:${port} lets pns through` }];
  }
  const target = new URL(settings.pushUrl).host;
  const said = 'status' in tunnel ? `answers ${tunnel.status}` : `gives no answer (${tunnel.failure})`;
  return [
    {
      check: 'proxy',
      level: 'fault',
      what: `the HTTPS proxy ${host}:${port} ${said} to CONNECT ${target}`,
      remedy: remedyOf(tunnel, settings, target),
      details: { proxy: `${host}:${port}`, ...tunnel },
    },
  ];
};

const remedyOf = (
  tunnel: { status: number } | { failure: string },
  settings: Settings,
  target: string,
): string => {
  if ('failure' in tunnel) return 'What listens there is perhaps no HTTP proxy: compare HTTPS_PROXY.';
  if (tunnel.status !== 407) return `Have whoever runs the proxy allow CONNECT to ${target}.`;
  return new URL(settings.httpsProxy ?? '').username === ''
    ? 'It wants a user name and a password: HTTPS_PROXY = http://USER:PASSWORD@HOST:PORT.'
    : 'It does not take the user name and password in HTTPS_PROXY: correct them.';
};

const variables = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];

const untold = ({ pushUrl }: Settings, { environment }: Ports): Finding[] => {
  const variable = variables.find((name) => environment[name]);
  const { hostname } = new URL(pushUrl);
  const exempt = (environment['no_proxy'] ?? environment['NO_PROXY'] ?? '')
    .split(',')
    .map((suffix) => suffix.trim().replace(/^\*?\./, ''))
    .some((suffix) => suffix !== '' && (hostname === suffix || hostname.endsWith(`.${suffix}`)));
  if (variable === undefined || exempt) return [];
  return [
    {
      check: 'proxy',
      level: 'warning',
      what: `the environment names a proxy (${variable}), pns.conf does not: pns goes out without it`,
      remedy: `If this machine must use it, set HTTPS_PROXY in pns.conf; if not, put ${hostname} into no_proxy.`,
      details: { variable },
    },
  ];
};

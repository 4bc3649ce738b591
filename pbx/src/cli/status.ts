import { urlOf } from '../address.ts';
import { readStatus } from '../control/read-status.ts';
import type { Status } from '../operations.ts';
import type { Settings } from '../settings/settings.ts';
import { explainCode } from './reasons.ts';
import { formatList, formatSeconds, plural } from './table.ts';
import type { Terminal } from './terminal.ts';

const breakers: Readonly<Record<Status['proxy']['breaker'], string>> = {
  closed: 'closed: the proxy is asked for each call',
  open: 'open: the proxy has been seen down, and calls are not held up for it until it answers a probe',
  'half-open': 'half-open: the proxy has been seen down, and is being probed',
};

const spoolText = ({ depth, oldestSeconds, fault }: Status['spool']): string => {
  if (fault !== undefined) return `takes nothing (${fault}): pns doctor`;
  return depth === 0
    ? 'empty'
    : `${plural(depth, 'request')} not at the proxy yet, the oldest for ${formatSeconds(oldestSeconds)}: pns spool`;
};

const failureText = ({ lastFailureAt, lastFailure }: Status['proxy']): string =>
  lastFailureAt === undefined
    ? 'none since the start'
    : `${lastFailureAt}${lastFailure === undefined ? '' : ` (${lastFailure}): ${explainCode(lastFailure)}`}`;

const formatStatus = (status: Status, address: string): string =>
  formatList([
    ['pns', `${status.version}, pid ${status.pid}, up for ${formatSeconds(status.uptimeSeconds)}`],
    ['listens on', address],
    ['calls in progress', String(status.callsInProgress)],
    ['spool', spoolText(status.spool)],
    ['kept aside', status.spool.keptAside === 0 ? 'none' : `${status.spool.keptAside}: pns spool`],
    ['proxy', status.proxy.url],
    ['breaker', breakers[status.proxy.breaker]],
    ['last success', status.proxy.lastSuccessAt ?? 'none since the start'],
    ['last failure', failureText(status.proxy)],
  ]);

/** `pns status` */
export const showStatus = async (
  { proxyAddress }: Pick<Settings, 'proxyAddress'>,
  { json = false }: { json?: boolean },
  terminal: Terminal,
): Promise<number> => {
  const status = await readStatus(proxyAddress);
  terminal.out(json ? JSON.stringify(status, undefined, 2) : formatStatus(status, urlOf(proxyAddress)));
  return 0;
};

import { urlOf } from '../address.ts';
import { askDaemon, NotAnswering, NotListening } from '../control/ask-daemon.ts';
import { parseStatus } from '../control/read-status.ts';
import { absenceOf } from '../daemon/absence.ts';
import { nameHolder } from '../daemon/instance.ts';
import type { Status } from '../operations.ts';
import type { Settings } from '../settings/settings.ts';
import { remedyOf } from '../spool/spool-error.ts';
import type { Context } from './context.ts';
import type { Finding } from './finding.ts';

/** It is on this machine, and `/status` waits for nothing. */
const timeoutMs = 2_000;

/** What reaches the proxy takes seconds; with a spool older than this it does not reach it. */
const lateSeconds = 60;
const stuckSeconds = 15 * 60;

const start = 'Start it: `systemctl start pns`. If it does not stay, `journalctl -u pns` says why.';
const again =
  'It is starting, or PROXY_ADDRESS has been changed since. Look again in a moment; if it stays so: `systemctl restart pns`.';
const restart = 'Restart it: `systemctl restart pns`. Nothing that it has acknowledged is lost.';

export const checkDaemon = async (context: Context): Promise<Finding[]> => {
  const { settings, ports } = context;
  const { port } = settings.proxyAddress;
  const at = urlOf(settings.proxyAddress);
  const whose = `Find it with \`ss -ltnp 'sport = :${port}'\` and stop it, or give pns another PROXY_ADDRESS.`;
  const fault = (what: string, remedy: string, details: object = {}): Finding[] => [
    { check: 'daemon', level: 'fault', what, remedy, details: { address: at, ...details } },
  ];
  try {
    const answer = await askDaemon(settings.proxyAddress, '/status', { timeoutMs });
    const status = parseStatus(answer);
    return status === undefined
      ? fault(`another program answers at ${at} (HTTP ${answer.status})`, whose)
      : judge(status, settings, ports.version);
  } catch (error) {
    if (!(error instanceof NotListening || error instanceof NotAnswering)) throw error;
    const holder = await ports.holderOf(settings.dataDir);
    const which = nameHolder(settings.dataDir, holder);
    const details = typeof holder === 'number' ? { pid: holder } : {};
    switch (absenceOf(error, holder)) {
      case 'gone':
        return fault(`pns is not running: nothing listens at ${at}`, start);
      case 'foreign':
        return fault(
          `something at ${at} gives no answer, and no pns has the data in ${settings.dataDir}`,
          whose,
        );
      case 'deaf':
        return fault(`pns runs (${which}), but does not listen at ${at}`, again, details);
      case 'stuck':
        return fault(`pns is stuck (${which}): it gives no answer at ${at}`, restart, details);
      case 'unknown':
        return fault(
          `${error.message}; whether pns runs this user cannot see in ${settings.dataDir}`,
          'Repeat `pns doctor` with sudo, which tells whether it is stuck or not there at all.',
        );
    }
  }
};

const judge = (status: Status, settings: Settings, version: string): Finding[] => {
  const { spool, proxy } = status;
  const found: Finding[] = [];
  const add = (level: 'warning' | 'fault', what: string, remedy: string) =>
    found.push({ check: 'daemon', level, what, remedy, details: { ...status } });
  if (status.version !== version) {
    add('warning', `the daemon is version ${status.version}, installed is ${version}`, restart);
  }
  if (proxy.url !== settings.pushUrl) {
    add(
      'warning',
      `the daemon uses ${proxy.url}, pns.conf says ${settings.pushUrl}`,
      'Have it read pns.conf: `pns reload`. If it refuses, pns.log names the line.',
    );
  }
  if (proxy.breaker !== 'closed') {
    const last = proxy.lastFailureAt
      ? ` (last: ${proxy.lastFailure ?? 'failure'} at ${proxy.lastFailureAt})`
      : '';
    add(
      'fault',
      `the daemon does not push calls: it has just seen the endpoint down${last}`,
      'It goes on by itself as soon as the endpoint answers. Look at what the other checks found on the way there.',
    );
  }
  if (spool.fault !== undefined) {
    add(
      'fault',
      `the daemon can keep nothing on disk (${spool.fault}): registrations, updates and deletes are refused`,
      `The spool in DATA_DIR: ${remedyOf(spool.fault) ?? 'pns.log says what is wrong with it'}. pns goes on by itself then.`,
    );
  }
  if (spool.depth > 0 && spool.oldestSeconds >= lateSeconds) {
    add(
      spool.oldestSeconds >= stuckSeconds ? 'fault' : 'warning',
      `${spool.depth} registrations, updates or deletes wait for the endpoint, the oldest for ${spool.oldestSeconds} s`,
      'They are safe and are sent as soon as the endpoint takes them; until then new phones are not woken. `pns status` and pns.log show the last failure.',
    );
  }
  if (spool.keptAside > 0) {
    add(
      'warning',
      `the endpoint has refused ${spool.keptAside} registrations, updates or deletes for good`,
      '`pns spool` lists them with the reason for each; such a phone must register again.',
    );
  }
  if (found.length > 0) return found;
  const what = `pns ${status.version} answers (process ${status.pid}, ${spool.depth} in the spool)`;
  return [{ check: 'daemon', level: 'ok', what, details: { ...status } }];
};

import { askDaemon } from '../control/ask-daemon.ts';
import type { Settings } from '../settings/settings.ts';
import { CommandError } from './failure.ts';
import { refusalOf } from './refusal.ts';
import type { Terminal } from './terminal.ts';

/** `pns reload` */
export const reloadSettings = async (
  { proxyAddress }: Pick<Settings, 'proxyAddress'>,
  terminal: Terminal,
): Promise<number> => {
  const answer = await askDaemon(proxyAddress, '/confreload', { method: 'POST' });
  if (answer.status >= 200 && answer.status < 300) {
    terminal.note('pns has read its settings anew');
    return 0;
  }
  if (answer.status === 403) {
    throw new CommandError(
      `pns takes this from a loopback address only (${refusalOf(answer)}): systemctl reload pns, or send it SIGHUP, and look into its log`,
    );
  }
  // What is wrong in them, in words of the daemon's.
  if (answer.status === 422) throw new CommandError(refusalOf(answer));
  throw new CommandError(`pns did not read its settings anew: ${refusalOf(answer)}`);
};

import { urlOf } from '../address.ts';
import { NotAnswering, NotListening } from '../control/ask-daemon.ts';
import { absenceOf } from '../daemon/absence.ts';
import { holderOf, nameHolder } from '../daemon/instance.ts';
import type { Settings } from '../settings/settings.ts';
import { CommandError } from './failure.ts';

/**
 * Asks something of the daemon; where that does not answer, says whether it runs at all, and what to do.
 *
 * @throws CommandError
 */
export const withDaemon = async <Result>(
  { proxyAddress, dataDir }: Pick<Settings, 'proxyAddress' | 'dataDir'>,
  ask: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof NotListening || error instanceof NotAnswering)) throw error;
    const holder = holderOf(dataDir);
    const which = nameHolder(dataDir, holder);
    const address = urlOf(proxyAddress);
    const again = 'End it with `pns stop`, then start it again: nothing that it has acknowledged is lost.';
    const text = {
      gone: `pns does not run: nothing listens at ${address}. Start it: systemctl start pns`,
      deaf: `pns runs (${which}), but does not listen at ${address}: it is starting, or PROXY_ADDRESS has been changed since. Look again in a moment; if it stays so: pns stop, then start it.`,
      foreign: `${error.message}, and no pns runs on ${dataDir}: another program has its address, perhaps`,
      unknown: `${error.message}; whether pns runs this user cannot see in ${dataDir}: repeat it with sudo`,
      stuck: `pns is stuck (${which}): ${error.message}. ${again}`,
    };
    throw new CommandError(text[absenceOf(error, holder)], { cause: error });
  }
};

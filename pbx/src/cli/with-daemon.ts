import { absenceOf, formatAddress, NotAnswering, NotListening } from '../control/ask-daemon.ts';
import type { Settings } from '../settings/settings.ts';
import { CommandError } from './failure.ts';
import { pidOf } from './pid-of.ts';

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
    const pid = pidOf(dataDir);
    const address = formatAddress(proxyAddress);
    const again = 'End it with `pns stop`, then start it again: nothing that it has acknowledged is lost.';
    const text = {
      gone: `pns does not run: nothing listens at ${address}. Start it: systemctl start pns`,
      deaf: `pns runs (pid ${pid}), but does not listen at ${address}: it is starting, or PROXY_ADDRESS has been changed since. Look again in a moment; if it stays so: pns stop, then start it.`,
      foreign: `${error.message}, and no pns runs on ${dataDir}: another program has its address, perhaps`,
      stuck: `pns is stuck (pid ${pid}): ${error.message}. ${again}`,
    };
    throw new CommandError(text[absenceOf(error, pid)], { cause: error });
  }
};

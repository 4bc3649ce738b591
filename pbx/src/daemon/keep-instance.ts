import type { Log } from '../log/log.ts';
import { AlreadyRunning, DataDirError, type Instance } from './instance.ts';

/** A second pns that starts meanwhile, after somebody has emptied DATA_DIR, is not kept out. In milliseconds. */
const lookEveryMs = 2_000;

/**
 * Looks by and by whether the folder is still this process's.
 *
 * @param onTaken is told where another pns has it
 * @returns what ends the looking
 */
export const keepInstance = (instance: Instance, log: Log, onTaken: () => void): (() => void) => {
  let told: string | undefined;
  const looking = setInterval(() => {
    try {
      instance.hold();
      told = undefined;
    } catch (error) {
      if (!(error instanceof AlreadyRunning || error instanceof DataDirError)) throw error;
      if (error.message !== told) log('error', 'internal_error', { code: 'data-dir', reason: error.message });
      told = error.message;
      if (error instanceof AlreadyRunning) onTaken();
    }
  }, lookEveryMs).unref();
  return () => clearInterval(looking);
};

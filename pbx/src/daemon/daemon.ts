import { formatAddress } from '../address.ts';
import { describeError } from '../log/describe-error.ts';
import type { OpenLog } from '../log/open-log.ts';
import { openLog } from '../log/open-log.ts';
import { readSettings } from '../settings/read-settings.ts';
import { reloaded } from '../settings/reload.ts';
import type { Settings } from '../settings/settings.ts';
import { spoolFileOf } from '../spool/spool-file.ts';
import { version } from '../version.ts';
import type { Instance } from './instance.ts';
import { claimInstance } from './instance.ts';
import { joined } from './joined.ts';
import { keepInstance } from './keep-instance.ts';
import { createNotifier } from './notify.ts';
import { startParts } from './parts.ts';
import { stopTimes } from './stop-times.ts';

/**
 * Runs pns until it is told to stop.
 *
 * @returns the exit code: 0 after a stop, 1 where it could not go on
 * @throws SettingsError, AlreadyRunning, SpoolError or ListenError, where it cannot start
 */
export const runDaemon = async (configFile: string): Promise<number> => {
  // Until the real ones are there, and afterwards: by default SIGHUP ends a process, and SIGUSR1 opens Node's inspector
  // to everybody on the machine.
  for (const signal of ['SIGHUP', 'SIGUSR1']) process.on(signal, () => {});
  const warnings: string[] = [];
  const settings = await readSettings(configFile, { warn: (warning) => warnings.push(warning) });
  const instance = await claimInstance(settings.dataDir);
  // Also where what hangs is ended with the process.
  process.once('exit', () => instance.release());
  const logging = openLog(settings);
  for (const warning of warnings) logging.log('warn', 'settings_warning', { warning });
  try {
    return await serve(configFile, settings, logging, instance);
  } finally {
    await logging.close();
    instance.release();
  }
};

const serve = async (
  configFile: string,
  first: Settings,
  logging: OpenLog,
  instance: Instance,
): Promise<number> => {
  const { log } = logging;
  const stopped = Promise.withResolvers<number>();
  let settings = first;

  const readAnew = async (): Promise<void> => {
    await notifier.reloading();
    try {
      const warn = (warning: string) => log('warn', 'settings_warning', { warning });
      const next = reloaded(settings, await readSettings(configFile, { warn }));
      parts.use(next.settings);
      settings = next.settings;
      logging.change(settings);
      log('info', 'reloaded', { needRestart: next.needRestart });
    } catch (error) {
      log('error', 'reload_refused', { reason: error instanceof Error ? error.message : String(error) });
      throw error;
    } finally {
      await notifier.ready();
    }
  };
  const reload = joined(readAnew);

  const parts = await startParts({
    spoolFile: spoolFileOf(first),
    settings: () => settings,
    log,
    reload,
    stop: async () => stopped.resolve(0),
    onBroken: () => stopped.resolve(1),
  });
  const warn = (reason: string) => log('error', 'notify_failed', { reason });
  const notifier = createNotifier({ healthy: parts.healthy, warn });

  // Nobody knows in which state it is then. What was acknowledged is on disk, and systemd starts it again.
  process.once('uncaughtException', (error) => {
    log('error', 'internal_error', describeError(error));
    stopped.resolve(1);
  });
  const signals = {
    SIGTERM: () => stopped.resolve(0),
    SIGINT: () => stopped.resolve(0),
    SIGHUP: () => void reload().catch(() => {}),
    SIGUSR1: () => logging.reopen(),
  } as const;
  for (const [signal, act] of Object.entries(signals)) process.on(signal, act);

  const letGo = keepInstance(instance, log, () => stopped.resolve(1));
  log('info', 'started', { version, pid: process.pid, address: formatAddress(parts.address) });
  await notifier.ready();

  const exitCode = await stopped.promise;
  letGo();
  log('info', 'stopping');
  // Whatever hangs: nobody is to be left with a process that has to be killed by hand.
  setTimeout(() => process.exit(exitCode), stopTimes.allMs).unref();
  await Promise.all([notifier.stopping(), parts.stop()]);
  notifier.close();
  log('info', 'stopped');
  return exitCode;
};

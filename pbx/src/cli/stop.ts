import { setTimeout as delay } from 'node:timers/promises';
import { urlOf } from '../address.ts';
import { askDaemon, NotAnswering, NotListening } from '../control/ask-daemon.ts';
import { readStatus } from '../control/read-status.ts';
import { holderOf as holderByLock } from '../daemon/instance.ts';
import type { Settings } from '../settings/settings.ts';
import { CommandError } from './failure.ts';
import type { Terminal } from './terminal.ts';

/** A killed process is gone as soon as the kernel has cleaned up after it. */
const killPatienceMs = 3_000;
const lookEveryMs = 50;

type Place = Pick<Settings, 'proxyAddress' | 'dataDir'>;

type StopOptions = {
  /** How long the daemon may take, in milliseconds. @default 12_000, since it stops within 10 s */
  patienceMs?: number;
  /** The process that holds the daemon's data, if there is one. @default by its lock */
  holderOf?: typeof holderByLock;
};

/** @throws CommandError where the process is another user's */
const signal = (pid: number, name: NodeJS.Signals): void => {
  try {
    process.kill(pid, name);
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ESRCH') return;
    throw new CommandError(`process ${pid} may not be stopped by this user (${code}): repeat it with sudo`, {
      cause,
    });
  }
};

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

const isGoneWithin = async (pid: number, milliseconds: number): Promise<boolean> => {
  const end = performance.now() + milliseconds;
  while (isThere(pid)) {
    if (performance.now() > end) return false;
    await delay(lookEveryMs);
  }
  return true;
};

/** Whether the daemon took the wish to stop. One that listens on no loopback address takes it by signal only. */
const isAsked = async ({ proxyAddress }: Place): Promise<boolean> => {
  try {
    const { status } = await askDaemon(proxyAddress, '/stop', { method: 'POST' });
    return status >= 200 && status < 300;
  } catch (error) {
    if (error instanceof NotAnswering || error instanceof NotListening) return false;
    throw error;
  }
};

/** From the daemon itself; where it does not answer, from its data. */
const findDaemon = async (
  { proxyAddress, dataDir }: Place,
  holderOf: typeof holderByLock,
): Promise<{ pid: number; answers: boolean } | undefined> => {
  try {
    const { pid } = await readStatus(proxyAddress);
    return { pid, answers: true };
  } catch (error) {
    const holder = holderOf(dataDir);
    if (typeof holder === 'number') return { pid: holder, answers: false };
    if (holder === undefined && error instanceof NotListening) return undefined;
    throw error;
  }
};

/**
 * `pns stop`: asks, then sends SIGTERM, and kills what is stuck, so that nobody has to find the process by hand. What
 * pns has acknowledged is on disk by then.
 */
export const stopDaemon = async (
  place: Place,
  terminal: Terminal,
  { patienceMs = 12_000, holderOf = holderByLock }: StopOptions = {},
): Promise<number> => {
  const daemon = await findDaemon(place, holderOf);
  if (daemon === undefined) {
    terminal.note(`pns does not run: nothing listens at ${urlOf(place.proxyAddress)}`);
    return 0;
  }
  const { pid, answers } = daemon;
  /** The number may be another process's by now; or whatever answered told a wrong one. */
  const send = (name: NodeJS.Signals): void => {
    if (holderOf(place.dataDir) !== pid) {
      throw new CommandError(
        `process ${pid} calls itself pns and does not stop, but is not known to hold the data in ${place.dataDir}: repeat it with sudo, or look at what runs there`,
      );
    }
    signal(pid, name);
  };
  if (!answers || !(await isAsked(place))) send('SIGTERM');
  if (await isGoneWithin(pid, patienceMs)) {
    terminal.note(`pns has stopped (pid ${pid})`);
    return 0;
  }
  send('SIGKILL');
  if (!(await isGoneWithin(pid, killPatienceMs))) {
    throw new CommandError(
      `process ${pid} does not even end when it is killed: it waits for a disk, as a rule`,
    );
  }
  terminal.note(
    `pns (pid ${pid}) did not stop within ${patienceMs / 1_000} s and was killed. Nothing that it had acknowledged is lost.`,
  );
  return 0;
};

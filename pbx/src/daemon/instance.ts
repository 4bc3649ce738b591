import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReadableError } from '../readable-error.ts';
import type { FileLock } from './file-lock.ts';
import { lockFile } from './file-lock.ts';

/** Another pns has the folder. */
export class AlreadyRunning extends ReadableError {
  override readonly name = 'AlreadyRunning';
  /** Undefined where pns.pid does not tell it: somebody has deleted it, or the disk had no room for it. */
  readonly pid: number | undefined;
  constructor(dataDir: string, pid: number | undefined) {
    super(`pns is already running on DATA_DIR, ${dataDir}: ${nameHolder(dataDir, pid)}`);
    this.pid = pid;
  }
}

/** DATA_DIR cannot be used; the message says why. */
export class DataDirError extends ReadableError {
  override readonly name = 'DataDirError';
}

export type Instance = {
  /**
   * Takes the folder anew, and writes pns.pid anew, where somebody has deleted what kept others out. Cheap where nobody
   * has.
   *
   * @throws AlreadyRunning where another pns was faster
   * @throws DataDirError where the folder cannot be used; it may be tried again
   */
  hold(): void;
  /** Lets another start. The kernel does, however the process ends. */
  release(): void;
};

/**
 * The process that has a folder; undefined where none has. `unnamed`: one has, but pns.pid does not tell which;
 * `unknown`: this user may not look.
 */
export type Holder = number | undefined | 'unnamed' | 'unknown';

/** For people, the one that has a folder. */
export const nameHolder = (dataDir: string, holder: Holder): string =>
  typeof holder === 'number'
    ? `pid ${holder}`
    : `its pid is not in pns.pid, but \`fuser ${filesOf(dataDir).daemon}\` tells it`;

/** A start that was stopped in its first instant would let others wait for ever. In milliseconds. */
const patienceMs = 5_000;
/** A stop does not wait for it: a pns.pid that stays is looked at by nobody once the lock is free. */
const releaseMs = 200;
/** Calls wait meanwhile. */
const holdMs = 20;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
const reasonOf = (error: unknown): unknown =>
  // SQLite's all have one code.
  codeOf(error) === 'ERR_SQLITE_ERROR' && error instanceof Error ? error.message : codeOf(error);

const unusable = (dataDir: string, expected: string, cause: unknown): DataDirError =>
  new DataDirError(`DATA_DIR, ${dataDir}: expected ${expected} (${reasonOf(cause)})`, { cause });

/**
 * Whoever holds the lock of `pns.lock` is the daemon. Both it and pns.pid are only touched, and looked at, with that
 * of `pns.start` held: so the pid is always that of the daemon, and looking never gets into the way of a start.
 */
const filesOf = (dataDir: string) => ({
  start: join(dataDir, 'pns.start'),
  daemon: join(dataDir, 'pns.lock'),
  pid: join(dataDir, 'pns.pid'),
});
type Files = ReturnType<typeof filesOf>;

const alone = <Result>(dataDir: string, waitMs: number, act: (files: Files) => Result): Result => {
  const files = filesOf(dataDir);
  const start = lockFile(files.start, waitMs);
  if (start === undefined) {
    throw new DataDirError(`DATA_DIR, ${dataDir}: another pns has been starting for ${waitMs / 1_000} s`);
  }
  try {
    return act(files);
  } finally {
    start.release();
  }
};

/** Undefined where it tells none. */
const readPid = ({ pid }: Files): number | undefined => {
  try {
    const found = Number(readFileSync(pid, 'utf8'));
    return Number.isInteger(found) && found > 0 ? found : undefined;
  } catch {
    return undefined;
  }
};

/** Or at least takes away what another has written: that a disk is full is no reason to wake nobody. */
const writePid = ({ pid }: Files): void => {
  try {
    rmSync(pid, { force: true });
    writeFileSync(pid, `${process.pid}\n`);
  } catch {}
};

/** What root makes there and in the log, the user of pns could not write to at the next start. */
const refuseForeign = (dataDir: string): void => {
  const { uid } = statSync(dataDir);
  if (process.getuid?.() !== 0 || uid === 0) return;
  throw new DataDirError(
    `DATA_DIR, ${dataDir}: expected pns to be started as the user whose it is, ${uid} (systemctl start pns)`,
  );
};

/** @param held what this process has of it, which is let go where it keeps nobody out any more */
const claim = (dataDir: string, waitMs: number, held?: FileLock): FileLock => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    refuseForeign(dataDir);
    return alone(dataDir, waitMs, (files) => {
      const lock = held?.isInPlace() ? held : lockFile(files.daemon, 0);
      if (lock === undefined) throw new AlreadyRunning(dataDir, readPid(files));
      if (lock !== held) held?.release();
      writePid(files);
      return lock;
    });
  } catch (error) {
    if (error instanceof AlreadyRunning || error instanceof DataDirError) throw error;
    throw unusable(dataDir, 'a folder on a disk of this machine that pns may write to', error);
  }
};

/**
 * Makes this process the one daemon on a folder, which is made if it is not there, and writes pns.pid.
 *
 * @throws AlreadyRunning with the pid of the daemon
 * @throws DataDirError where the folder cannot be used
 */
export const claimInstance = (dataDir: string): Instance => {
  const files = filesOf(dataDir);
  let held: FileLock | undefined = claim(dataDir, patienceMs);
  return {
    hold: () => {
      if (held === undefined) return;
      const isWhole = existsSync(files.start) && held.isInPlace() && readPid(files) === process.pid;
      if (!isWhole) held = claim(dataDir, holdMs, held);
    },
    release: () => {
      if (held !== undefined) release(dataDir, held);
      held = undefined;
    },
  };
};

const release = (dataDir: string, held: FileLock): void => {
  try {
    alone(dataDir, releaseMs, ({ pid }) => {
      // Else it is another's by now.
      if (held.isInPlace()) rmSync(pid, { force: true });
      held.release();
    });
  } catch {
    // The folder is gone, or full: the lock is what counts.
    held.release();
  }
};

/** Who has a folder. */
export const holderOf = (dataDir: string): Holder => {
  const { start, daemon } = filesOf(dataDir);
  try {
    // Neither is made here, lest it belong to the user who looked first, and pns could not open it.
    for (const file of [start, daemon]) statSync(file);
    return alone(dataDir, patienceMs, (files) => {
      const free = lockFile(files.daemon, 0);
      free?.release();
      return free === undefined ? (readPid(files) ?? 'unnamed') : undefined;
    });
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? undefined : 'unknown';
  }
};

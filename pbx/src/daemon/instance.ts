import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ReadableError } from '../readable-error.ts';

/** Another pns has the folder. */
export class AlreadyRunning extends ReadableError {
  override readonly name = 'AlreadyRunning';
  readonly pid: number;
  constructor(dataDir: string, pid: number) {
    super(`pns is already running on DATA_DIR, ${dataDir}: pid ${pid}`);
    this.pid = pid;
  }
}

/** DATA_DIR cannot be used; the message says why. */
export class DataDirError extends ReadableError {
  override readonly name = 'DataDirError';
}

export type Instance = {
  /** Lets another start. The kernel does, however the process ends. */
  release(): void;
};

/** A start that was stopped in its first instant would let others wait for ever. In milliseconds. */
const patienceMs = 5_000;
/** A stop does not wait for it: a pns.pid that stays is looked at by nobody once the lock is free. */
const releaseMs = 200;
/** SQLITE_BUSY, in the low byte of SQLite's extended result codes. */
const busy = 5;

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;
const reasonOf = (error: unknown): unknown =>
  // SQLite's all have one code.
  codeOf(error) === 'ERR_SQLITE_ERROR' && error instanceof Error ? error.message : codeOf(error);

const unusable = (dataDir: string, expected: string, cause: unknown): DataDirError =>
  new DataDirError(`DATA_DIR, ${dataDir}: expected ${expected} (${reasonOf(cause)})`, { cause });

/**
 * Takes the lock of a file, which nobody else can have at the same time. SQLite's are POSIX record locks: the kernel
 * drops them with the process, and a child process does not inherit them.
 *
 * @returns undefined where another process has had it for `waitMs` milliseconds
 */
const lock = (file: string, waitMs: number): DatabaseSync | undefined => {
  const database = new DatabaseSync(file, { timeout: waitMs });
  try {
    // Not locking_mode = EXCLUSIVE, with which those that wait keep each other out.
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === busy)
      return undefined;
    throw error;
  }
};

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

const alone = <Result>(dataDir: string, act: (files: Files) => Result, waitMs = patienceMs): Result => {
  const files = filesOf(dataDir);
  const start = lock(files.start, waitMs);
  if (start === undefined) {
    throw new DataDirError(`DATA_DIR, ${dataDir}: another pns has been starting for ${waitMs / 1_000} s`);
  }
  try {
    return act(files);
  } finally {
    start.close();
  }
};

const readPid = ({ pid }: Files): number => Number(readFileSync(pid, 'utf8'));

/** What root makes there and in the log, the user of pns could not write to at the next start. */
const refuseForeign = (dataDir: string): void => {
  const { uid } = statSync(dataDir);
  if (process.getuid?.() !== 0 || uid === 0) return;
  throw new DataDirError(
    `DATA_DIR, ${dataDir}: expected pns to be started as the user whose it is, ${uid} (systemctl start pns)`,
  );
};

/** One that nothing refers to would be closed by the garbage collector, and another pns could start. */
const locks = new Set<DatabaseSync>();

/**
 * Makes this process the one daemon on a folder, which is made if it is not there, and writes pns.pid.
 *
 * @throws AlreadyRunning with the pid of the daemon
 * @throws DataDirError where the folder cannot be used
 */
export const claimInstance = (dataDir: string): Instance => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    refuseForeign(dataDir);
    return alone(dataDir, (files) => {
      const held = lock(files.daemon, 0);
      if (held === undefined) throw new AlreadyRunning(dataDir, readPid(files));
      try {
        writeFileSync(files.pid, `${process.pid}\n`);
      } catch (error) {
        held.close();
        throw error;
      }
      locks.add(held);
      return { release: () => (held.isOpen ? release(dataDir, held) : undefined) };
    });
  } catch (error) {
    if (error instanceof AlreadyRunning || error instanceof DataDirError) throw error;
    throw unusable(dataDir, 'a folder on a disk of this machine that pns may write to', error);
  }
};

const release = (dataDir: string, held: DatabaseSync): void => {
  locks.delete(held);
  try {
    alone(
      dataDir,
      ({ pid }) => {
        rmSync(pid, { force: true });
        held.close();
      },
      releaseMs,
    );
  } catch {
    // The folder is gone, or full: the lock is what counts.
    if (held.isOpen) held.close();
  }
};

/**
 * The pid of the daemon on a folder; undefined where none runs.
 *
 * @throws DataDirError where this user may not look
 */
export const findInstance = (dataDir: string): number | undefined => {
  const { start, daemon } = filesOf(dataDir);
  try {
    // Neither is made here, lest it belong to the user who looked first, and pns could not open it.
    for (const file of [start, daemon]) statSync(file);
    return alone(dataDir, (files) => {
      const held = lock(files.daemon, 0);
      if (held === undefined) return readPid(files);
      held.close();
      return undefined;
    });
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    if (error instanceof DataDirError) throw error;
    throw unusable(dataDir, 'a folder that this user may read and write to', error);
  }
};

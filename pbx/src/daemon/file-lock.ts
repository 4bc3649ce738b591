import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** A file that nobody else can have at the same time. */
export type FileLock = {
  /** Whether the file is still there under its name: who finds another one there, or none, is not kept out. */
  isInPlace(): boolean;
  /** Lets others have it. The kernel does, however the process ends. */
  release(): void;
};

/** SQLITE_BUSY, in the low byte of SQLite's extended result codes. */
const busy = 5;

/** One that nothing refers to would be closed by the garbage collector, and another pns could start. */
const held = new Set<DatabaseSync>();

/**
 * Takes the lock of a file, which is made if it is not there. SQLite's are POSIX record locks: the kernel drops them
 * with the process, and a child process does not inherit them.
 *
 * @returns undefined where another process has had it for `waitMs` milliseconds
 */
export const lockFile = (file: string, waitMs: number): FileLock | undefined => {
  const database = new DatabaseSync(file, { timeout: waitMs });
  try {
    // Not locking_mode = EXCLUSIVE, with which those that wait keep each other out. The journal in memory: else one is
    // written, for which a full disk has no room.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
    const { dev, ino } = statSync(file);
    held.add(database);
    return {
      isInPlace: () => {
        const found = statSync(file, { throwIfNoEntry: false });
        return found?.ino === ino && found.dev === dev;
      },
      release: () => {
        if (held.delete(database)) database.close();
      },
    };
  } catch (error) {
    database.close();
    if (error instanceof Error && 'errcode' in error && (Number(error.errcode) & 0xff) === busy)
      return undefined;
    throw error;
  }
};

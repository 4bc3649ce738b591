import { closeSync, existsSync, linkSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { isSound } from './database.ts';
import {
  clearBeside,
  identityOf,
  keepOthersLog,
  putInPlace,
  removeBeside,
  rescuedOf,
  syncToDisk,
  versionOf,
} from './rescued.ts';
import { remedyOf, SpoolError, spoolErrorOf } from './spool-error.ts';

type Whereabouts =
  | 'in place'
  /** Its file, or its log alone. */
  | 'deleted'
  /** Another file stands in its place. */
  | 'replaced'
  /** As well, and all that it holds is beside: nothing can be added to it any more. */
  | 'given way'
  /** In its place again, but without its log. */
  | 'back';

/**
 * Whether the files of an open database are where they were. What is deleted goes on being written, and is gone with
 * the process: so it is brought back while it is open.
 *
 * @param main which file it is, as it was before it was opened: that takes long, and anybody may delete it meanwhile
 */
export const watchPlace = (database: DatabaseSync, file: string, main: string | undefined) => {
  const ends = ['-wal', '-shm'];
  const rescued = rescuedOf(file);
  const beside = ends.map((end) => identityOf(file + end));
  /** What it has written beside. Anything else there is not its own. */
  let copy: string | undefined;
  let hasGivenWay = false;

  const isCopyThere = (): boolean => copy !== undefined && versionOf(rescued) === copy;

  const whereabouts = (): Whereabouts => {
    const found = identityOf(file);
    if (found === undefined) return 'deleted';
    const isSafe = hasGivenWay && (copy === undefined || isCopyThere());
    if (found !== main) return isSafe ? 'given way' : 'replaced';
    if (hasGivenWay) return 'back';
    const isWhole = ends.every((end, n) => beside[n] !== undefined && identityOf(file + end) === beside[n]);
    return isWhole ? 'in place' : 'deleted';
  };

  /** At any time there is a whole one, be it that of before. */
  const writeBeside = (): void => {
    const fresh = `${rescued}.${Date.now()}.new`;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // VACUUM takes an empty file; so nobody else may read it at any time.
    closeSync(openSync(fresh, 'wx', 0o600));
    try {
      database.prepare('VACUUM INTO ?').run(fresh);
      // Which SQLite does not do there.
      syncToDisk(fresh);
      if (!isSound(fresh)) throw new SpoolError('other', `${fresh} could not be written whole`);
      removeBeside(fresh);
      // One that nobody has looked at yet may hold what is nowhere else, unless it is a second name of its own.
      if (existsSync(rescued) && !isCopyThere() && identityOf(rescued) !== main)
        linkSync(rescued, `${rescued}.${Date.now()}`);
      renameSync(fresh, rescued);
    } catch (error) {
      rmSync(fresh, { force: true });
      throw error;
    }
    copy = versionOf(rescued);
    syncToDisk(dirname(file));
  };

  /** Killed while it takes its log in, its own file may be half of either. */
  const writeBesideIfRoom = (): void => {
    try {
      writeBeside();
    } catch {
      // Without it the log may be gone with the process.
    }
  };

  const forgetCopy = (): void => {
    if (isCopyThere()) rmSync(rescued, { force: true });
    copy = undefined;
  };

  const takeLogIn = (): void => {
    const done = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (done?.['busy'] === 0) return;
    throw new SpoolError(
      'busy',
      `another process reads the spool ${file}, and keeps its log from being taken in`,
    );
  };

  const attempt = (work: () => void): void => {
    try {
      work();
    } catch (error) {
      throw spoolErrorOf(error, 'rescue', file);
    }
  };

  return {
    whereabouts,

    /** Has all that it holds in a file beside, which another one keeps from its place. @throws SpoolError */
    saveBeside: (): void => attempt(writeBeside),

    /** It is in its place: what it has written beside would be taken for what is nowhere else. */
    forgetCopy,

    /** Was closed, and something is open there now: until that is its own, what it has written beside may be all there is. */
    reopened: (): void => {
      if (identityOf(file) === main) forgetCopy();
    },

    /** @throws SpoolError where nothing may be acknowledged, since it would be gone with the process */
    refuseGone: (): void => {
      const where = whereabouts();
      if (where === 'in place') return;
      if (where !== 'deleted') throw replacedError(file);
      throw new SpoolError(
        'missing',
        `the spool ${file} was deleted while pns was running, and cannot be written anew (see the log)`,
      );
    },

    /**
     * Has all that it holds in the file in its place, where that was deleted, or has lost its log. Is to be closed then,
     * and opened anew.
     *
     * @throws SpoolError; then it is as it was
     */
    rescue: (): void =>
      attempt(() => {
        if (identityOf(file) === undefined) {
          writeBeside();
          if (identityOf(file) === undefined) clearBeside(file, beside[0]);
          return putInPlace(file);
        }
        if (!hasGivenWay) writeBesideIfRoom();
        takeLogIn();
        if (identityOf(file) !== main) throw replacedError(file);
        keepOthersLog(file, beside[0]);
      }),

    /**
     * Leaves its place to another file that stands there, once all that it holds is beside.
     *
     * @throws SpoolError
     */
    giveWay: (): void =>
      attempt(() => {
        // Whoever opens the other file, the next start too, would take its log for that one's.
        for (const [n, end] of ends.entries()) {
          if (identityOf(file + end) === beside[n]) rmSync(file + end, { force: true });
        }
        // Its own file may come back, or be looked at where it is now.
        takeLogIn();
        hasGivenWay = true;
      }),
  };
};

/** Which is nobody's to overwrite. */
export const replacedError = (file: string): SpoolError =>
  new SpoolError(
    'replaced',
    `another file stands where the spool ${file} was opened (${remedyOf('replaced')})`,
  );

import { closeSync, existsSync, openSync, renameSync, rmSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { isSound } from './database.ts';
import { identityOf, putInPlace, removeBeside, rescuedOf, syncToDisk } from './rescued.ts';
import { remedyOf, SpoolError, spoolErrorOf } from './spool-error.ts';

/**
 * Whether the files of an open database are where they were. What is deleted goes on being written, and is gone with
 * the process: so it is brought back while it is open.
 */
export const watchPlace = (database: DatabaseSync, file: string) => {
  const identities = () => ['', '-wal', '-shm'].map((end) => identityOf(file + end));
  const opened = identities();

  const whereabouts = (): 'in place' | 'deleted' | 'replaced' => {
    const [main, ...beside] = identities();
    if (main !== opened[0]) return main === undefined ? 'deleted' : 'replaced';
    return beside.every((one, index) => one === opened[index + 1]) ? 'in place' : 'deleted';
  };

  const writeBeside = (): void => {
    const rescued = rescuedOf(file);
    // One that nobody has looked at yet may hold what is nowhere else.
    if (existsSync(rescued)) renameSync(rescued, `${rescued}.${Date.now()}`);
    try {
      // VACUUM takes an empty file; so nobody else may read it at any time.
      closeSync(openSync(rescued, 'wx', 0o600));
      database.prepare('VACUUM INTO ?').run(rescued);
      // Which SQLite does not do there.
      syncToDisk(rescued);
      if (!isSound(rescued)) throw new SpoolError('other', `${rescued} could not be written whole`);
      removeBeside(rescued);
    } catch (error) {
      rmSync(rescued, { force: true });
      throw error;
    }
  };

  const writeAnew = (): void => {
    writeBeside();
    try {
      putInPlace(file);
    } catch (error) {
      rmSync(rescuedOf(file), { force: true });
      throw error;
    }
  };

  const takeLogIn = (): void => {
    const done = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (done?.['busy'] === 0) return;
    throw new SpoolError('busy', `another process reads the spool ${file}, whose log was deleted`);
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

    /** @throws SpoolError where nothing may be acknowledged, since it would be gone with the process */
    refuseGone: (): void => {
      const where = whereabouts();
      if (where === 'in place') return;
      if (where === 'replaced') throw replacedError(file);
      throw new SpoolError(
        'missing',
        `the spool ${file} was deleted while pns was running, and cannot be written anew (see the log)`,
      );
    },

    /**
     * Has all that it holds in the file in its place, where that was deleted. Is to be closed then, and opened anew.
     *
     * @throws SpoolError; then it is as it was
     */
    rescue: (): void => attempt(() => (identityOf(file) === undefined ? writeAnew() : takeLogIn())),

    /**
     * Leaves its place to another file that stands there. Is to be closed then.
     *
     * @throws SpoolError
     */
    giveWay: (): void =>
      attempt(() => {
        // SQLite would take its log for that of the other file.
        for (const [index, end] of ['', '-wal', '-shm'].entries()) {
          if (end !== '' && identityOf(file + end) === opened[index]) rmSync(file + end, { force: true });
        }
      }),
  };
};

/** Which is nobody's to overwrite. */
export const replacedError = (file: string): SpoolError =>
  new SpoolError(
    'replaced',
    `another file stands where the spool ${file} was opened (${remedyOf('replaced')})`,
  );

import { closeSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { SpoolError, spoolErrorOf } from './spool-error.ts';

/** Which file it is, and not where; undefined where there is none. What cannot be told is another. */
const identityOf = (path: string): string | undefined => {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && `${found.dev} ${found.ino}`;
  } catch (error) {
    return String(error);
  }
};

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

  const writeAnew = (): void => {
    const rescued = `${file}.rescued`;
    rmSync(rescued, { force: true });
    // VACUUM takes an empty file; so nobody else may read it at any time.
    closeSync(openSync(rescued, 'wx', 0o600));
    database.prepare('VACUUM INTO ?').run(rescued);
    // Sound, or nothing is put in its place.
    openDatabase(rescued, { readOnly: true }).close();
    for (const end of ['-wal', '-shm']) rmSync(rescued + end, { force: true });
    if (identityOf(file) === undefined)
      for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
    // Fails where somebody has made another meanwhile.
    linkSync(rescued, file);
    rmSync(rescued);
    const folder = openSync(dirname(file), 'r');
    fsyncSync(folder);
    closeSync(folder);
  };

  const takeLogIn = (): void => {
    const done = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
    if (done?.['busy'] === 0) return;
    throw new SpoolError('busy', `another process reads the spool ${file}, whose log was deleted`);
  };

  return {
    whereabouts,

    /** @throws SpoolError where nothing may be acknowledged, since it would be gone with the process */
    refuseGone: (): void => {
      const where = whereabouts();
      if (where === 'in place') return;
      const text = {
        deleted: `the spool ${file} was deleted while pns was running, and cannot be written anew (see the log)`,
        // Which is nobody's to overwrite.
        replaced: `another file stands where the spool ${file} was opened (move it away: pns then writes its own anew)`,
      };
      throw new SpoolError('missing', text[where]);
    },

    /**
     * Has all that it holds in the file in its place, where that was deleted. Is to be closed then, and opened anew.
     *
     * @throws SpoolError; then it is as it was
     */
    rescue: (): void => {
      try {
        if (identityOf(file) === undefined) writeAnew();
        else takeLogIn();
      } catch (error) {
        throw spoolErrorOf(error, 'rescue', file);
      }
    },
  };
};

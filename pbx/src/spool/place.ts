import { chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { SpoolError, spoolErrorOf } from './spool-error.ts';

/** Which file it is, and not where; undefined where there is none. */
const identityOf = (path: string): string | undefined => {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev} ${found.ino}`;
};

/**
 * Whether the files of an open database are where they were. What is deleted goes on being written, and is gone with
 * the process: so it is brought back while it is open.
 */
export const watchPlace = (database: DatabaseSync, file: string) => {
  const identities = () => [file, `${file}-wal`].map(identityOf);
  const opened = identities();

  const whereabouts = (): 'in place' | 'deleted' | 'replaced' => {
    const [main, log] = identities();
    if (main !== opened[0]) return main === undefined ? 'deleted' : 'replaced';
    return log === opened[1] ? 'in place' : 'deleted';
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
        replaced: `another file was put in the place of the spool ${file} while pns was running (move it away: pns then writes its own anew)`,
      };
      throw new SpoolError('missing', text[where]);
    },

    /**
     * Writes all that it holds into a file in its place, where that was deleted. Is to be closed then, and opened anew.
     *
     * @throws SpoolError; then it is as it was
     */
    rescue: (): void => {
      try {
        if (identityOf(file) !== undefined) {
          const done = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get();
          if (done?.['busy'] === 0) return;
          throw new SpoolError('busy', `another process reads the spool ${file}, whose log was deleted`);
        }
        const rescued = `${file}.rescued`;
        rmSync(rescued, { force: true });
        database.prepare('VACUUM INTO ?').run(rescued);
        chmodSync(rescued, 0o600);
        for (const rest of ['-wal', '-shm']) rmSync(file + rest, { force: true });
        renameSync(rescued, file);
      } catch (error) {
        throw spoolErrorOf(error, 'rescue', file);
      }
    },
  };
};

import type { Stats } from 'node:fs';
import {
  closeSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** All that a spool held whose file was deleted, or replaced, while pns was running. */
export const rescuedOf = (file: string): string => `${file}.rescued`;

/** Which file it is, and not where; undefined where there is none. A link is one itself. What cannot be told is another. */
export const identityOf = (path: string): string | undefined =>
  toldOf(path, ({ dev, ino }) => `${dev} ${ino}`);

/** The same of a file that nobody has open, as it was last written: once it is gone, another one may get its number. */
export const versionOf = (path: string): string | undefined =>
  toldOf(path, ({ dev, ino, size, mtimeMs }) => `${dev} ${ino} ${size} ${mtimeMs}`);

const toldOf = (path: string, tell: (found: Stats) => string): string | undefined => {
  try {
    const found = lstatSync(path, { throwIfNoEntry: false });
    return found && tell(found);
  } catch (error) {
    return String(error);
  }
};

export const removeBeside = (file: string): void => {
  for (const end of ['-wal', '-shm']) rmSync(file + end, { force: true });
};

export const syncToDisk = (path: string): void => {
  const opened = openSync(path, 'r');
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
};

/**
 * A log may be another spool's, moved away without it, and hold what that took last: so it gets a name of its own, before
 * SQLite removes it, or takes it for this one's.
 *
 * @param own which log is this one's
 */
export const keepOthersLog = (file: string, own?: string): void => {
  const log = `${file}-wal`;
  const found = lstatSync(log, { throwIfNoEntry: false });
  if (found !== undefined && found.size > 0 && identityOf(log) !== own) {
    renameSync(log, `${log}.${Date.now()}`);
  }
};

/** For a file that is to come where none stands. */
export const clearBeside = (file: string, own?: string): void => {
  keepOthersLog(file, own);
  removeBeside(file);
};

/** The logs that were kept so. */
export const logsBeside = (file: string): string[] =>
  namesIn(dirname(file))
    .filter((one) => one.startsWith(`${basename(file)}-wal.`))
    .map((one) => join(dirname(file), one))
    .toSorted();

/**
 * Has what was rescued take the place of the spool, where no file stands, and keeps its second name until it is open:
 * somebody may delete it anew. Fails where somebody has made a file meanwhile.
 */
export const putInPlace = (file: string): void => {
  linkSync(rescuedOf(file), file);
  syncToDisk(dirname(file));
};

/** @param own which file is open, and so in nobody's power to delete any more */
export const forgetSecondName = (file: string, own: string | undefined): void => {
  if (own === undefined || identityOf(file) !== own || identityOf(rescuedOf(file)) !== own) return;
  try {
    rmSync(rescuedOf(file), { force: true });
  } catch {
    // It does no harm, and the next start tries again.
  }
};

/** What was rescued and lies beside the spool, which nobody reads then: the latest, and what others had left before it. */
export const rescuedBeside = (file: string): string[] => {
  const own = identityOf(file);
  if (own === undefined) return [];
  const [directory, name] = [dirname(file), basename(rescuedOf(file))];
  return namesIn(directory)
    .filter((one) => one === name || (one.startsWith(`${name}.`) && !/-(wal|shm|journal)$/.test(one)))
    .map((one) => join(directory, one))
    .filter((path) => identityOf(path) !== own)
    .toSorted();
};

const namesIn = (directory: string): string[] => {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
};

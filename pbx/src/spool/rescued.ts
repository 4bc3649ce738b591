import { closeSync, fsyncSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** All that a spool held whose file was deleted, or replaced, while pns was running. */
export const rescuedOf = (file: string): string => `${file}.rescued`;

/** Which file it is, and not where; undefined where there is none. What cannot be told is another. */
export const identityOf = (path: string): string | undefined => {
  try {
    const found = statSync(path, { throwIfNoEntry: false });
    return found && `${found.dev} ${found.ino}`;
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

/** Has what was rescued take the place of the spool, where no file stands. Fails where somebody has made one meanwhile. */
export const putInPlace = (file: string): void => {
  if (identityOf(file) === undefined) removeBeside(file);
  linkSync(rescuedOf(file), file);
  rmSync(rescuedOf(file));
  syncToDisk(dirname(file));
};

/** Killed when it had taken its place, it has a second name still. */
export const forgetSecondName = (file: string): void => {
  const own = identityOf(file);
  if (own !== undefined && own === identityOf(rescuedOf(file))) rmSync(rescuedOf(file));
};

/** Whether a rescued spool lies beside another one, which nobody reads then. */
export const isLeftOver = (file: string): boolean => {
  const [rescued, own] = [rescuedOf(file), file].map(identityOf);
  return rescued !== undefined && own !== undefined && rescued !== own;
};

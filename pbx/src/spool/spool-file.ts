import { lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Settings } from '../settings/settings.ts';

/** The database in DATA_DIR: the daemon writes it, and commands read it beside. */
export const spoolFileOf = ({ dataDir }: Settings): string => join(dataDir, 'spool.db');

/**
 * The file itself where there is a link to it, on another disk for example: SQLite has its log beside that. Need not be
 * there yet, but its folder must: a disk that is not mounted is nobody's to write below. What cannot be told is the same.
 */
export const targetOf = (file: string): string => {
  try {
    if (!lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink()) return file;
    const next = resolve(realpathSync(dirname(file)), readlinkSync(file));
    // Which fails where links lead round in a ring.
    if (statSync(file, { throwIfNoEntry: false })) return realpathSync(file);
    return targetOf(join(realpathSync(dirname(next)), basename(next)));
  } catch {
    return file;
  }
};

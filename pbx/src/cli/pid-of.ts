import { DataDirError, findInstance } from '../daemon/instance.ts';

/** The process that holds the daemon's data; undefined where there is none, or this user may not look. */
export const pidOf = (dataDir: string): number | undefined => {
  try {
    return findInstance(dataDir);
  } catch (error) {
    if (error instanceof DataDirError) return undefined;
    throw error;
  }
};

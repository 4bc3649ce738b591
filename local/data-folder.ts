import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PrivateKeys } from './credentials.ts';

/** What is kept beside the databases: the providers' credentials and the ready key. */
export type Kept = { privateKeys: PrivateKeys; key?: string };

export type DataFolder = {
  /** LevelDB's folder. */
  dynamoDb: string;
  /** SQLite's file. */
  sns: string;
  read(): Kept;
  write(kept: Kept): void;
  release(): void;
};

/** The folder cannot be used; the message says why. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};

/** Two local clouds on one folder would spoil it: the file names the process that has it. */
const lock = (file: string): void => {
  try {
    writeFileSync(file, String(process.pid), { flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    const holder = Number(readFileSync(file, 'utf8'));
    if (holder !== process.pid && holder > 0 && isRunning(holder)) {
      throw new DataFolderError(
        `the data folder is in use by process ${holder}; stop it, or name another folder`,
      );
    }
    writeFileSync(file, String(process.pid));
  }
};

/** @throws DataFolderError where another local cloud uses the folder */
export const openDataFolder = (dir: string): DataFolder => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lockFile = join(dir, 'lock');
  lock(lockFile);
  const file = join(dir, 'credentials.json');
  return {
    dynamoDb: join(dir, 'dynamodb'),
    sns: join(dir, 'sns.sqlite'),
    read: () => {
      try {
        return JSON.parse(readFileSync(file, 'utf8'));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { privateKeys: {} };
        throw new DataFolderError(`${file} cannot be read; remove the data folder to start afresh`, {
          cause: error,
        });
      }
    },
    write: (kept) => {
      writeFileSync(`${file}.new`, JSON.stringify(kept), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    release: () => rmSync(lockFile, { force: true }),
  };
};

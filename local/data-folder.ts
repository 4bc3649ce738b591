import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
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

/** Two local clouds on one folder would spoil it. SQLite's lock goes when its process does, however that ends. */
const lock = (file: string): DatabaseSync => {
  const database = new DatabaseSync(file);
  try {
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    database.close();
    throw new DataFolderError(
      'the data folder is in use by another local cloud; stop that, or name another folder',
      {
        cause: error,
      },
    );
  }
};

/** @throws DataFolderError where another local cloud uses the folder */
export const openDataFolder = (dir: string): DataFolder => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const held = lock(join(dir, 'lock'));
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
    release: () => held.close(),
  };
};

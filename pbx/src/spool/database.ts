import { chmodSync, chownSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { clearBeside, putInPlace, rescuedOf } from './rescued.ts';
import { SpoolError, spoolErrorOf } from './spool-error.ts';

/** `pns1`, so that another program's database is never taken for a spool (sqlite.org/pragma.html, application_id). */
const applicationId = 0x706e7331;

/** Each brings the tables from the version of its place to the next. One that was released is never changed. */
const migrations = [
  `
  CREATE TABLE entries (
    -- Without AUTOINCREMENT an emptied table would give numbers a second time.
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    operation TEXT NOT NULL CHECK (operation IN ('register', 'update', 'delete')),
    request TEXT NOT NULL,
    at INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    -- Of the last failure.
    code TEXT,
    detail TEXT,
    failed_at INTEGER,
    kept_at INTEGER,
    -- 1 where somebody wants a request sent again that was kept aside.
    retry INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX pending ON entries (id) WHERE kept_at IS NULL;
  CREATE INDEX kept ON entries (retry, id) WHERE kept_at IS NOT NULL;
  -- Which tokens and extensions the requests are about that were kept aside.
  CREATE TABLE kept_subjects (
    subject TEXT NOT NULL,
    entry INTEGER NOT NULL REFERENCES entries ON DELETE CASCADE,
    PRIMARY KEY (subject, entry)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX kept_subjects_by_entry ON kept_subjects (entry);
  -- Counting 100,000 rows takes longer than a commit.
  CREATE TABLE counts (depth INTEGER NOT NULL, kept_aside INTEGER NOT NULL) STRICT;
  INSERT INTO counts VALUES (0, 0);
  CREATE TRIGGER entry_added AFTER INSERT ON entries BEGIN
    UPDATE counts SET depth = depth + 1;
  END;
  CREATE TRIGGER entry_gone AFTER DELETE ON entries BEGIN
    UPDATE counts SET depth = depth - (OLD.kept_at IS NULL), kept_aside = kept_aside - (OLD.kept_at IS NOT NULL);
  END;
  CREATE TRIGGER entry_moved AFTER UPDATE OF kept_at ON entries
  WHEN (OLD.kept_at IS NULL) <> (NEW.kept_at IS NULL) BEGIN
    UPDATE counts SET depth = depth + iif(NEW.kept_at IS NULL, 1, -1),
      kept_aside = kept_aside + iif(NEW.kept_at IS NULL, -1, 1);
  END;
  `,
  `
  -- The latest registers that the proxy has taken, while earlier requests are here (latest.ts).
  CREATE TABLE latest (
    token TEXT NOT NULL,
    line INTEGER NOT NULL,
    entry INTEGER NOT NULL,
    PRIMARY KEY (token, line)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX latest_by_entry ON latest (entry);
  -- An update carries along what has the fingerprint of its old token for a name.
  INSERT OR IGNORE INTO kept_subjects (subject, entry)
    SELECT 'fingerprint ' || json_extract(request, '$.fingerprint'), id FROM entries
    WHERE kept_at IS NOT NULL AND json_valid(request) AND json_extract(request, '$.fingerprint') IS NOT NULL;
  `,
];

/** How long another process may hold the database, in milliseconds: an import writes in one transaction. */
const longestBusyMs = 10_000;

/**
 * Opens the spool's database. Every commit is on disk when it returns.
 *
 * @param options.create makes it if it is not there
 * @param options.busyTimeoutMs how long is waited for another process, in milliseconds; 10 s by default
 * @throws SpoolError that names the file; nothing is changed or deleted then
 */
export const openDatabase = (
  file: string,
  { readOnly = false, create = false, busyTimeoutMs = longestBusyMs } = {},
): DatabaseSync => {
  let database: DatabaseSync | undefined;
  try {
    if (create) makeFile(file);
    else if (!existsSync(file)) throw new SpoolError('missing', `there is no spool ${file}`);
    database = new DatabaseSync(file, { readOnly, timeout: busyTimeoutMs });
    checkIdentity(database, file);
    if (readOnly && numberOf(database, 'PRAGMA user_version') === 0) {
      throw new SpoolError('missing', `the spool ${file} is empty: pns has never opened it`);
    }
    if (!readOnly) {
      database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
      checkHealth(database, file);
      migrate(database);
    }
    return database;
  } catch (error) {
    if (database?.isOpen) database.close();
    throw spoolErrorOf(error, 'open', file);
  }
};

/** Whether this is a spool, and whole. */
export const isSound = (file: string): boolean => faultIn(file) === undefined;

/** Why it is not. */
export const faultIn = (file: string): SpoolError | undefined => {
  let database: DatabaseSync | undefined;
  try {
    database = openDatabase(file, { readOnly: true });
    checkHealth(database, file);
    return undefined;
  } catch (error) {
    return spoolErrorOf(error, 'open', file);
  } finally {
    database?.close();
  }
};

/**
 * Makes the file if it is not there, with its directory: for the owner's eyes alone, since it holds push tokens.
 *
 * @throws SpoolError
 */
export const makeFile = (file: string): void => {
  try {
    const directory = dirname(file);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    if (!existsSync(file)) {
      const isRescued = isSound(rescuedOf(file));
      if (!existsSync(file)) clearBeside(file);
      // Killed while it brought back what somebody had deleted, or that was deleted once more before it was open.
      if (isRescued) putInPlace(file);
    }
    if (!existsSync(file)) {
      closeSync(openSync(file, 'a', 0o600));
      // Made by root, for an import before the first start, it must still be the daemon's.
      const { uid, gid } = statSync(directory);
      if (process.getuid?.() === 0 && uid !== 0) chownSync(file, uid, gid);
    }
    if ((statSync(file).mode & 0o077) !== 0) chmodSync(file, 0o600);
  } catch (error) {
    throw spoolErrorOf(error, 'open', file);
  }
};

const numberOf = (database: DatabaseSync, sql: string): number => {
  const row = database.prepare(sql).get();
  return Number(row && Object.values(row)[0]);
};

const checkIdentity = (database: DatabaseSync, file: string): void => {
  const version = numberOf(database, 'PRAGMA user_version');
  const isOurs = numberOf(database, 'PRAGMA application_id') === applicationId;
  if (!isOurs && numberOf(database, 'SELECT count(*) FROM sqlite_schema') > 0) {
    throw new SpoolError('foreign', `${file} is a database, but no spool of pns`);
  }
  if (version > migrations.length) {
    throw new SpoolError(
      'foreign',
      `the spool ${file} was written by a newer pns: its tables are of version ${version}, and this pns knows ` +
        `them up to version ${migrations.length}`,
    );
  }
};

const checkHealth = (database: DatabaseSync, file: string): void => {
  const row = database.prepare('PRAGMA quick_check(1)').get();
  const found = String(row?.['quick_check']);
  if (found !== 'ok') throw spoolErrorOf(Object.assign(new Error(found), { errcode: 11 }), 'open', file);
};

/** Two processes may come here at once: the version is read again once this one holds the database. */
const migrate = (database: DatabaseSync): void => {
  if (numberOf(database, 'PRAGMA user_version') === migrations.length) return;
  database.exec('BEGIN IMMEDIATE');
  const version = numberOf(database, 'PRAGMA user_version');
  for (const migration of migrations.slice(version)) database.exec(migration);
  database.exec(
    `PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}; COMMIT`,
  );
};

import { openDatabase } from './database.ts';
import type { Change, Entry } from './entry.ts';
import { watchPlace } from './place.ts';
import { spoolErrorOf } from './spool-error.ts';
import type { Row } from './statements.ts';
import { changeOf, createStatements, entryOf } from './statements.ts';
import { subjectsOf, supersedes } from './supersede.ts';

export type Counts = {
  /** Requests that have not reached the proxy. */
  depth: number;
  /** When the oldest of them was taken, in epoch milliseconds. */
  oldestAt: number | undefined;
  keptAside: number;
};

/** Why the proxy did not take a request. Holds no token. */
export type Failure = { code: string; detail: string };

/** A PBX waits for its answer, so another process may not hold the database for as long as at the opening. */
const busyTimeoutMs = 2_000;

export type Store = ReturnType<typeof openStore>;

/**
 * What the daemon does to its spool. A function is to be called within a transaction, and is on disk once that
 * has ended.
 *
 * @throws SpoolError
 */
export const openStore = (file: string) => {
  const database = openDatabase(file, { create: true, busyTimeoutMs });
  const place = watchPlace(database, file);
  const { run, rows, number } = createStatements(database);
  const rowOf = (id: number): Row | undefined => rows('SELECT * FROM entries WHERE id = ?', id)[0];
  const forget = (id: number) => run('DELETE FROM entries WHERE id = ?', id);

  /** The earlier requests kept aside that are about something that this one is about. */
  const keptBefore = (change: Change, id: number): Row[] => {
    const found = subjectsOf(change).flatMap((subject) =>
      rows(
        'SELECT entries.* FROM kept_subjects JOIN entries ON id = entry WHERE subject = ? AND entry < ?',
        subject,
        id,
      ),
    );
    return found.filter((row, index) => found.findIndex((other) => other.id === row.id) === index);
  };

  /** The proxy refuses it for good. Takes the place of one like it, so that a phone that repeats itself fills no disk. */
  const keepAside = (id: number, { code, detail }: Failure): void => {
    const row = rowOf(id);
    if (row === undefined) return;
    const change = changeOf(row);
    for (const earlier of keptBefore(change, id)) {
      if (earlier.operation === row.operation && supersedes(change, changeOf(earlier))) forget(earlier.id);
    }
    const now = Date.now();
    run(
      'UPDATE entries SET tries = tries + 1, code = ?, detail = ?, failed_at = ?, kept_at = ? WHERE id = ?',
      code,
      detail,
      now,
      now,
      id,
    );
    for (const subject of subjectsOf(change)) {
      run('INSERT OR IGNORE INTO kept_subjects (subject, entry) VALUES (?, ?)', subject, id);
    }
  };

  const store = {
    add: (change: Change): Entry => {
      place.refuseGone();
      const at = Date.now();
      const { inserted } = run(
        'INSERT INTO entries (operation, request, at) VALUES (?, ?, ?)',
        change.operation,
        JSON.stringify(change.request),
        at,
      );
      return { ...change, id: inserted, at, tries: 0 };
    },

    /** What is to be sent, in the order in which it was taken. */
    pendingAfter: (id: number, limit: number): Entry[] =>
      rows('SELECT * FROM entries WHERE kept_at IS NULL AND id > ? ORDER BY id LIMIT ?', id, limit).map(
        entryOf,
      ),

    failed: (id: number, { code, detail }: Failure): void => {
      run(
        'UPDATE entries SET tries = tries + 1, code = ?, detail = ?, failed_at = ? WHERE id = ?',
        code,
        detail,
        Date.now(),
        id,
      );
    },

    /** The proxy has taken it. Gives the earlier ones kept aside that are moot by this, and gone too. */
    delivered: (id: number): number[] => {
      const row = rowOf(id);
      if (row === undefined) return [];
      const change = changeOf(row);
      const moot = keptBefore(change, id).filter((earlier) => supersedes(change, changeOf(earlier)));
      for (const earlier of moot) forget(earlier.id);
      forget(id);
      return moot.map((earlier) => earlier.id);
    },

    keepAside,

    /**
     * The proxy knows none of an update's tokens. That is ordinary, and the update is done with, unless an earlier
     * request about one of them was kept aside: sent again one day, that is to be followed by this one.
     *
     * @returns whether it is kept aside
     */
    foundNothing: (id: number, failure: Failure): boolean => {
      const row = rowOf(id);
      const waits = row !== undefined && keptBefore(changeOf(row), id).length > 0;
      if (waits) keepAside(id, failure);
      else forget(id);
      return waits;
    },

    /** What was kept aside and somebody wants sent again. */
    retriesAsked: (): Entry[] =>
      rows('SELECT * FROM entries WHERE kept_at IS NOT NULL AND retry = 1 ORDER BY id').map(entryOf),

    /** Puts it back among what is to be sent; undefined where it is kept aside no longer. */
    release: (id: number): Entry | undefined => {
      const { changes } = run(
        'UPDATE entries SET kept_at = NULL, retry = 0, tries = 0, code = NULL, detail = NULL, failed_at = NULL' +
          ' WHERE id = ? AND kept_at IS NOT NULL',
        id,
      );
      run('DELETE FROM kept_subjects WHERE entry = ?', id);
      const row = changes > 0 ? rowOf(id) : undefined;
      return row && entryOf(row);
    },

    counts: (): Counts => ({
      depth: number('SELECT depth FROM counts') ?? 0,
      oldestAt: number('SELECT at FROM entries WHERE kept_at IS NULL ORDER BY id LIMIT 1'),
      keptAside: number('SELECT kept_aside FROM counts') ?? 0,
    }),
  };

  return {
    ...store,

    transaction: <T>(work: () => T): T => {
      try {
        database.exec('BEGIN IMMEDIATE');
        const result = work();
        database.exec('COMMIT');
        return result;
      } catch (error) {
        // SQLite has rolled back by itself where the disk is full.
        if (database.isTransaction) database.exec('ROLLBACK');
        throw spoolErrorOf(error, 'write', file);
      }
    },

    whereabouts: place.whereabouts,
    rescue: place.rescue,
    giveWay: place.giveWay,
    close: () => database.close(),
  };
};

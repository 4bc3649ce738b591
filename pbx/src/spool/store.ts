import { isDeepStrictEqual } from 'node:util';
import { makeFile, openDatabase } from './database.ts';
import type { Change, Entry } from './entry.ts';
import type { Effects } from './kept-aside.ts';
import { createKeptAside } from './kept-aside.ts';
import { createLatest } from './latest.ts';
import { watchPlace } from './place.ts';
import { forgetSecondName, identityOf } from './rescued.ts';
import { spoolErrorOf } from './spool-error.ts';
import type { Row } from './statements.ts';
import { createStatements, entryOf, unreadable } from './statements.ts';

export type Counts = {
  /** Requests that have not reached the proxy. */
  depth: number;
  /** When the oldest of them was taken, in epoch milliseconds. */
  oldestAt: number | undefined;
  keptAside: number;
};

/** Why the proxy did not take a request. Holds no token. */
export type Failure = { code: string; detail: string };

/** What was read of the spool, and the numbers of what could not be: that is kept aside now. */
export type Read = { entries: Entry[]; unreadable: number[] };

/** A PBX waits for its answer, and for the start of pns: another process may not hold the database for longer, in milliseconds. */
const busyTimeoutMs = 2_000;

export type Store = ReturnType<typeof openStore>;

/**
 * What the daemon does to its spool. A function is to be called within a transaction, and is on disk once that
 * has ended.
 *
 * @throws SpoolError
 */
export const openStore = (file: string) => {
  makeFile(file);
  const opening = identityOf(file);
  const database = openDatabase(file, { busyTimeoutMs });
  const place = watchPlace(database, file, opening);
  forgetSecondName(file, opening);
  const statements = createStatements(database);
  const { run, rows, number } = statements;
  const latest = createLatest(statements);
  const kept = createKeptAside(statements, latest);
  const entryWith = (id: number): Entry | undefined =>
    rows('SELECT * FROM entries WHERE id = ?', id).map(entryOf)[0];

  /** What can be read of these rows. The others are kept aside, so that they stop nothing. */
  const readable = (found: readonly Row[]): Read => {
    const read: Read = { entries: [], unreadable: [] };
    for (const row of found) {
      const entry = entryOf(row);
      if (entry !== undefined) read.entries.push(entry);
      else {
        setAside(row.id, unreadable);
        read.unreadable.push(row.id);
      }
    }
    return read;
  };

  const setAside = (id: number, { code, detail }: Failure): void => {
    const now = Date.now();
    run(
      'UPDATE entries SET code = ?, detail = ?, failed_at = ?, kept_at = ?, retry = 0 WHERE id = ?',
      code,
      detail,
      now,
      now,
      id,
    );
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

    /** What is to be sent, in the order in which it was taken. Fewer than the limit only where there are no more. */
    pendingAfter: (id: number, limit: number): Read => {
      const sql = 'SELECT * FROM entries WHERE kept_at IS NULL AND id > ? ORDER BY id LIMIT ?';
      const read = readable(rows(sql, id, limit));
      if (read.unreadable.length === 0) return read;
      const rest = store.pendingAfter(id, limit);
      return { entries: rest.entries, unreadable: [...read.unreadable, ...rest.unreadable] };
    },

    /** Whether nobody has dropped it. */
    isThere: (id: number): boolean => number('SELECT 1 FROM entries WHERE id = ?', id) === 1,

    failed: (id: number, { code, detail }: Failure): void => {
      run(
        'UPDATE entries SET tries = tries + 1, code = ?, detail = ?, failed_at = ? WHERE id = ?',
        code,
        detail,
        Date.now(),
        id,
      );
    },

    /** The proxy has taken it, or found nothing that it could be about. Gives what that makes of what is kept aside. */
    delivered: (id: number): Effects => {
      const entry = entryWith(id);
      run('DELETE FROM entries WHERE id = ?', id);
      if (entry === undefined) return { superseded: [], carried: [] };
      latest.note(entry);
      return kept.follow(entry);
    },

    /** The proxy refuses it for good. */
    keepAside: (id: number, failure: Failure): void => {
      const entry = entryWith(id);
      if (entry === undefined) return;
      kept.add(entry);
      run('UPDATE entries SET tries = tries + 1 WHERE id = ?', id);
      setAside(id, failure);
    },

    /** What was kept aside and somebody wants sent again. */
    retriesAsked: (): Read =>
      readable(rows('SELECT * FROM entries WHERE kept_at IS NOT NULL AND retry = 1 ORDER BY id')),

    /** Puts one of them back among what is to be sent; undefined where it is no longer what it was, or no longer there. */
    release: (asked: Entry): Entry | undefined => {
      const { id } = asked;
      if (!isDeepStrictEqual(entryWith(id)?.request, asked.request)) return undefined;
      const { changes } = run(
        'UPDATE entries SET kept_at = NULL, retry = 0, tries = 0, code = NULL, detail = NULL, failed_at = NULL' +
          ' WHERE id = ? AND kept_at IS NOT NULL',
        id,
      );
      run('DELETE FROM kept_subjects WHERE entry = ?', id);
      return changes > 0 ? entryWith(id) : undefined;
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
    saveBeside: place.saveBeside,
    forgetCopy: place.forgetCopy,
    reopened: place.reopened,
    giveWay: place.giveWay,
    /** The highest number that was given. */
    highest: (): number => number("SELECT seq FROM sqlite_sequence WHERE name = 'entries'") ?? 0,
    /** Gives none up to this one: what had them may still be on its way. */
    goOnFrom: (highest: number): void => {
      if (highest <= (number("SELECT seq FROM sqlite_sequence WHERE name = 'entries'") ?? 0)) return;
      run("DELETE FROM sqlite_sequence WHERE name = 'entries'");
      run("INSERT INTO sqlite_sequence (name, seq) VALUES ('entries', ?)", highest);
    },
    close: () => database.close(),
  };
};

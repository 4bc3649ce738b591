import { openDatabase } from './database.ts';
import type { Change, Described } from './entry.ts';
import { describeChange } from './entry.ts';
import { spoolErrorOf } from './spool-error.ts';
import { targetOf } from './spool-file.ts';
import type { Row, Statements } from './statements.ts';
import { changeOf, createStatements, unreadable } from './statements.ts';
import type { Failure } from './store.ts';

/** A request as people see it, without its token. Times are epoch milliseconds. */
export type Listed = Described & {
  id: number;
  at: number;
  /** How often it was sent in vain. */
  tries: number;
  /** Of the last failure. */
  code?: string;
  detail?: string;
  failedAt?: number;
  /** Since when it is kept aside; absent while it is still to be sent. */
  keptAt?: number;
  /** It is to be sent again, which the daemon will see to. */
  retryAsked?: boolean;
};

/**
 * The oldest of what is to be sent, and the newest of what is kept aside. Needs no daemon, and is in no daemon's way.
 *
 * @param limit of each at the most
 * @throws SpoolError: `missing` where nothing was ever spooled
 */
export const listSpool = (file: string, limit = 1_000): { pending: Listed[]; keptAside: Listed[] } =>
  withSpool(file, { readOnly: true }, ({ rows }) => ({
    pending: rows('SELECT * FROM entries WHERE kept_at IS NULL ORDER BY id LIMIT ?', limit).map(listed),
    keptAside: rows('SELECT * FROM entries WHERE kept_at IS NOT NULL ORDER BY id DESC LIMIT ?', limit)
      .map(listed)
      .reverse(),
  }));

/**
 * Asks for requests kept aside to be sent again. The daemon does it when it looks next, in some seconds, or when
 * it starts; in the place that they had, and not where a later one that conflicts is already under way.
 *
 * @returns how many there were; an id that is not kept aside counts for nothing
 */
export const retryKeptAside = (file: string, which: number | 'all'): number =>
  withSpool(file, {}, ({ run }) =>
    which === 'all'
      ? run('UPDATE entries SET retry = 1 WHERE kept_at IS NOT NULL').changes
      : run('UPDATE entries SET retry = 1 WHERE kept_at IS NOT NULL AND id = ?', which).changes,
  );

/**
 * Gives up a request, be it kept aside or still to be sent. Of the latter the daemon learns before it sends it again;
 * one that is under way for the first time may go through. False where there is none of this id.
 */
export const dropRequest = (file: string, id: number): boolean =>
  withSpool(file, {}, ({ run }) => run('DELETE FROM entries WHERE id = ?', id).changes > 0);

/**
 * Spools requests in this order: all of them, or none. The daemon need not run; if it does, it finds them in some seconds.
 *
 * @param options.onlyFirst none where the spool has ever taken a request: these would be newer than that
 * @returns whether they are spooled
 */
export const spoolAll = (file: string, changes: readonly Change[], { onlyFirst = false } = {}): boolean =>
  withSpool(file, { create: true }, ({ run, number }) => {
    // AUTOINCREMENT keeps the last number there (sqlite.org/autoinc.html).
    const last = number("SELECT seq FROM sqlite_sequence WHERE name = 'entries'") ?? 0;
    if (onlyFirst && last > 0) return false;
    const at = Date.now();
    for (const { operation, request } of changes) {
      run(
        'INSERT INTO entries (operation, request, at) VALUES (?, ?, ?)',
        operation,
        JSON.stringify(request),
        at,
      );
    }
    return true;
  });

const withSpool = <T>(
  file: string,
  options: { readOnly?: boolean; create?: boolean },
  work: (statements: Statements) => T,
): T => {
  const database = openDatabase(targetOf(file), options);
  try {
    database.exec(options.readOnly ? 'BEGIN' : 'BEGIN IMMEDIATE');
    const result = work(createStatements(database));
    database.exec('COMMIT');
    return result;
  } catch (error) {
    throw spoolErrorOf(error, options.readOnly ? 'read' : 'write', file);
  } finally {
    database.close();
  }
};

const descriptionOf = (row: Row): Described & Partial<Failure> => {
  const change = changeOf(row);
  return change === undefined ? { operation: row.operation, ...unreadable } : describeChange(change);
};

const listed = (row: Row): Listed => ({
  id: row.id,
  ...descriptionOf(row),
  at: row.at,
  tries: row.tries,
  ...(row.code !== null && { code: row.code }),
  ...(row.detail !== null && { detail: row.detail }),
  ...(row.failed_at !== null && { failedAt: row.failed_at }),
  ...(row.kept_at !== null && { keptAt: row.kept_at }),
  ...(row.retry === 1 && { retryAsked: true }),
});

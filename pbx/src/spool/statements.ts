import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Change, Entry } from './entry.ts';

/** A row of `entries`, as SQLite gives it. */
export type Row = {
  id: number;
  operation: string;
  request: string;
  at: number;
  tries: number;
  code: string | null;
  detail: string | null;
  failed_at: number | null;
  kept_at: number | null;
  retry: number;
};

type Value = string | number | null;

export type Statements = ReturnType<typeof createStatements>;

/** Statements by their text, each prepared once. */
export const createStatements = (database: DatabaseSync) => {
  const prepared = new Map<string, StatementSync>();
  const prepare = (sql: string): StatementSync => {
    const statement = prepared.get(sql) ?? database.prepare(sql);
    prepared.set(sql, statement);
    return statement;
  };
  return {
    /** Gives the number of rows changed, and of the row inserted. */
    run: (sql: string, ...values: Value[]) => {
      const { changes, lastInsertRowid } = prepare(sql).run(...values);
      return { changes: Number(changes), inserted: Number(lastInsertRowid) };
    },
    rows: (sql: string, ...values: Value[]): Row[] => prepare(sql).all(...values) as Row[],
    number: (sql: string, ...values: Value[]): number | undefined => {
      const row = prepare(sql).get(...values);
      return row && Number(Object.values(row)[0]);
    },
  };
};

/** What the row was written from: the request was checked before it was spooled. */
export const changeOf = ({ operation, request }: Row): Change =>
  ({ operation, request: JSON.parse(request) }) as Change;

export const entryOf = (row: Row): Entry => ({
  ...changeOf(row),
  id: row.id,
  at: row.at,
  tries: row.tries,
});

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Change, Entry } from './entry.ts';

/** A row of `entries`, as SQLite gives it. */
export type Row = {
  id: number;
  operation: Change['operation'];
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

type Fields = Record<string, unknown>;

const kinds: Readonly<Record<string, 'string' | 'number'>> = {
  extension: 'string',
  token: 'string',
  platform: 'string',
  line: 'number',
  deviceId: 'string',
  fingerprint: 'string',
  oldToken: 'string',
  newToken: 'string',
};
const isWhole: Readonly<Record<Change['operation'], (fields: Fields) => boolean>> = {
  register: (fields) => ['extension', 'token', 'platform'].every((name) => name in fields),
  update: (fields) => 'oldToken' in fields && 'newToken' in fields,
  delete: (fields) => 'token' in fields || 'extension' in fields,
};

/** What is told of a row that a damaged disk, or somebody, has spoilt. */
export const unreadable = {
  code: 'unreadable',
  detail: 'the request on the disk is spoilt: it can be dropped',
};

/** What the row was written from: that was checked before it was spooled. Undefined where it cannot be read any more. */
export const changeOf = ({ operation, request }: Row): Change | undefined => {
  try {
    const fields = JSON.parse(request) as Fields;
    const isSound = Object.entries(kinds).every(
      ([name, kind]) => !(name in fields) || typeof fields[name] === kind,
    );
    return isSound && isWhole[operation](fields) ? ({ operation, request: fields } as Change) : undefined;
  } catch {
    return undefined;
  }
};

export const entryOf = (row: Row): Entry | undefined => {
  const change = changeOf(row);
  return change && { ...change, id: row.id, at: row.at, tries: row.tries };
};

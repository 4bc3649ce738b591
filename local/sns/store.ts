import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import { isPlatform, type Platform } from './platforms.ts';

/** A platform application. `attributes` hold its credentials: they never leave by a read. */
export type Application = {
  arn: string;
  platform: Platform;
  name: string;
  enabled: boolean;
  attributes: Record<string, string>;
};

export type Endpoint = {
  arn: string;
  applicationArn: string;
  token: string;
  enabled: boolean;
  customUserData: string | undefined;
};

/** A slice of a listing, in order of creation; `next` names where the following one starts. */
export type Page<Item> = { items: Item[]; next: number | undefined };

export type Store = ReturnType<typeof createStore>;

type Row = Record<string, SQLOutputValue>;

const schema = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS application (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    arn TEXT NOT NULL UNIQUE,
    platform TEXT NOT NULL,
    name TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    attributes TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS endpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    arn TEXT NOT NULL UNIQUE,
    application TEXT NOT NULL REFERENCES application(arn) ON DELETE CASCADE,
    token TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    custom_user_data TEXT,
    UNIQUE (application, token)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS endpoint_listing ON endpoint (application, id);
`;

const text = (row: Row, column: string): string => String(row[column]);

const toApplication = (row: Row): Application => {
  const platform = text(row, 'platform');
  if (!isPlatform(platform)) throw new Error(`the store holds an unknown platform: ${platform}`);
  return {
    arn: text(row, 'arn'),
    platform,
    name: text(row, 'name'),
    enabled: row['enabled'] === 1,
    attributes: JSON.parse(text(row, 'attributes')),
  };
};

const toEndpoint = (row: Row): Endpoint => ({
  arn: text(row, 'arn'),
  applicationArn: text(row, 'application'),
  token: text(row, 'token'),
  enabled: row['enabled'] === 1,
  customUserData: row['custom_user_data'] === null ? undefined : text(row, 'custom_user_data'),
});

/** A page is read one row too long: the row too many tells that there is a next one. */
const toPage = <Item>(rows: Row[], limit: number, item: (row: Row) => Item): Page<Item> => ({
  items: rows.slice(0, limit).map(item),
  next: rows.length > limit ? Number(rows[limit - 1]?.['id']) : undefined,
});

/**
 * Platform applications and endpoints.
 * @param file - an SQLite file, made if it is not there, or `:memory:`
 */
export const createStore = (file: string) => {
  const database = new DatabaseSync(file);
  database.exec(schema);
  const statements = {
    application: database.prepare('SELECT * FROM application WHERE arn = ?'),
    saveApplication: database.prepare(
      `INSERT INTO application (arn, platform, name, enabled, attributes) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET enabled = excluded.enabled, attributes = excluded.attributes`,
    ),
    disableApplication: database.prepare('UPDATE application SET enabled = 0 WHERE arn = ?'),
    removeApplication: database.prepare('DELETE FROM application WHERE arn = ?'),
    applications: database.prepare('SELECT * FROM application WHERE id > ? ORDER BY id LIMIT ?'),
    endpoint: database.prepare('SELECT * FROM endpoint WHERE arn = ?'),
    endpointOf: database.prepare('SELECT * FROM endpoint WHERE application = ? AND token = ?'),
    saveEndpoint: database.prepare(
      `INSERT INTO endpoint (arn, application, token, enabled, custom_user_data) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (arn) DO UPDATE SET token = excluded.token, enabled = excluded.enabled,
         custom_user_data = excluded.custom_user_data`,
    ),
    disableEndpoint: database.prepare(
      'UPDATE endpoint SET enabled = 0 WHERE arn = ? AND token = ? AND enabled = 1',
    ),
    removeEndpoint: database.prepare('DELETE FROM endpoint WHERE arn = ?'),
    endpoints: database.prepare(
      'SELECT * FROM endpoint WHERE application = ? AND id > ? ORDER BY id LIMIT ?',
    ),
  };
  return {
    application(arn: string): Application | undefined {
      const row = statements.application.get(arn);
      return row && toApplication(row);
    },
    saveApplication({ arn, platform, name, enabled, attributes }: Application): void {
      statements.saveApplication.run(arn, platform, name, Number(enabled), JSON.stringify(attributes));
    },
    disableApplication(arn: string): void {
      statements.disableApplication.run(arn);
    },
    /** Its endpoints go with it. */
    removeApplication(arn: string): void {
      statements.removeApplication.run(arn);
    },
    applications: (after: number, limit: number): Page<Application> =>
      toPage(statements.applications.all(after, limit + 1), limit, toApplication),
    endpoint(arn: string): Endpoint | undefined {
      const row = statements.endpoint.get(arn);
      return row && toEndpoint(row);
    },
    endpointOf(application: string, token: string): Endpoint | undefined {
      const row = statements.endpointOf.get(application, token);
      return row && toEndpoint(row);
    },
    saveEndpoint({ arn, applicationArn, token, enabled, customUserData }: Endpoint): void {
      statements.saveEndpoint.run(arn, applicationArn, token, Number(enabled), customUserData ?? null);
    },
    /** Disables it if it still carries the token that was refused. Gives whether it did. */
    disableEndpoint: (arn: string, token: string): boolean =>
      statements.disableEndpoint.run(arn, token).changes > 0,
    /** Gives whether it was there. */
    removeEndpoint: (arn: string): boolean => statements.removeEndpoint.run(arn).changes > 0,
    endpoints: (application: string, after: number, limit: number): Page<Endpoint> =>
      toPage(statements.endpoints.all(application, after, limit + 1), limit, toEndpoint),
    close(): void {
      database.close();
    },
  };
};

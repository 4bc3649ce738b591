import { type CsvError, parse } from 'csv-parse/sync';
import type { RegisterRequest } from 'pns-proxy-client';
import { registerShape } from '../../../lambda/http/shapes.ts';
import { readers } from '../server/fields.ts';
import { RequestError } from '../server/problems.ts';
import { parseRegister } from '../server/requests.ts';
import type { Settings } from '../settings/settings.ts';
import { spoolAll } from '../spool/operator.ts';
import { CommandError } from './failure.ts';

type WrongLine = { line: number; expected: string };
type Read = { line: number; fields: object } | WrongLine;

/** Lines of an old token table are wrong, and nothing of it was taken over. Holds no token. */
export class ImportError extends Error {
  override readonly name = 'ImportError';
  readonly lines: readonly WrongLine[];

  constructor(lines: readonly WrongLine[]) {
    const shown = lines.slice(0, 20).map(({ line, expected }) => `line ${line}: ${expected}`);
    const more = lines.length - shown.length;
    super([...shown, ...(more > 0 ? [`and ${more} more`] : [])].join('\n'));
    this.lines = lines;
  }
}

const columns = Object.keys(registerShape.entries);

/**
 * Takes over an old token table through the spool: CSV (RFC 4180) whose first line names its columns, or one JSON object
 * a line; the oldest registration first, since of a token's the last one holds. Needs `extension` and `token`; what
 * else `/register` takes may be there, and what is missing or empty is made up as `/register` does.
 *
 * @param options.force also where the spool has taken requests before, which the table then goes over
 * @returns how many registrations are in the spool now
 * @throws ImportError where a line is wrong, SpoolError where they cannot be spooled, CommandError where the spool has
 *   taken requests before; nothing is spooled then
 */
export const importTable = (
  text: string,
  spoolFile: string,
  settings: Settings,
  { force = false } = {},
): number => {
  const requests = readTable(text, settings);
  const changes = requests.map((request) => ({ operation: 'register', request }) as const);
  if (spoolAll(spoolFile, changes, { onlyFirst: !force })) return requests.length;
  throw new CommandError(
    `nothing is imported: the spool ${spoolFile} has taken requests before. The table would be newer than all of them, ` +
      'and bring back phones that have logged out, or moved, since. If it is to be so: pns import --force',
  );
};

export const readTable = (text: string, settings: Settings): RegisterRequest[] => {
  const wrong: WrongLine[] = [];
  const requests: RegisterRequest[] = [];
  for (const read of /^\ufeff?\s*[{[]/.test(text) ? readJsonLines(text) : readCsv(text)) {
    const checked = 'fields' in read ? check(read.line, read.fields, settings) : read;
    if ('expected' in checked) wrong.push(checked);
    else requests.push(checked);
  }
  const lines = new Map(wrong.map((one) => [one.line, one]));
  if (lines.size > 0) throw new ImportError([...lines.values()].toSorted((a, b) => a.line - b.line));
  return requests;
};

const check = (line: number, fields: object, settings: Settings): RegisterRequest | WrongLine => {
  try {
    return parseRegister(fields, settings);
  } catch (error) {
    if (error instanceof RequestError) return { line, expected: error.message };
    throw error;
  }
};

const readJsonLines = (text: string): Read[] =>
  text
    .replace(/^\ufeff/, '')
    .split('\n')
    .map((json, index) => ({ json: json.trim(), line: index + 1 }))
    .filter(({ json }) => json !== '')
    .map(({ json, line }) => {
      const expected = 'one JSON object a line';
      try {
        const fields: unknown = JSON.parse(json);
        const isObject = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
        return isObject ? { line, fields } : { line, expected };
      } catch {
        return { line, expected };
      }
    });

const readCsv = (text: string): Read[] => {
  const wrong: WrongLine[] = [];
  const rows = parse(text.replaceAll('\r\n', '\n'), {
    bom: true,
    trim: true,
    info: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    relax_column_count: true,
    // Its message may quote a token.
    on_skip: (error) =>
      void wrong.push({ line: lineOf(error), expected: 'CSV as in RFC 4180, its quotes in pairs' }),
  }) as unknown as { record: string[]; info: { lines: number } }[];

  const header = rows[0]?.record ?? [];
  const isHeader = header.every((name, index) => columns.includes(name) && header.indexOf(name) === index);
  if (!isHeader || !header.includes('extension') || !header.includes('token')) {
    const expected = `the names of the columns, each once: extension, token, and any of ${columns.slice(2).join(', ')}`;
    return [{ line: rows[0]?.info.lines ?? 1, expected }];
  }
  const read = rows.slice(1).map(({ record, info: { lines: line } }): Read => {
    const given = record.map((value, index): [string, string] => [header[index] ?? '', value]);
    if (given.length !== header.length)
      return { line, expected: `${header.length} columns, as in the first line` };
    const meant = given.filter(([, value]) => value !== '');
    return {
      line,
      fields: Object.fromEntries(meant.map(([name, value]) => [name, readers[name]?.(value) ?? value])),
    };
  });
  return [...read, ...wrong];
};

const lineOf = (error: CsvError | undefined): number =>
  typeof error?.['lines'] === 'number' ? error['lines'] : 0;

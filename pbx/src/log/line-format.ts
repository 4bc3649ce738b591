import { isLogEntry, type LogEntry } from './entry.ts';

/**
 * What could end a line, write over it, turn it around or go unseen: control and format characters, separators of
 * lines, halves of surrogate pairs, and what Unicode has not assigned.
 */
const unprintable = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** Such characters stand only inside of JSON's strings, and there an escape means the same. */
const escaped = (json: string): string =>
  json.replace(unprintable, (character) =>
    character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join(''),
  );

const parsed = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};

/** In JSON as it is, so that it must be told from a text that looks the same. */
const literal = /^(true|false|null|-?\d)/;
const bare = /^[^\s"=\\{}[\]\p{C}\p{Z}]+$/u;

const written = (value: unknown): string =>
  typeof value === 'string' && bare.test(value) && !literal.test(value)
    ? value
    : escaped(JSON.stringify(value));
const writtenName = (name: string): string => (bare.test(name) ? name : escaped(JSON.stringify(name)));

/** `LOG_FORMAT = text`: time, level and event, then `name=value`, where a value that needs it is JSON. */
const formatText = ({ time, level, event, ...fields }: LogEntry): string => {
  const pairs = Object.entries(fields).map(([name, value]) => `${writtenName(name)}=${written(value)}`);
  return [time, level.padEnd(5), event, ...pairs].join(' ');
};

/** @param json one object in one line, as pino writes it */
export const formatLine = (json: string, format: 'json' | 'text'): string =>
  `${format === 'json' ? escaped(json.trimEnd()) : formatText(JSON.parse(json))}\n`;

const head = /^(\S+) +(\S+) +(\S+)/;
const pair = / ("(?:[^"\\]|\\.)*"|[^\s"=]+)=((?:"(?:[^"\\]|\\.)*"|[^\s"])+)/y;

const read = (text: string): unknown => (/^["{[]/.test(text) || literal.test(text) ? parsed(text) : text);

const parseText = (line: string): unknown => {
  const [start, time, level, event] = head.exec(line) ?? [];
  if (start === undefined) return undefined;
  const fields: [string, unknown][] = [];
  pair.lastIndex = start.length;
  let end = start.length;
  for (let found = pair.exec(line); found !== null; found = pair.exec(line)) {
    const [, name = '', value = ''] = found;
    fields.push([String(name.startsWith('"') ? parsed(name) : name), read(value)]);
    end = pair.lastIndex;
  }
  const isWhole = end === line.length && fields.every(([, value]) => value !== undefined);
  return isWhole ? { ...Object.fromEntries(fields), time, level, event } : undefined;
};

/** Reads a line of either format. Gives nothing for what is none. */
export const parseLine = (line: string): LogEntry | undefined => {
  const entry = line.startsWith('{') ? parsed(line) : parseText(line);
  return isLogEntry(entry) ? entry : undefined;
};

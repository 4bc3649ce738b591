import { visible } from '../visible.ts';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** Terminals draw these two columns wide (Unicode Standard Annex #11, as far as device names need it). */
const wide =
  /^[\p{Emoji_Presentation}\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u{ff01}-\u{ff60}]/u;

const columnsOf = (text: string): number =>
  [...graphemes.segment(text)].reduce((sum, { segment }) => sum + (wide.test(segment) ? 2 : 1), 0);

/**
 * Rows as lines for people, each column as wide as its widest cell. An empty cell reads `-`.
 *
 * @param columns what each column is called, and what of a row it shows
 */
export const formatTable = <Row>(
  columns: Readonly<Record<string, (row: Row) => string | undefined>>,
  rows: readonly Row[],
): string => {
  const lines = [
    Object.keys(columns),
    ...rows.map((row) => Object.values(columns).map((read) => visible(read(row) || '-'))),
  ];
  const widths = Object.keys(columns).map((_, column) =>
    Math.max(...lines.map((line) => columnsOf(line[column] ?? ''))),
  );
  const pad = (cell: string, column: number) =>
    cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - columnsOf(cell)));
  return lines.map((line) => line.map(pad).join('  ').trimEnd()).join('\n');
};

/** `name  value` lines, the values below each other; without a value there is no line. */
export const formatList = (
  entries: readonly (readonly [name: string, value: string | undefined])[],
): string => {
  const shown = entries.filter(([, value]) => value !== undefined);
  const width = Math.max(...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width)}  ${visible(value ?? '')}`).join('\n');
};

const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['min', 60],
  ['s', 1],
] as const;

/** `3 d 4 h`: the two largest units. */
export const formatSeconds = (seconds: number): string => {
  let rest = Math.floor(seconds);
  const parts = units.map(([name, size]) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return { count, text: `${count} ${name}` };
  });
  const first = parts.findIndex(({ count }) => count > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(({ count }) => count > 0)
    .map(({ text }) => text)
    .join(' ');
};

/** @param milliseconds of the epoch */
export const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

/** `1 phone`, `2 phones`. */
export const plural = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

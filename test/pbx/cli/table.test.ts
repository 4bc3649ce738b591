import { expect, test } from 'vitest';
import { formatList, formatSeconds, formatTable } from '../../../pbx/src/cli/table.ts';
import { visible } from '../../../pbx/src/visible.ts';

type Row = { name?: string; count: number };
const columns = {
  NAME: ({ name }: Row) => name,
  COUNT: ({ count }: Row) => String(count),
};

test('columns are as wide as their widest cell, and no line ends in blanks', () => {
  expect(formatTable(columns, [{ name: 'long enough', count: 1 }, { count: 22 }])).toBe(
    ['NAME         COUNT', 'long enough  1', '-            22'].join('\n'),
  );
});

test('what is drawn two columns wide, or in several code points, keeps the columns straight', () => {
  const family = '\u{1f469}\u200d\u{1f469}\u200d\u{1f467}';
  const rows = ['日本', family, 'é', 'e\u0301', 'abcd'].map((name) => ({ name, count: 1 }));
  expect(formatTable(columns, rows).split('\n')).toEqual([
    'NAME  COUNT',
    '日本  1',
    `${family}    1`,
    'é     1',
    'e\u0301     1',
    'abcd  1',
  ]);
});

test.each([
  ['a\nb\r\tc', 'a\\u{a}b\\u{d}\\u{9}c'],
  ['\u001b]0;title\u0007', '\\u{1b}]0;title\\u{7}'],
  ['\u009b2J', '\\u{9b}2J'],
  ['abc\u202edef', 'abc\\u{202e}def'],
  ['half\ud83d', 'half\\u{d83d}'],
  ['plain – text 日本', 'plain – text 日本'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test.each([
  [0, '0 s'],
  [59.9, '59 s'],
  [60, '1 min'],
  [3_661, '1 h 1 min'],
  [86_400 * 3 + 59, '3 d'],
  [86_400 * 3 + 4 * 3_600, '3 d 4 h'],
])('%d s reads %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test('a list leaves out what has no value', () => {
  expect(
    formatList([
      ['one', 'a\nb'],
      ['gone', undefined],
      ['three', 'c'],
    ]),
  ).toBe('one    a\\u{a}b\nthree  c');
});

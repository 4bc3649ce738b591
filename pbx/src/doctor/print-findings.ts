import { visible } from '../visible.ts';
import type { Finding } from './finding.ts';

const marks = { ok: 'ok', skipped: '-', warning: 'WARNING', fault: 'FAULT' } as const;
const markWidth = 9;
const checkWidth = 13;
/** A terminal of 100 columns, as most are at least. */
const textWidth = 100 - markWidth - checkWidth;

/** A line each, with what to do about it below. */
export const formatFindings = (findings: readonly Finding[]): string => {
  const lines = findings.flatMap(({ check, level, what, remedy }) => {
    const [first = '', ...rest] = [...wrap(what), ...(remedy === undefined ? [] : wrap(`→ ${remedy}`))];
    const indent = ' '.repeat(markWidth + checkWidth);
    return [
      `${marks[level].padEnd(markWidth)}${check.padEnd(checkWidth)}${first}`,
      ...rest.map((line) => indent + line),
    ];
  });
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  const [faults, warnings] = [count('fault'), count('warning')];
  const skipped = findings.filter(({ level }) => level === 'skipped').map(({ check }) => check);
  const well =
    skipped.length === 0
      ? 'All is well.'
      : `What was looked at is well. Not looked at: ${[...new Set(skipped)].join(', ')}.`;
  const verdict = faults + warnings === 0 ? well : `Faults: ${faults}. Warnings: ${warnings}.`;
  return [...lines, '', verdict].join('\n');
};

/** Text of a server or a phone may stand in it. */
const wrap = (text: string): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of visible(text).split(' ')) {
    if (line !== '' && line.length + 1 + word.length > textWidth) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
};

/** Something wrong in pns.conf: in one of its lines (from 1), or in what is not there. */
export type Fault = { line: number | undefined; text: string };
export type Line = { number: number; name: string; value: string };

/** A name is told back in errors, so what might be a key of the endpoint is none. */
const assignment = /^((?!pns_)[A-Za-z][A-Za-z0-9_.-]{0,39})\s*=\s*(.*)$/;
/** A replacement character stands where the file held no UTF-8. */
const unreadable = /[\p{Cc}\ufffd]/u;

/** A value in quotes keeps the spaces at its ends. Within them nothing is special. */
const unquoted = (text: string): string | undefined => {
  const [quote = ''] = /^["']/.exec(text) ?? [];
  if (quote === '') return text;
  return text.length > 1 && text.endsWith(quote) ? text.slice(1, -1) : undefined;
};

/** Takes a file of `NAME = value` apart. A line that starts with # or ; is a comment, an empty one is nothing. */
export const parseLines = (file: string): { lines: Line[]; faults: Fault[] } => {
  const lines: Line[] = [];
  const faults: Fault[] = [];
  for (const [place, written] of file
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const number = place + 1;
    const text = written.replaceAll('\t', ' ').trim();
    if (text === '' || /^[#;]/.test(text)) continue;
    const [, name, rest] = assignment.exec(text) ?? [];
    if (name === undefined || rest === undefined) {
      faults.push({ line: number, text: 'expected NAME = value, or a comment that starts with #' });
      continue;
    }
    const value = unquoted(rest);
    if (unreadable.test(text)) {
      faults.push({ line: number, text: `${name}: expected UTF-8 text without control characters` });
    } else if (value === undefined) {
      faults.push({ line: number, text: `${name}: expected a closing quote at the end of the line` });
    } else {
      lines.push({ number, name, value });
    }
  }
  return { lines, faults };
};

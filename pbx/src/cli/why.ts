import type { Settings } from '../settings/settings.ts';
import { visible } from '../visible.ts';
import type { LogSource } from './log-source.ts';
import { iso } from './table.ts';
import type { Terminal } from './terminal.ts';
import { findCalls, type Search } from './why/find-calls.ts';

import { formatReport, reportOn } from './why/report.ts';

export type WhyOptions = {
  json?: boolean;
  /** How many calls to tell of, at most. */
  last: number;
  logLevel: Settings['logLevel'];
  /** Epoch milliseconds. */
  now: number;
};

const notFound = (name: string, place: string, { logBegins }: Search, logLevel: string): string => {
  if (logBegins === undefined) return `there is nothing in ${place}: it tells of no call`;
  const isQuiet = logLevel === 'warn' || logLevel === 'error';
  const why = isQuiet
    ? `With LOG_LEVEL = ${logLevel}, it tells only of calls that went wrong.`
    : 'If the call was later than that, nobody asked pns to push it: look whether the dialplan gets to /push_call.';
  return `${place} tells of no call that is ${visible(name)} or goes to it. It begins ${iso(logBegins)}. ${why}`;
};

/**
 * `pns why`
 *
 * @returns 1 where there is no such call
 */
export const showWhy = async (
  { lines, place }: LogSource,
  name: string,
  { json = false, last, logLevel, now }: WhyOptions,
  terminal: Terminal,
): Promise<number> => {
  const search = await findCalls(lines, name, last);
  const reports = search.calls.map((call) => reportOn(call, search, now));
  if (json) {
    terminal.out(JSON.stringify({ calls: reports, earlier: search.earlier }, undefined, 2));
  } else if (reports.length > 0) {
    terminal.out(reports.map(formatReport).join('\n\n'));
    if (search.earlier > 0) terminal.note(`There are ${search.earlier} earlier ones: --last shows more.`);
  }
  if (reports.length > 0) return 0;
  terminal.note(`pns: ${notFound(name, place, search, logLevel)}`);
  return 1;
};

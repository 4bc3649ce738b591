import { createInterface } from 'node:readline';
import type { LogEntry } from '../log/entry.ts';
import { parseLine } from '../log/line-format.ts';
import { logFiles, readLog } from '../log/read-log.ts';
import type { Settings } from '../settings/settings.ts';
import { CommandError } from './failure.ts';

export type LogSource = {
  /** The oldest first. */
  lines: AsyncIterable<LogEntry>;
  /** What is read, for people. */
  place: string;
};

const readStandardInput = async function* (): AsyncIterable<LogEntry> {
  for await (const line of createInterface({ input: process.stdin })) {
    const entry = parseLine(line);
    if (entry !== undefined) yield entry;
  }
};

/**
 * The log of pns: of LOG_FILE with what logrotate has made of it, or of standard input, where pns logs to its own
 * standard output.
 *
 * @throws CommandError where nobody gives it, or an error of node:fs
 */
export const openLogSource = async ({ logFile }: Pick<Settings, 'logFile'>): Promise<LogSource> => {
  if (logFile !== '-') return { lines: readLog(await logFiles(logFile)), place: logFile };
  if (!process.stdin.isTTY) return { lines: readStandardInput(), place: 'standard input' };
  throw new CommandError('LOG_FILE is -, so hand the log in: journalctl -u pns -o cat | pns why …');
};

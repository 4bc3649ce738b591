import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createGunzip } from 'node:zlib';
import type { LogEntry } from './entry.ts';
import { parseLine } from './line-format.ts';

/**
 * What a file had when it was rotated away while it was read, or compressed only in part: the rest is skipped, as any
 * line that is none.
 */
const passing: readonly unknown[] = ['ENOENT', 'Z_DATA_ERROR', 'Z_BUF_ERROR'];

/** No line of pns is longer, in characters. */
const longestLine = 4 * 1024 * 1024;

const linesOf = async function* (file: string): AsyncIterable<string> {
  const bytes = createReadStream(file);
  const input = file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
  // A pipe does not hand errors on.
  if (input !== bytes) bytes.on('error', (error) => input.destroy(error));
  let rest = '';
  try {
    for await (const text of input.setEncoding('utf8')) {
      const lines = `${rest}${text}`.split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > longestLine) rest = '';
      yield* lines;
    }
    yield rest;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && passing.includes(error.code))) throw error;
  } finally {
    bytes.destroy();
  }
};

/**
 * Reads log files, one after the other, in both formats and compressed ones too. What is no line of pns is skipped.
 *
 * @param files the oldest first
 * @throws an error of node:fs with its code, where a file may not be read
 */
export const readLog = async function* (files: readonly string[]): AsyncIterable<LogEntry> {
  for (const file of files) {
    for await (const line of linesOf(file)) {
      const entry = parseLine(line);
      if (entry !== undefined) yield entry;
    }
  }
};

/** What logrotate appends: `.1`, `-20261122` (dateext), `-20261122-1795348800`, each with `.gz` perhaps. */
const rotated = /^(\.\d+|-\d{8}(-\d+)?)(\.gz)?$/;

/**
 * A file of LOG_FILE and what logrotate has made of its predecessors, the oldest first, for `readLog`.
 *
 * @throws an error of node:fs with its code, where the folder may not be read
 */
export const logFiles = async (logFile: string): Promise<string[]> => {
  const [folder, name] = [dirname(logFile), basename(logFile)];
  const names = (await readdir(folder)).filter(
    (found) => found === name || (found.startsWith(name) && rotated.test(found.slice(name.length))),
  );
  const files = await Promise.all(
    names.map(async (found) => {
      const path = join(folder, found);
      return { path, changedAt: (await stat(path).catch(() => undefined))?.mtimeMs };
    }),
  );
  return files
    .filter(({ changedAt }) => changedAt !== undefined)
    .sort((one, other) => (one.changedAt ?? 0) - (other.changedAt ?? 0))
    .map(({ path }) => path);
};

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach } from 'vitest';
import { type LogSettings, type OpenLog, openLog } from '../../../pbx/src/log/open-log.ts';

const cleanUps: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

export const makeFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'pns-log-'));
  cleanUps.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
};

export type TestLog = OpenLog & { file: string; complaints: string[] };

export const open = (file: string, settings: Partial<LogSettings> = {}): TestLog => {
  const complaints: string[] = [];
  const opened = openLog(
    { logFile: file, logLevel: 'info', logFormat: 'json', ...settings },
    (complaint) => void complaints.push(complaint),
  );
  cleanUps.push(() => opened.close());
  return { ...opened, file, complaints };
};

export const textOf = (file: string): string => readFileSync(file, 'utf8');
export const linesOf = (file: string): Record<string, unknown>[] =>
  textOf(file)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

export const fromTo = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => first + n);

/** Of a line that is whole, in a list; of any other none. */
export const numberIn = (line: string): number[] => {
  const [, number] = /^\{.*"number":(\d+)\}$/.exec(line) ?? [];
  return number === undefined ? [] : [Number(number)];
};

const openLogUrl = pathToFileURL('pbx/src/log/open-log.ts').href;
/** For another process, which may be limited, or have its output go nowhere. */
export const program = (file: string, body: string) => `
  import { openLog } from '${openLogUrl}';
  const { log, close } = openLog({ logFile: '${file}', logLevel: 'info', logFormat: 'json' });
  ${body}`;

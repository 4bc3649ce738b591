import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { makeKey, writeKey } from '../../../lambda/core/key.ts';
import { type ReadOptions, readSettings } from '../../../pbx/src/settings/read-settings.ts';
import { SettingsError } from '../../../pbx/src/settings/settings-error.ts';

const dir = mkdtempSync(join(tmpdir(), 'pns-settings-'));
afterAll(() => rmSync(dir, { recursive: true }));

export const key = writeKey(makeKey());
export const required = `PUSH_URL = https://push.example.com\nKEY = ${key}\n`;

export const pathOf = (name: string): string => join(dir, name);
export const fileWith = (name: string, content: string | Buffer, mode = 0o600): string => {
  const path = pathOf(name);
  rmSync(path, { force: true });
  writeFileSync(path, content, { mode });
  return path;
};

export const read = (text: string | Buffer, options?: ReadOptions) =>
  readSettings(fileWith('pns.conf', text), options);

/** What is wrong with it, behind the file's name. */
export const faultsOf = async (text: string | Buffer, options?: ReadOptions): Promise<string[]> => {
  try {
    await read(text, options);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.faults.map((fault) => fault.replace(`${pathOf('pns.conf')}:`, '').trimStart());
  }
};

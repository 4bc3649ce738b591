import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { debianArchitecture } from '../../../pbx/packaging/control.ts';

export const root = join(import.meta.dirname, '../../..');

export const release = {
  version: '1.2.3',
  architecture: debianArchitecture(process.arch),
  // 2026-01-02 03:04:05 UTC
  time: 1_767_323_045,
};

/** A command's output. */
export const outputOf = async (command: string, ...args: string[]): Promise<string> =>
  (await promisify(execFile)(command, args, { maxBuffer: 64 * 1024 * 1024 })).stdout;

export const whyNoPackage = async (): Promise<string | undefined> => {
  try {
    await outputOf('dpkg-deb', '--version');
    return undefined;
  } catch {
    return 'dpkg-deb is not installed';
  }
};

/** Says so where everybody reads it: the reporter is silent on a file that is skipped whole. */
export const isSkipped = (what: string, reason: string | undefined): boolean => {
  if (reason !== undefined) process.stderr.write(`${what} is not tested: ${reason}\n`);
  return reason !== undefined;
};

export const temporaryFolder = () => {
  const path = mkdtempSync(join(tmpdir(), 'pns-packaging-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

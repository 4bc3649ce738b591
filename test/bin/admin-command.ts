import { execFile } from 'node:child_process';
import { join } from 'node:path';

const script = join(import.meta.dirname, '../../bin/pns-admin.ts');

export type Outcome = { exitCode: number; stdout: string; stderr: string };

/** Runs `pns-admin` with this environment and nothing of the machine's: no profile, no credentials. */
export const runAdmin = (args: readonly string[], environment: Record<string, string> = {}) =>
  new Promise<Outcome>((resolve) => {
    const env = { HOME: '/nonexistent', AWS_EC2_METADATA_DISABLED: 'true', ...environment };
    execFile(process.execPath, [script, ...args], { env, timeout: 25_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ exitCode, stdout, stderr });
    });
  });

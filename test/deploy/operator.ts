import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { region, stack } from './world.ts';

/** `pns-admin`, as an operator runs it. */
export const operatorOf = (environment: () => Record<string, string>) => {
  const admin = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
    promisify(execFile)(
      process.execPath,
      ['bin/pns-admin.ts', ...args, '--stack', stack, '--region', region],
      { env: { ...process.env, ...environment() } },
    );
  return {
    admin,
    addKey: async (...args: string[]): Promise<string> => {
      const [key] = /pns_\w+/.exec((await admin('keys', 'add', ...args)).stdout) ?? [];
      if (key === undefined) throw new Error('no key was shown');
      return key;
    },
  };
};

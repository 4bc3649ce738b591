import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Synthesis bundles eleven functions. In milliseconds. */
const commandMs = 3 * 60_000;

export type Deployment = {
  succeeded: boolean;
  /** Everything that the CDK said. */
  output: string;
  /** Of the service stack. */
  outputs: Record<string, string>;
};

/** The CDK's own command line, unmodified, as the README has an operator run it. */
export const createCdk = (environment: Record<string, string>, stack: string) => {
  const dir = mkdtempSync(join(tmpdir(), 'pns-proxy-'));
  const settingsFile = join(dir, 'pns-proxy.json');

  const run = (...args: string[]): Promise<{ succeeded: boolean; output: string }> =>
    new Promise((resolve) => {
      const context = ['--no-notices', '-c', `settings=${settingsFile}`, '-o', join(dir, 'cdk.out')];
      const options = {
        env: { ...process.env, ...environment, CI: 'true' },
        timeout: commandMs,
        maxBuffer: 64 * 1024 * 1024,
      };
      execFile('node_modules/.bin/cdk', [...args, ...context], options, (error, stdout, stderr) =>
        resolve({ succeeded: error === null, output: stdout + stderr }),
      );
    });

  return {
    bootstrap: async (settings: object): Promise<void> => {
      writeFileSync(settingsFile, JSON.stringify(settings));
      const { succeeded, output } = await run('bootstrap', 'aws://000000000000/us-east-1');
      if (!succeeded) throw new Error(output);
    },
    deploy: async (settings: object, ...more: string[]): Promise<Deployment> => {
      writeFileSync(settingsFile, JSON.stringify(settings));
      const outputsFile = join(dir, 'outputs.json');
      rmSync(outputsFile, { force: true });
      const args = ['deploy', '--all', '--require-approval', 'never', '--outputs-file', outputsFile, ...more];
      const { succeeded, output } = await run(...args);
      const outputs = succeeded ? JSON.parse(readFileSync(outputsFile, 'utf8'))[stack] : {};
      return { succeeded, output, outputs };
    },
    destroy: () => run('destroy', '--all', '--force'),
    remove: () => rmSync(dir, { recursive: true }),
  };
};

import { execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Each bundles eleven functions. In milliseconds. */
const synthesisMs = 3 * 60_000;

/**
 * The templates of a deployment, as the CDK's own command line writes them for CloudFormation.
 *
 * @param out a folder to make
 */
export const synthesize = async (settings: object, out: string): Promise<string[]> => {
  const settingsFile = `${out}.json`;
  writeFileSync(settingsFile, JSON.stringify(settings));
  await promisify(execFile)(
    'node_modules/.bin/cdk',
    ['synth', '--quiet', '--no-notices', '-c', `settings=${settingsFile}`, '-o', out],
    {
      env: {
        ...process.env,
        // No credentials and nobody to ask for any: synthesis needs no account.
        AWS_EC2_METADATA_DISABLED: 'true',
        CDK_DISABLE_CLI_TELEMETRY: 'true',
        CI: 'true',
      },
      timeout: synthesisMs,
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  return readdirSync(out)
    .filter((file) => file.endsWith('.template.json'))
    .map((file) => join(out, file));
};

import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';

const root = join(import.meta.dirname, '../..');
const example = join(root, 'pns-proxy.example.json');
const bundling = 120_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pns-synth-'));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => vi.unstubAllEnvs());

/** Runs a program as npm's scripts and npx do: with the repository's own Node first. */
const run = (program: string, args: string[], options: { cwd: string; env?: NodeJS.ProcessEnv }) =>
  spawnSync(program, args, {
    cwd: options.cwd,
    encoding: 'utf8',
    timeout: bundling,
    env: {
      ...process.env,
      PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
      // No credentials and nobody to ask for any: synthesis needs no account.
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CI: 'true',
      ...options.env,
    },
  });

const synth = (settings: string, out: string) =>
  run('cdk', ['synth', '--quiet', '--no-notices', '-c', `settings=${settings}`, '-o', out], { cwd: root });

describe('cdk synth', () => {
  test('makes both templates of the example, and functions that start', { timeout: bundling }, () => {
    const out = join(folder, 'example');
    const { status, stderr } = synth(example, out);
    expect(status, stderr).toBe(0);

    const read = (file: string) => JSON.parse(readFileSync(join(out, file), 'utf8'));
    expect(read('pns-proxy-monitoring.template.json').Resources).not.toEqual({});
    const resources: Record<string, { Metadata: Record<string, string> }> =
      read('pns-proxy.template.json').Resources;
    const pushCall = Object.entries(resources).find(([id]) => id.startsWith('OperationsPushCallFunction'));
    const bundle = join(out, pushCall?.[1].Metadata['aws:asset:path'] ?? '', 'index.js');

    vi.stubEnv('TABLE_NAME', 'pns');
    vi.stubEnv('SNS_ARN', 'arn:aws:sns:eu-west-1:123456789012');
    vi.stubEnv('APPLICATION_PREFIX', 'pns');
    vi.stubEnv('APPS', '{"demo":{"fcm":true}}');
    vi.stubEnv('PROVIDERS', '{}');
    vi.stubEnv('RING_SECONDS', '30');
    vi.stubEnv('CALLS_PER_SECOND', '50');
    vi.stubEnv('CALLS_BURST', '2000');
    vi.stubEnv('GUARD_REFUSALS', '20');
    vi.stubEnv('GUARD_TIMES_USUAL', '10');
    // From outside of the repository, so that what is not in the bundle is not found.
    expect(createRequire(bundle)(bundle).handler).toBeTypeOf('function');
    // The SDK unminified, or its CommonJS modules, would be twice that: each kilobyte is loaded before a phone rings.
    expect(statSync(bundle).size).toBeLessThan(600_000);
  });

  test('names what is wrong with the settings, without a stack trace', { timeout: bundling }, () => {
    const settings = join(folder, 'wrong.json');
    writeFileSync(settings, '{"region":"eu-west-1","apps":{"demo":{"apple":{"keyId":"abc"}}}}');
    const { status, stdout, stderr } = synth(settings, join(folder, 'wrong'));
    expect(status).toBe(1);
    const said = `${stdout}${stderr}`;
    expect(said).toContain(
      `${settings}: apps.demo.apple.keyId: expected 10 characters of A-Z and 0-9, got "abc"`,
    );
    expect(said).toContain(`${settings}: apps.demo.apple.teamId: expected `);
    expect(said).not.toMatch(/^\s+at /m);
  });
});

describe('without a pns-proxy.json', () => {
  const { context } = JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8'));
  const app = (cwd: string) =>
    run('node', [join(root, 'bin/pns-proxy.ts')], {
      cwd,
      env: {
        CDK_OUTDIR: join(cwd, 'cdk.out'),
        CDK_CONTEXT_JSON: JSON.stringify({ ...context, 'aws:cdk:bundling-stacks': [] }),
      },
    });

  test('takes the example and says so; with one, takes that', { timeout: bundling }, () => {
    copyFileSync(example, join(folder, 'pns-proxy.example.json'));
    const first = app(folder);
    expect(first.stderr).toContain('using pns-proxy.example.json');
    expect(first.status, first.stderr).toBe(0);

    const own = JSON.parse(readFileSync(example, 'utf8'));
    writeFileSync(join(folder, 'pns-proxy.json'), JSON.stringify({ ...own, stack: 'own' }));
    const second = app(folder);
    expect(second.stderr).not.toContain('example');
    expect(second.status, second.stderr).toBe(0);
    expect(statSync(join(folder, 'cdk.out/own.template.json')).size).toBeGreaterThan(0);
  });
});

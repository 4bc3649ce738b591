import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { key, ok, pushed, startServer } from './support.ts';

const run = promisify(execFile);
const root = new URL('../..', import.meta.url).pathname;
const tool = (name: string) => join(root, 'node_modules/.bin', name);

let folder: string;
let tarball: string;
/** Where the package is installed, and nothing else that it could need. */
let consumer: string;

/** Packs a copy: the build of others who work in this tree stays as it is, and an old one does not get in. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pns-proxy-client-'));
  const copy = join(folder, 'copy');
  await mkdir(join(copy, 'lambda/core'), { recursive: true });
  for (const path of ['tsconfig.json', 'lambda/core/contract.ts'])
    await cp(join(root, path), join(copy, path));
  await cp(join(root, 'client'), join(copy, 'client'), {
    recursive: true,
    filter: (path) => !path.startsWith(join(root, 'client/dist')),
  });
  await writeFile(join(copy, 'package.json'), '{"private": true, "type": "module"}');
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: join(copy, 'client'),
  });
  tarball = join(folder, JSON.parse(stdout)[0].filename);

  consumer = join(folder, 'consumer');
  const installed = join(consumer, 'node_modules/pns-proxy-client');
  await mkdir(installed, { recursive: true });
  await run('tar', ['xf', tarball, '-C', installed, '--strip-components=1']);
  await writeFile(join(consumer, 'package.json'), '{"private": true, "type": "module"}');
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A Node.js of the host's own, where that is one that the package must run on. */
const hostNode = async (): Promise<string> => {
  const folders = (process.env['PATH'] ?? '')
    .split(delimiter)
    .filter((path) => !path.includes('node_modules'));
  for (const path of folders) {
    const node = join(path, 'node');
    const major = await run(node, ['-p', 'parseInt(process.versions.node)']).then(
      ({ stdout }) => Number(stdout),
      () => 0,
    );
    if (major >= 20) return node;
  }
  return process.execPath;
};

describe('the package', () => {
  it('holds what it needs, and nothing else', async () => {
    const sources = await readdir(join(root, 'client/src'));
    const built = [
      ...sources.map((name) => `dist/client/src/${name}`),
      'dist/lambda/core/contract.ts',
    ].flatMap((path) => [path.replace(/ts$/, 'js'), path.replace(/ts$/, 'd.ts')]);
    const { stdout } = await run('tar', ['tf', tarball]);
    const packed = stdout
      .trim()
      .split('\n')
      .map((path) => path.replace('package/', ''));
    expect(packed.sort()).toEqual(['LICENSE', 'README.md', 'package.json', ...built].sort());
  });

  it('depends on nothing, and its code imports Node.js’s modules and its own alone', async () => {
    const installed = join(consumer, 'node_modules/pns-proxy-client');
    const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    for (const kind of ['dependencies', 'peerDependencies', 'optionalDependencies']) {
      expect(manifest).not.toHaveProperty(kind);
    }
    const code = (await readdir(installed, { recursive: true })).filter((path) => path.endsWith('.js'));
    const texts = await Promise.all(code.map((path) => readFile(join(installed, path), 'utf8')));
    const imported = texts.flatMap((text) => [...text.matchAll(/\bfrom '([^']+)'/g)].map(([, name]) => name));
    expect(imported).toContain('node:https');
    for (const name of imported) expect(name).toMatch(/^(node:|\.\/)/);
  });

  it('is clean to publint', async () => {
    const { stdout } = await run(tool('publint'), ['run', tarball, '--strict']);
    expect(stdout).toContain('All good!');
  });

  it('is clean to attw', async () => {
    const { stdout } = await run(tool('attw'), [tarball, '--profile', 'esm-only', '--format', 'json']);
    const { problems } = JSON.parse(stdout);
    // What it tells all the same is of CommonJS and of resolution as before Node.js 12.
    const kinds = Object.values<{ resolutionKind?: string }[]>(problems).flat();
    for (const { resolutionKind } of kinds) expect(['node10', 'node16-cjs']).toContain(resolutionKind);
  });

  it('works where nothing else is installed', async () => {
    const server = await startServer(ok);
    const program = `
      import { createClient, PnsProxyError } from 'pns-proxy-client';
      const client = createClient(${JSON.stringify({ url: server.url, key })});
      const failure = await client.pushCall({ to: '1', ringSeconds: 1 }).catch((error) => error);
      const result = await client.pushCall({ to: '1' });
      console.log(JSON.stringify({ result, code: failure instanceof PnsProxyError && failure.code }));`;
    await writeFile(join(consumer, 'program.js'), program);
    const { stdout, stderr } = await run(await hostNode(), ['program.js'], { cwd: consumer });
    expect(JSON.parse(stdout)).toEqual({ result: pushed, code: 'expired' });
    expect(stderr).toBe('');
  });

  it('has types that a strict compiler takes, and that refuse what is wrong', async () => {
    await mkdir(join(consumer, 'node_modules/@types'), { recursive: true });
    for (const name of ['@types/node', 'undici-types']) {
      await symlink(join(root, 'node_modules', name), join(consumer, 'node_modules', name));
    }
    const program = `
      import { type Client, createClient, PnsProxyError, type PushResult } from 'pns-proxy-client';
      const client: Client = createClient({ url: 'https://push.example.com', key: 'k', deadlineMs: 2_000 });
      export const result: PushResult = await client.pushCall({ to: '1' });
      export const read = (error: unknown) => (error instanceof PnsProxyError ? error.code : undefined);
      // @ts-expect-error
      await client.pushCall({ too: '1' });
      // @ts-expect-error
      createClient({ url: 'https://push.example.com' });`;
    await writeFile(join(consumer, 'program.ts'), program);
    const compiled = await run(
      tool('tsc'),
      ['--noEmit', '--strict', '--module', 'nodenext', '--types', 'node', 'program.ts'],
      { cwd: consumer },
    ).catch((failure) => failure);
    expect(compiled.stdout).toBe('');
  });
});

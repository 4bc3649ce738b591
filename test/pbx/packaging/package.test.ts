import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { debianArchitecture } from '../../../pbx/packaging/control.ts';
import { buildPackage } from '../../../pbx/packaging/package.ts';
import { isSkipped, outputOf, release, root, temporaryFolder, whyNoPackage } from './support.ts';

const reason = await whyNoPackage();
const folder = temporaryFolder();
// In Node's place, so that a build takes no time to compress 120 MB.
const node = join(folder.path, 'node');

const build = (name: string) => buildPackage({ root, folder: join(folder.path, name), node, release });

const unpack = async (file: string): Promise<string> => {
  const tree = `${file}.tree`;
  mkdirSync(tree);
  await outputOf('dpkg-deb', '--raw-extract', file, tree);
  return tree;
};
const unzipped = (file: string) => outputOf('gzip', '--decompress', '--stdout', file);

afterAll(folder.remove);
afterEach(() => void vi.unstubAllEnvs());

describe.skipIf(isSkipped('The package', reason))('the package', () => {
  let file: string;
  let tree: string;

  beforeAll(async () => {
    writeFileSync(node, 'stands in for Node');
    file = await build('first');
    tree = await unpack(file);
  });

  it('is named after its version and architecture', async () => {
    expect(file).toBe(join(folder.path, `first/pns-proxy-pbx_1.2.3_${release.architecture}.deb`));
    const fields = await outputOf('dpkg-deb', '--field', file, 'Package', 'Version', 'Architecture');
    expect(fields).toBe(`Package: pns-proxy-pbx\nVersion: 1.2.3\nArchitecture: ${release.architecture}\n`);
  });

  it('holds these files, all of root, and the settings closed to others', async () => {
    const listing = await outputOf('dpkg-deb', '--contents', file);
    const files = listing.split('\n').flatMap((line) => {
      const [mode, owner, , , , path] = line.split(/\s+/);
      return path === undefined || path.endsWith('/') ? [] : [`${mode} ${owner} ${path}`];
    });
    expect(files).toEqual([
      '-rw-r--r-- root/root ./etc/logrotate.d/pns',
      '-rw-r----- root/root ./etc/pns/pns.conf',
      '-rwxr-xr-x root/root ./usr/bin/pns',
      '-rwxr-xr-x root/root ./usr/lib/pns/node',
      '-rw-r--r-- root/root ./usr/lib/pns/pns.mjs',
      '-rw-r--r-- root/root ./usr/lib/pns/spool-worker.mjs',
      '-rw-r--r-- root/root ./usr/lib/systemd/system/pns.service',
      '-rw-r--r-- root/root ./usr/share/doc/pns-proxy-pbx/NOTICE.gz',
      '-rw-r--r-- root/root ./usr/share/doc/pns-proxy-pbx/changelog.gz',
      '-rw-r--r-- root/root ./usr/share/doc/pns-proxy-pbx/copyright',
      '-rw-r--r-- root/root ./usr/share/doc/pns-proxy-pbx/node.LICENSE.gz',
    ]);
    const folders = listing.split('\n').filter((line) => line.endsWith('/'));
    expect(folders.filter((line) => !line.startsWith('drwxr-xr-x root/root'))).toEqual([]);
  });

  it('leaves to the administrator what the administrator changes', () => {
    const settings = readFileSync(join(tree, 'etc/pns/pns.conf'), 'utf8');
    expect(settings).toBe(readFileSync(join(root, 'pbx/etc/pns.conf'), 'utf8'));
    expect(readFileSync(join(tree, 'DEBIAN/conffiles'), 'utf8')).toBe(
      '/etc/pns/pns.conf\n/etc/logrotate.d/pns\n',
    );
  });

  it('runs without the repository beside it', async () => {
    const program = join(tree, 'usr/lib/pns/pns.mjs');
    const { version } = JSON.parse(readFileSync(join(root, 'pbx/package.json'), 'utf8'));
    expect((await outputOf(process.execPath, program, '--version')).trim()).toBe(version);
  });

  it('is the same to the byte, whatever the umask, the place and the time zone', async () => {
    const umask = process.umask(0o077);
    vi.stubEnv('TZ', 'Asia/Tokyo');
    try {
      const again = await build('second');
      expect(readFileSync(again).equals(readFileSync(file))).toBe(true);
    } finally {
      process.umask(umask);
    }
  });

  it('tells the licence of each package that it is made of', async () => {
    const notice = await unzipped(join(tree, 'usr/share/doc/pns-proxy-pbx/NOTICE.gz'));
    const { dependencies } = JSON.parse(readFileSync(join(root, 'pbx/package.json'), 'utf8'));
    const others = Object.keys(dependencies).filter((name) => name !== 'pns-proxy-client');
    expect(others.filter((name) => !notice.includes(`\n${name} ${dependencies[name]} (`))).toEqual([]);
    expect(notice).toContain('Permission is hereby granted');
    const program = readFileSync(join(tree, 'usr/lib/pns/pns.mjs'), 'utf8');
    const parts = [...program.matchAll(/^\s*\/\/ .*node_modules\/((?:@[^/]+\/)?[^/]+)/gm)].map(
      ([, name]) => name,
    );
    expect(parts.length).toBeGreaterThan(others.length);
    expect(parts.filter((name) => !notice.includes(`\n${name} `))).toEqual([]);
  });

  it('carries the licence of the Node that it carries', async ({ skip }) => {
    const [place] = ['x64', 'arm64']
      .map((arch) => join(root, `node_modules/node/node_modules/node-linux-${arch}/LICENSE`))
      .filter(existsSync);
    if (place === undefined) return skip('npm has pruned the package that has it: npm ci brings it back');
    const carried = await unzipped(join(tree, 'usr/share/doc/pns-proxy-pbx/node.LICENSE.gz'));
    // npm is no part of the binary, and of the package.
    const withoutNpm = readFileSync(place, 'utf8').replace(
      /^- npm, located at [\s\S]*?(?=^- GYP, located at )/m,
      '',
    );
    expect(carried).toBe(withoutNpm);
  });

  it('asks for the C library that this Node needs', async () => {
    const depends = await outputOf('dpkg-deb', '--field', file, 'Depends');
    const needed = readFileSync(process.execPath, 'latin1').matchAll(/\0GLIBC_2\.(\d+)(?=\0)/g);
    const newest = Math.max(...Array.from(needed, ([, minor]) => Number(minor)));
    expect(depends).toContain(`libc6 (>= 2.${newest})`);
  });
});

it('says what is missing where there is no dpkg-deb', async () => {
  writeFileSync(node, 'stands in for Node');
  vi.stubEnv('PATH', folder.path);
  await expect(build('without')).rejects.toThrow('dpkg-deb is not on this machine');
});

it('knows no package for a machine that Node has no build for', () => {
  expect(() => debianArchitecture('mips')).toThrow('No package for mips: expected x64 or arm64');
});

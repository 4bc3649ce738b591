import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from './bundle.ts';
import { control, type Release } from './control.ts';
import { layout, type PackagedFile } from './layout.ts';

export type PackageOptions = {
  /** The repository. */
  root: string;
  /** Where the package goes; made where it is not there. */
  folder: string;
  /** The Node binary that the package brings, of release's architecture. */
  node: string;
  release: Release;
};

const isControl = ({ path }: PackagedFile) => path.startsWith('DEBIAN/');

/** The file that lets `dpkg --verify` find what was changed after the installation. */
const md5sums = (files: readonly PackagedFile[]): string =>
  files.map(({ path, content }) => `${createHash('md5').update(content).digest('hex')}  ${path}\n`).join('');

const described = (files: readonly PackagedFile[], release: Release): PackagedFile[] => {
  const installed = files.filter((file) => !isControl(file));
  const kib = installed.reduce((sum, { content }) => sum + Math.ceil(content.length / 1024), 0);
  return [
    ...files,
    { path: 'DEBIAN/control', mode: 0o644, content: control(release, kib) },
    { path: 'DEBIAN/md5sums', mode: 0o644, content: md5sums(installed) },
  ];
};

/** Whatever the umask and the clock of this machine: modes and times are the package's own. */
const stage = (tree: string, files: readonly PackagedFile[], time: number): void => {
  for (const { path, mode, content } of files) {
    const place = join(tree, path);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, content);
    chmodSync(place, mode);
    utimesSync(place, time, time);
  }
  // Files first: writing one moves its folder's time.
  const folders = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((e) => e.isDirectory());
  for (const folder of [tree, ...folders.map(({ parentPath, name }) => join(parentPath, name))]) {
    chmodSync(folder, 0o755);
    utimesSync(folder, time, time);
  }
};

/** 45 MB in 6 s of a core. xz, the default, takes ten times as long for 30 MB; zstd needs the dpkg of Debian 12. */
const compression = ['-Zgzip', '-z6'];

/**
 * Builds `pns-proxy-pbx_<version>_<architecture>.deb`: the same bytes from the same sources, on every machine that has
 * this dpkg-deb.
 * @returns its path
 * @throws Error where a source is wrong or missing, or this machine has no dpkg-deb
 */
export const buildPackage = async (options: PackageOptions): Promise<string> => {
  const { root, folder, node, release } = options;
  const files = layout(root, node, await bundle(root), release);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `pns-proxy-pbx_${release.version}_${release.architecture}.deb`);
  const tree = mkdtempSync(join(tmpdir(), 'pns-package-'));
  try {
    stage(tree, described(files, release), release.time);
    await promisify(execFile)('dpkg-deb', ['--root-owner-group', ...compression, '--build', tree, file], {
      env: { ...process.env, SOURCE_DATE_EPOCH: String(release.time) },
    });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    throw new Error('dpkg-deb is not on this machine: the package can be built on Debian or Ubuntu', {
      cause: error,
    });
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
  return file;
};

import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { debianArchitecture } from './control.ts';
import { buildPackage } from './package.ts';

/** The time that the files of the package carry: SOURCE_DATE_EPOCH, or that of the last commit. */
const releaseTime = (root: string): number => {
  const given = process.env['SOURCE_DATE_EPOCH'];
  const time = Number(
    given ?? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }),
  );
  if (!Number.isSafeInteger(time)) throw new Error('SOURCE_DATE_EPOCH: expected seconds since 1970');
  return time;
};

const root = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(root, 'pbx/package.json'), 'utf8'));

const file = await buildPackage({
  root,
  folder: join(root, 'pbx/dist'),
  node: process.execPath,
  release: { version, architecture: debianArchitecture(process.arch), time: releaseTime(root) },
});
process.stdout.write(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB\n`);

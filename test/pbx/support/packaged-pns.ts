import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundle } from '../../../pbx/packaging/bundle.ts';

const root = join(import.meta.dirname, '../../..');

/** `pns` as the package runs it, but from a folder of its own. */
export const unpackPns = async () => {
  const folder = mkdtempSync(join(tmpdir(), 'pns-packaged-'));
  for (const [name, content] of (await bundle(root)).files) writeFileSync(join(folder, name), content);
  const launcher = readFileSync(join(root, 'pbx/packaging/files/pns.sh'), 'utf8')
    .replace('/usr/lib/pns/node', process.execPath)
    .replaceAll('/usr/lib/pns', folder);
  const program = join(folder, 'pns');
  writeFileSync(program, launcher, { mode: 0o755 });
  return { program, remove: () => rmSync(folder, { recursive: true }) };
};

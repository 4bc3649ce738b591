import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, expect, it } from 'vitest';

/** A folder with the linter's rules and nothing else. */
const folder = mkdtempSync(join(tmpdir(), 'pns-proxy-'));
const { vcs: _vcs, ...rules } = JSON.parse(readFileSync('biome.json', 'utf8'));
writeFileSync(join(folder, 'biome.json'), JSON.stringify(rules));
afterAll(() => rmSync(folder, { recursive: true }));

const biome = resolve('node_modules/@biomejs/biome/bin/biome');

/** What the linter says of a file of this content at this path. */
const lint = (path: string, content: string): string => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  const { stdout, stderr } = spawnSync(process.execPath, [biome, 'lint', path], {
    cwd: folder,
    encoding: 'utf8',
  });
  rmSync(file);
  return `${stdout}${stderr}`;
};

it.each([
  ['lambda/core/probe.ts', '../aws/clients.ts'],
  ['lambda/core/probe.ts', 'valibot'],
  ['lambda/core/probe.ts', 'node:fs'],
  ['lambda/http/probe.ts', '../aws/clients.ts'],
  ['lambda/aws/probe.ts', '../http/log.ts'],
  ['lambda/probe.ts', '../lib/settings.ts'],
  ['lib/probe.ts', '../lambda/core/register.ts'],
  ['bin/probe.ts', '../local/cloud.ts'],
  ['local/probe.ts', '../lambda/core/register.ts'],
  ['local/probe.ts', '../lib/service-stack.ts'],
])('the linter lets no %s import %s', (path, forbidden) => {
  expect(lint(path, `import * as other from '${forbidden}';\nexport const probe = other;\n`)).toContain(
    'noRestrictedImports',
  );
});

it('and lets pass what the arrows allow', () => {
  const allowed = lint(
    'lambda/http/probe.ts',
    "import * as other from '../core/errors.ts';\nexport const probe = other;\n",
  );
  expect(allowed).not.toContain('noRestrictedImports');
});

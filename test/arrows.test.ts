import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** What the linter says of a file of this content at this path, without writing it. */
const lint = (path: string, content: string): string => {
  const args = ['node_modules/@biomejs/biome/bin/biome', 'lint', `--stdin-file-path=${path}`];
  const { stdout, stderr } = spawnSync(process.execPath, args, { input: content, encoding: 'utf8' });
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

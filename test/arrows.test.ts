import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const forbidden = [
  ['lambda/core', '../aws/clients.ts'],
  ['lambda/core', './../aws/clients.ts'],
  ['lambda/core', 'valibot'],
  ['lambda/core', 'node:fs'],
  ['lambda/core/sub', '../../aws/clients.ts'],
  ['lambda/http', '../aws/clients.ts'],
  ['lambda/http', '../environment.ts'],
  ['lambda/http', '@aws-sdk/client-sns'],
  ['lambda/http', 'aws-cdk-lib'],
  ['lambda/http', 'aws-cdk-lib/aws-sns'],
  ['lambda/http/sub', '../../aws/clients.ts'],
  ['lambda/aws', '../http/log.ts'],
  ['lambda/aws', 'aws-cdk-lib'],
  ['lambda/aws', 'aws-cdk-lib/aws-sns'],
  ['lambda/aws/sub', '../../http/log.ts'],
  ['lambda/providers', '../aws/clients.ts'],
  ['lambda/providers', '../http/log.ts'],
  ['lambda/providers', '../environment.ts'],
  ['lambda/providers', './../push-ports.ts'],
  ['lambda/providers', '@aws-sdk/client-secrets-manager'],
  ['lambda/providers', 'aws-cdk-lib'],
  ['lambda/providers/huawei', '../../aws/secret-reader.ts'],
  ['lambda/providers/huawei', '../../http/log.ts'],
  ['lambda/providers/huawei', '../../environment.ts'],
  ['lambda/providers/huawei', './../../push-ports.ts'],
  ['lambda/providers/huawei', '../../../local/cloud.ts'],
  ['lambda/providers/huawei', '@aws-sdk/client-sns'],
  ['lambda/providers/huawei', 'aws-cdk-lib/aws-sns'],
  ['lambda/core', '../providers/kept.ts'],
  ['lambda/http', '../providers/kept.ts'],
  ['lambda/aws', '../providers/kept.ts'],
  ['lib', '../lambda/providers/provider-settings.ts'],
  ['lambda', '../lib/settings.ts'],
  ['lambda', 'aws-cdk-lib'],
  ['lambda', 'aws-cdk-lib/aws-sns'],
  ['lib', '../lambda/core/register.ts'],
  ['lib', '../lambda/register.ts'],
  ['lib', '../local/cloud.ts'],
  ['lib', '../test/support/builders.ts'],
  ['lib', '../client/src/index.ts'],
  ['lib', '../pbx/src/index.ts'],
  ['lib', '@aws-sdk/client-sns'],
  ['lib/sub', '../../lambda/core/register.ts'],
  ['lib/sub', '../../bin/pns-proxy.ts'],
  ['bin', '../local/cloud.ts'],
  ['bin/admin', '../../local/cloud.ts'],
  ['bin/admin', '../../test/support/builders.ts'],
  ['local', '../lambda/core/register.ts'],
  ['local', '../lambda/aws/clients.ts'],
  ['local', '../lib/service-stack.ts'],
  ['local/sns', '../../lambda/core/register.ts'],
  ['local/sns', '../../lambda/http/log.ts'],
  ['local/sns', '../../lib/service-stack.ts'],
  ['local/sns', '../../bin/admin/keys.ts'],
  ['local/sns', '../../test/support/builders.ts'],
  ['client/src', '../../lambda/core/errors.ts'],
  ['client/src', '../../pbx/src/operations.ts'],
  ['client/src', 'valibot'],
  ['pbx/src/calls', '../../../lambda/core/contract.ts'],
  ['pbx/src/server', '../../../lambda/http/requests.ts'],
  ['pbx/src/spool', '../../../lambda/core/update.ts'],
  ['pbx/src/cli', '../../../lambda/core/contract.ts'],
  ['pbx/src/doctor', '../../../lambda/aws/clients.ts'],
  ['pbx/src/calls', '../../../client/src/index.ts'],
  ['pbx/src/calls', '../../../local/cloud.ts'],
  ['pbx/src/calls', '../../../test/support/builders.ts'],
  ['pbx/src/calls', '@aws-sdk/client-sns'],
  ['pbx/bin', '../../lib/settings.ts'],
  ['pbx/src/spool', '../cli/table.ts'],
  ['pbx/src/calls', '../daemon/daemon.ts'],
  ['pbx/src/server', '../doctor/doctor.ts'],
  ['pbx/src/doctor', '../cli/table.ts'],
  ['pbx/src/daemon', '../cli/table.ts'],
  ['pbx/src/daemon', '../../../local/cloud.ts'],
] as const;

const allowed = [
  ['lambda/core', './errors.ts'],
  ['lambda/core', 'node:crypto'],
  ['lambda/http', '../core/errors.ts'],
  ['lambda/http', './log.ts'],
  ['lambda/http', 'valibot'],
  ['lambda/http/sub', '../../core/errors.ts'],
  ['lambda/aws', '../core/errors.ts'],
  ['lambda/aws', '@aws-sdk/client-sns'],
  ['lambda/aws/sub', '../../core/errors.ts'],
  ['lambda/providers', '../core/ports.ts'],
  ['lambda/providers', './kept.ts'],
  ['lambda/providers', './huawei/gateway.ts'],
  ['lambda/providers', 'node:https'],
  ['lambda/providers', 'jose'],
  ['lambda/providers/huawei', '../../core/ports.ts'],
  ['lambda/providers/huawei', '../kept.ts'],
  ['lambda/providers/huawei', './gateway.ts'],
  ['lambda/providers/huawei', 'node:crypto'],
  ['lambda', './providers/push-gateway.ts'],
  ['lambda', './core/register.ts'],
  ['lambda', './aws/clients.ts'],
  ['lib', './settings.ts'],
  ['lib', '../lambda/environment.ts'],
  ['lib', '../lambda/core/contract.ts'],
  ['lib', 'aws-cdk-lib/aws-lambda'],
  ['lib/sub', '../settings.ts'],
  ['lib/sub', '../../lambda/environment.ts'],
  ['bin', '../lib/deployment.ts'],
  ['bin/admin', './keys.ts'],
  ['bin/admin', '../../lib/settings.ts'],
  ['bin/admin', '../../lambda/core/key.ts'],
  ['local', '../lib/settings.ts'],
  ['local', '../lib/served-apps.ts'],
  ['local', '../lambda/core/key.ts'],
  ['local', '../lambda/aws/key-table.ts'],
  ['local', '../lambda/register.ts'],
  ['local', '../lambda/environment.ts'],
  ['local/sns', '../events.ts'],
  ['local/sns', '../../lib/sns-platforms.ts'],
  ['local/sns', '../../lambda/environment.ts'],
  ['client/src', './errors.ts'],
  ['client/src', 'node:https'],
  ['client/src', '../../lambda/core/contract.ts'],
  ['pbx/src/calls', '../operations.ts'],
  ['pbx/src/calls', 'pns-proxy-client'],
  ['pbx/src/calls', 'hono'],
  ['pbx/src/server', '../../../lambda/http/shapes.ts'],
  ['pbx/src/cli', '../../../lambda/http/fields.ts'],
  ['pbx/src/spool', '../../../lambda/core/token.ts'],
  ['pbx/src/settings', '../../../lambda/core/key.ts'],
  ['pbx/src/cli', '../doctor/doctor.ts'],
  ['pbx/src/cli/why', '../table.ts'],
  ['pbx/src/doctor', '../daemon/instance.ts'],
  ['pbx/src/daemon', '../calls/calls.ts'],
  ['pbx/bin', '../src/operations.ts'],
  ['test/core', '../../lambda/core/register.ts'],
] as const;

const arrows = [...forbidden, ...allowed];

/** A folder with the linter's rules and a file for each arrow, named after its place in the list. */
const folder = mkdtempSync(join(tmpdir(), 'pns-proxy-'));
afterAll(() => rmSync(folder, { recursive: true }));

const write = (path: string, content: string): void => {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
};

/** The arrows to which the rule objects. */
let refused: typeof arrows = [];

beforeAll(() => {
  const { vcs: _vcs, ...rules } = JSON.parse(readFileSync('biome.json', 'utf8'));
  write('biome.json', JSON.stringify(rules));
  for (const [place, [from, to]] of arrows.entries()) {
    write(`${from}/probe-${place}.ts`, `import * as other from '${to}';\nexport const probe = other;\n`);
  }
  const biome = resolve('node_modules/@biomejs/biome/bin/biome');
  const { stdout } = spawnSync(
    process.execPath,
    [biome, 'lint', '--only=style/noRestrictedImports', '--reporter=github', '--max-diagnostics=none'],
    { cwd: folder, encoding: 'utf8' },
  );
  const places = new Set(
    Array.from(stdout.matchAll(/noRestrictedImports,.*\/probe-(\d+)\.ts,/g), ([, place]) => Number(place)),
  );
  refused = arrows.filter((_, place) => places.has(place));
});

it.each(forbidden)('the linter lets no file of %s import %s', (...arrow) => {
  expect(refused).toContainEqual(arrow);
});

it.each(allowed)('the linter lets a file of %s import %s', (...arrow) => {
  expect(refused.length).toBeGreaterThan(0);
  expect(refused).not.toContainEqual(arrow);
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import { doctor } from '../../../pbx/src/doctor/doctor.ts';
import type { World } from './support/world.ts';
import { createWorld, troubles } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

it('finds that all is well, and exits with 0', async () => {
  const said: string[] = [];
  const { settings, ports, ari } = world;
  const code = await doctor(settings, { json: false, out: (lines) => said.push(lines) }, ports);
  expect(said.join('\n')).toContain('All is well.');
  expect(code).toBe(0);
  expect(ari.asked.every((asked) => asked.startsWith('GET '))).toBe(true);
});

it('says the same as JSON, and nothing secret', async () => {
  const said: string[] = [];
  const { settings, ports } = world;
  const code = await doctor(settings, { json: true, out: (lines) => said.push(lines) }, ports);
  const { ok, findings } = JSON.parse(said.join(''));
  expect(code).toBe(0);
  expect(ok).toBe(true);
  expect(troubles(findings)).toEqual([]);
  const checks = findings.map(({ check, level }: { check: string; level: string }) => `${check} ${level}`);
  expect(checks).toEqual([
    'daemon ok',
    'resolvers ok',
    'connection ok',
    'certificate ok',
    'answer ok',
    'clock ok',
    'key ok',
    'ari ok',
    'sip ok',
    'devices ok',
  ]);
});

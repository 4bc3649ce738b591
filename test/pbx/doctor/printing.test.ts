import { afterEach, beforeEach, expect, it } from 'vitest';
import { doctor } from '../../../pbx/src/doctor/doctor.ts';
import { formatFindings } from '../../../pbx/src/doctor/print-findings.ts';
import type { World } from './support/world.ts';
import { createWorld } from './support/world.ts';

it('prints the remedy below, within 100 columns, and nothing that moves the cursor', () => {
  const printed = formatFindings([
    { check: 'daemon', level: 'ok', what: 'pns answers' },
    {
      check: 'certificate',
      level: 'fault',
      what: `issued by \u001b[2J${'long '.repeat(40)}`,
      remedy: 'Mend it.',
    },
    { check: 'ari', level: 'skipped', what: 'not configured' },
  ]);
  const lines = printed.split('\n');
  expect(lines[0]).toBe('ok       daemon       pns answers');
  expect(lines[1]).toMatch(/^FAULT {4}certificate {2}issued by /);
  expect(lines.every((line) => line.length <= 100)).toBe(true);
  expect(printed).toContain(`${' '.repeat(22)}→ Mend it.`);
  expect(printed).not.toContain('\u001b');
  expect(lines.at(-1)).toBe('Faults: 1. Warnings: 0.');
});

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

it('exits with 1 for a warning and for a fault', async () => {
  const { settings, ports, endpoint } = world;
  const run = () => doctor(settings, { json: true, out: () => undefined }, ports);
  endpoint.clockOffsetMs = 60_000;
  expect(await run()).toBe(1);
  endpoint.clockOffsetMs = 3_600_000;
  expect(await run()).toBe(1);
});

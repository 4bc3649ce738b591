import { describe, expect, test } from 'vitest';
import { pastTime, UsageError } from '../../bin/admin/arguments.ts';
import { runAdmin } from './admin-command.ts';

const hourMs = 3_600_000;

test.each([
  ['0m', 0],
  ['30m', hourMs / 2],
  ['2h', 2 * hourMs],
  ['3d', 72 * hourMs],
])('%s is that long ago', (text, ms) => {
  const before = Date.now();
  expect(pastTime(text)).toBeGreaterThanOrEqual(before - ms);
  expect(pastTime(text)).toBeLessThanOrEqual(Date.now() - ms);
});

test.each([
  ['2026-01-22T12:00Z', '2026-01-22T12:00:00.000Z'],
  ['2026-01-22T12:00:30Z', '2026-01-22T12:00:30.000Z'],
  ['2026-01-22T12:00:30.25Z', '2026-01-22T12:00:30.250Z'],
  ['2026-01-22T00:30+01:00', '2026-01-21T23:30:00.000Z'],
  ['2024-02-29T12:00-02:30', '2024-02-29T14:30:00.000Z'],
])('%s is a time with its zone', (text, time) => {
  expect(new Date(pastTime(text)).toISOString()).toBe(time);
});

const shape =
  /^--since: expected how long ago \(30m, 2h, 3d\) or a time with its zone \(2026-11-22T12:00:00Z\)$/;
const zone = /^--since: expected the time's zone behind it, Z or as \+01:00$/;
const past = /^--since: expected a time in the past$/;
test.each([
  ['2026-01-22T12:00', zone],
  ['2026-01-22T12:00:00.000', zone],
  ['2026-01-22', shape],
  ['12:00Z', shape],
  ['noon', shape],
  ['2s', shape],
  ['-2h', shape],
  ['2 h', shape],
  ['', shape],
  ['2026-99-99T00:00Z', shape],
  ['2026-02-30T00:00Z', shape],
  ['2026-02-29T23:00-02:00', shape],
  ['2026-01-22T25:00Z', shape],
  ['2999-01-01T00:00Z', past],
])('%j is refused, and it is said what is wrong', (text, says) => {
  expect(() => pastTime(text)).toThrow(UsageError);
  expect(() => pastTime(text)).toThrow(says);
});

describe.each([
  ['why', ['why', '--call', 'a@b']],
  ['registrations enable', ['registrations', 'enable', '--app', 'demo']],
])('%s', (_, command) => {
  // Nobody listens there: what was written rightly gets as far as that, and no further.
  const since = (text: string) => runAdmin([...command, '--since', text, '--local', 'http://127.0.0.1:9']);

  test.each(['2h', '2026-01-22T12:00Z'])('takes %s', async (text) => {
    expect(await since(text)).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^pns-admin: /) });
  });

  test.each(['2026-01-22T12:00', '2999-01-01T00:00Z', 'noon'])('refuses %s as wrong usage', async (text) => {
    const { exitCode, stdout, stderr } = await since(text);
    expect([exitCode, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^error: --since: expected .+\n$/);
  });
});

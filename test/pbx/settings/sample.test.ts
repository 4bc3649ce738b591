import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keyNames, keys } from '../../../pbx/src/settings/keys.ts';
import { untilRestart } from '../../../pbx/src/settings/reload.ts';
import { faultsOf, read, required } from './support.ts';

const sample = readFileSync('pbx/etc/pns.conf', 'utf8');

/** Each key that the sample has, commented out, with what is written above it. */
const documented = sample.split('\n\n').flatMap((paragraph) => {
  const about = paragraph.split('\n').filter((line) => /^# /.test(line));
  return Array.from(paragraph.matchAll(/^#([A-Z_]+) = (.+)$/gm), ([, name = '', value = '']) => ({
    name,
    value,
    about: about.join('\n'),
  }));
});

it('documents every key, and no other, once', () => {
  expect(documented.map(({ name }) => name).sort()).toEqual(keyNames.toSorted());
  for (const { name, about } of documented) expect(about.length, name).toBeGreaterThan(40);
});

it('shows each default as it is, and else a value that would be taken', () => {
  for (const { name, value, about } of documented) {
    const key = { default: undefined, ...keys[name as keyof typeof keys] };
    if (name === 'KEY') continue;
    expect(key.read(value), name).not.toBeUndefined();
    if (key.default === undefined) expect(about, name).toMatch(/efault: (none|the)|no default|Instead of/);
    else expect(value, name).toBe(key.default);
  }
});

it('tells which keys take a restart', () => {
  const told = documented.filter(({ about }) => about.includes('A change takes a restart.'));
  expect(told.map(({ name }) => name).sort()).toEqual(Object.keys(untilRestart).sort());
});

it('is refused as it is shipped, for want of an address and a key alone', async () => {
  expect(await faultsOf(sample)).toEqual([
    expect.stringMatching(/^PUSH_URL: /),
    expect.stringMatching(/^KEY or KEY_FILE: /),
  ]);
});

it('works with these two, and means what an empty file means', async () => {
  expect(await read(sample + required)).toEqual(await read(required));
  const filled = sample
    .replace(/^#PUSH_URL = .*$/m, required.split('\n')[0] ?? '')
    .replace(/^#KEY = .*$/m, required.split('\n')[1] ?? '');
  expect(await read(filled)).toEqual(await read(required));
});

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { expect, it } from 'vitest';
import { thisMachine } from '../../../pbx/src/doctor/machine.ts';

it('looks up as the system does', async () => {
  const found = await thisMachine().lookUp('localhost');
  expect(found.some((address) => address === '127.0.0.1' || address === '::1')).toBe(true);
  expect(new Set(found).size).toBe(found.length);
});

it('gives its networks without the loopback one, and its version', () => {
  const { networks, version } = thisMachine();
  for (const network of networks()) {
    const [address = '', bits] = network.split('/');
    expect([isIP(address) > 0, Number(bits) > 0, address.startsWith('127.')]).toEqual([true, true, false]);
  }
  expect(version).toBe(JSON.parse(readFileSync('pbx/package.json', 'utf8')).version);
});

import { afterEach, expect, test } from 'vitest';
import { openLogSource } from '../../../pbx/src/cli/log-source.ts';

const { stdin } = process;
const before = Object.getOwnPropertyDescriptor(stdin, 'isTTY');
afterEach(() => {
  if (before === undefined) Reflect.deleteProperty(stdin, 'isTTY');
  else Object.defineProperty(stdin, 'isTTY', before);
});

test('a log on standard output is not waited for where nobody hands it in', async () => {
  Object.defineProperty(stdin, 'isTTY', { value: true, configurable: true });
  await expect(openLogSource({ logFile: '-' })).rejects.toThrow('journalctl -u pns -o cat | pns why');
});

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runPns } from './pns-command.ts';

test.each([
  [['nonsense'], 'there is no command nonsense: see pns --help'],
  [['status', 'extra'], 'too many arguments'],
  [['--nonsense'], "unknown option '--nonsense'"],
  [['devices'], "missing required argument 'ext'"],
  [['devices', '1 0 1'], 'Expected an extension'],
  [['spool', 'retry'], 'name one request, or give --all'],
  [['spool', 'retry', '7', '--all'], 'name one request, or give --all'],
  [['spool', 'drop', '-1'], 'Expected the number of a request'],
  [['spool', 'drop', 'x'], 'Expected the number of a request'],
  [['why', '101', '--last', '0'], 'Expected how many calls'],
])('%j is wrong usage, said in one line', async (args, text) => {
  const { exitCode, stdout, stderr } = await runPns(args);
  expect([exitCode, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^pns: .+\n$/);
  expect(stderr).toContain(text);
});

test('tells its version', async () => {
  const { version } = JSON.parse(readFileSync('pbx/package.json', 'utf8'));
  expect(await runPns(['--version'])).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
});

test('helps', async () => {
  const { exitCode, stdout, stderr } = await runPns(['why', '--help']);
  expect([exitCode, stderr]).toEqual([0, '']);
  expect(stdout).toContain('--config <file>');
});

test('settings that are not there are named, without a stack trace', async () => {
  const { exitCode, stdout, stderr } = await runPns(['status', '--config', '/nonexistent/pns.conf']);
  expect([exitCode, stdout]).toEqual([78, '']);
  expect(stderr).toMatch(/^pns: .*\/nonexistent\/pns\.conf.*\n$/);
});

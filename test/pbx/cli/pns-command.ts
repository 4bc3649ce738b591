import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { makeKey, writeKey } from '../../../lambda/core/key.ts';

export const script = join(import.meta.dirname, '../../../pbx/bin/pns.ts');

export type Outcome = { exitCode: number | null; stdout: string; stderr: string };

/** Runs `pns` as its own process, with nothing of the machine's environment. */
export const runPns = async (args: readonly string[], input = ''): Promise<Outcome> => {
  const child = spawn(process.execPath, [script, ...args], {
    env: {},
    timeout: 25_000,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {}).end(input);
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { exitCode, stdout, stderr };
};

export type Values = Record<string, string | number>;

/** A key that no deployment knows. */
export const testKey = writeKey(makeKey());

/** Where a `pns` lives: settings, data and log, in a folder of its own. */
export const createPlace = (values: Values = {}) => {
  const dir = mkdtempSync(join(tmpdir(), 'pns-cli-'));
  const config = join(dir, 'pns.conf');
  const dataDir = join(dir, 'data');
  const logFile = join(dir, 'pns.log');
  mkdirSync(dataDir);
  const configure = (changes: Values): void => {
    const all: Values = {
      ...{ PROXY_ADDRESS: '127.0.0.1:1', PUSH_URL: 'https://push.example.com' },
      // As for an operator who may not read it: most commands need no key.
      KEY_FILE: join(dir, 'no-such-key'),
      ...{ DATA_DIR: dataDir, LOG_FILE: logFile, ...values, ...changes },
    };
    const lines = Object.entries(all).filter(([, value]) => value !== '');
    writeFileSync(config, lines.map(([name, value]) => `${name} = ${value}\n`).join(''));
  };
  configure({});
  return {
    dir,
    config,
    dataDir,
    logFile,
    configure,
    pns: (...args: string[]) => runPns(['--config', config, ...args]),
    pnsReading: (input: string, ...args: string[]) => runPns(['--config', config, ...args], input),
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
};

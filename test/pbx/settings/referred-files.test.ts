import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { generate } from 'selfsigned';
import { describe, expect, it } from 'vitest';
import { makeKey, writeKey } from '../../../lambda/core/key.ts';
import { readSettings } from '../../../pbx/src/settings/read-settings.ts';
import { faultsOf, fileWith, key, pathOf, read, required } from './support.ts';

const withLine = (line: string) => `${required}${line}\n`;
const expectedKey = expect.stringContaining('expected a key as `pns-admin keys add` printed it');

describe('the key', () => {
  const other = writeKey(makeKey());

  it('comes from a file as well, whatever white space is around it', async () => {
    const file = fileWith('key', `\n ${key}\r\n`);
    expect(await read(`PUSH_URL = https://a.example\nKEY_FILE = ${file}`)).toMatchObject({ key });
  });

  it('comes from one place', async () => {
    const file = fileWith('key', key);
    expect(await faultsOf(withLine(`KEY_FILE = ${file}`))).toEqual([
      '3: KEY_FILE: expected either it or KEY, which line 2 has',
    ]);
  });

  it('is named where it cannot be read', async () => {
    const lineOf = (path: string) => faultsOf(`PUSH_URL = https://a.example\nKEY_FILE = ${path}`);
    const [missing, folder] = [pathOf('no-key'), pathOf('key-folder')];
    mkdirSync(folder);
    const pipe = pathOf('pipe');
    execFileSync('mkfifo', [pipe]);
    expect(await lineOf(missing)).toEqual([
      `2: KEY_FILE: expected a file that pns may read (ENOENT): ${missing}`,
    ]);
    expect(await lineOf(folder)).toEqual([`2: KEY_FILE: expected a file: ${folder}`]);
    expect(await lineOf(pipe)).toEqual([`2: KEY_FILE: expected a file: ${pipe}`]);
    const long = fileWith('long', 'x'.repeat(5_000));
    expect(await lineOf(long)).toEqual([`2: KEY_FILE: expected a file of at most 4096 bytes: ${long}`]);
  });

  it('is in no error, wherever it was put by mistake', async () => {
    const file = fileWith('mistyped', `${key.slice(0, -1)}`);
    const files = [
      `PUSH_URL = ${key}\nKEY = https://push.example.com`,
      `${required}KEY = ${other}`,
      `${required}${other}`,
      `${required}${other} = 1`,
      `${required}KEY ${other}`,
      `PUSH_URL = https://a.example\nKEY = ${key.slice(0, -1)}`,
      `PUSH_URL = https://a.example\nKEY = "${key}`,
      `PUSH_URL = https://a.example\nKEY = ${key} # ours`,
      `PUSH_URL = https://a.example\nKEY_FILE = ${key}`,
      `PUSH_URL = https://a.example\nKEY_FILE = ${file}`,
      `${required}LOG_LEVEL = ${other}`,
      `${required}ARI_PASSWORD = ${other}`,
    ];
    for (const text of files) {
      const faults = await faultsOf(text);
      expect(faults).not.toEqual([]);
      for (const secret of [key.slice(4, -7), other.slice(4, -7)])
        expect(faults.join()).not.toContain(secret);
    }
  });

  it('is refused where it is mistyped', async () => {
    const letter = key.at(20) === 'A' ? 'B' : 'A';
    const mistyped = `${key.slice(0, 20)}${letter}${key.slice(21)}`;
    expect(await faultsOf(`PUSH_URL = https://a.example\nKEY = ${mistyped}`)).toEqual([expectedKey]);
  });

  it('need not be there for a command that does without it', async () => {
    const without = { needKey: false };
    expect(await read('PUSH_URL = https://a.example', without)).toMatchObject({ key: '' });
    const text = `PUSH_URL = https://a.example\nKEY_FILE = ${pathOf('no-key')}\nARI_URL = http://a/ari\nARI_USER = u
ARI_PASSWORD_FILE = ${pathOf('no-password')}`;
    expect(await read(text, without)).toMatchObject({ key: '', ari: undefined });
    expect(await faultsOf(text)).toHaveLength(2);
  });
});

describe('secrets that every user may read', () => {
  const warningsOf = async (text: string, mode: number) => {
    const warnings: string[] = [];
    const file = fileWith('warned.conf', text);
    chmodSync(file, mode);
    await readSettings(file, { warn: (warning) => warnings.push(warning) });
    return { file, warnings };
  };

  it('are warned of, and used', async () => {
    const { file, warnings } = await warningsOf(required, 0o644);
    expect(warnings).toEqual([`${file}: holds a secret, and every user may read it: chmod o-r`]);
    expect((await warningsOf(required, 0o640)).warnings).toEqual([]);
    const keyFile = fileWith('key', key);
    const named = `PUSH_URL = https://a.example\nKEY_FILE = ${keyFile}\n`;
    expect((await warningsOf(named, 0o644)).warnings).toEqual([]);
    chmodSync(keyFile, 0o604);
    expect((await warningsOf(named, 0o644)).warnings).toEqual([
      `KEY_FILE: every user may read ${keyFile}: chmod o-r`,
    ]);
  });

  it('are also the password of ARI and of the proxy', async () => {
    const named = `PUSH_URL = https://a.example\nKEY_FILE = ${fileWith('key', key)}\n`;
    for (const more of [
      'HTTPS_PROXY = http://u:p@proxy:1',
      'ARI_URL = http://a\nARI_USER = u\nARI_PASSWORD = p',
    ]) {
      expect((await warningsOf(named + more, 0o644)).warnings).toHaveLength(1);
    }
  });
});

describe('CA_FILE', () => {
  const lineOf = (path: string) => faultsOf(withLine(`CA_FILE = ${path}`));

  it('holds certificates that can be read', async () => {
    const { cert, private: privateKey } = await generate([{ name: 'commonName', value: 'ca' }], {
      keySize: 2048,
    });
    const file = fileWith('ca.pem', `# ours\n${cert}\n${cert}`);
    expect(await read(withLine(`CA_FILE = ${file}`))).toMatchObject({ caFile: file });

    const broken = fileWith('broken.pem', `${cert}\n${cert.replace(/[A-Za-z]{20}/, '')}`);
    expect(await lineOf(broken)).toEqual([
      `3: CA_FILE: expected certificates in PEM that can be read: ${broken}`,
    ]);
    const wrong = fileWith('key.pem', privateKey);
    expect(await lineOf(wrong)).toEqual([`3: CA_FILE: expected a file with a certificate in PEM: ${wrong}`]);
    expect(await lineOf(pathOf('none.pem'))).toEqual([
      `3: CA_FILE: expected a file that pns may read (ENOENT): ${pathOf('none.pem')}`,
    ]);
  });
});

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { appleToken, fcmToken } from '../../support/builders.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'pns-quick-start-'));
const started: ChildProcess[] = [];

afterEach(async () => {
  for (const child of started.splice(0).reverse()) {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) continue;
    const closed = once(child, 'close');
    // What npm and npx have started, too.
    process.kill(-child.pid, 'SIGTERM');
    await closed;
  }
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a command as somebody types it, and gives what its output says first that matches. */
const type = async (command: string, cwd: string, wanted: readonly RegExp[], env = {}): Promise<string[]> => {
  const child = spawn('/bin/sh', ['-c', command], {
    cwd,
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  started.push(child);
  const found: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const [, text] = wanted[found.length]?.exec(line) ?? [];
    if (text !== undefined) found.push(text);
    if (found.length === wanted.length) break;
  }
  child.stdout.resume();
  return found;
};

const document = readFileSync('docs/pns.md', 'utf8');
const [start = '', setUp = '', calls = ''] = [...document.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(
  ([, text]) => text,
);

it('the first commands of docs/pns.md do what they say, but on free ports', { timeout: 60_000 }, async ({
  skip,
}) => {
  if ((await run('curl', ['--version']).catch(() => undefined)) === undefined) skip('curl is not installed');
  const configure = setUp.trimEnd().split('\n');
  const daemon = configure.pop() ?? '';
  expect(start).toBe('npm ci && npm start\n');

  const wanted = [/listens on (http:\S+)/, /Key: +(\S+)/];
  const [url = '', key = ''] = await type('npm start', '.', wanted, { PORT: '0' });
  // The repository's own folder for data may be in use.
  mkdirSync(join(folder, 'pbx/etc'), { recursive: true });
  copyFileSync('pbx/etc/pns.conf', join(folder, 'pbx/etc/pns.conf'));
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
  const script = configure.join('\n').replace('http://127.0.0.1:8080', url).replace('<the key>', key);
  await run('/bin/sh', ['-ec', `${script}\necho 'PROXY_ADDRESS = 0' >> .pns/pns.conf`], { cwd: folder });
  const [address = ''] = await type(daemon, folder, [/"event":"started".*"address":"([^"]+)"/]);

  const lines = calls.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    const [command = '', answer] = line.replace('127.0.0.1:8070', address).split(/ +# /);
    const { stdout } = await run('/bin/sh', ['-c', command]);
    expect([command, stdout.trim()]).toEqual([command, answer]);
  }
  // The document shows GET; scripts send forms and JSON as well.
  const phones = [
    ['102', { token: fcmToken('form'), platform: 'fcm' }],
    ['103', { token: appleToken('json'), platform: 'apns-voip', deviceId: 'iphone' }],
  ] as const;
  for (const [extension, phone] of phones) {
    const fields = { extension, ...phone };
    const isForm = extension === '102';
    const registered = await fetch(`http://${address}/register`, {
      method: 'POST',
      ...(isForm
        ? { body: new URLSearchParams(fields) }
        : { body: JSON.stringify(fields), headers: { 'content-type': 'application/json' } }),
    });
    expect(await registered.text()).toBe('OK');
    const called = await fetch(`http://${address}/push_call`, {
      method: 'POST',
      body: new URLSearchParams({ to: extension }),
    });
    expect(await called.text()).toBe('1');
  }
  const pushes = async () => {
    const received = (await (await fetch(`${url}/_local/pushes`)).json()) as { token: string }[];
    return received.map(({ token }) => token).toSorted();
  };
  const tokens = ['dXN1YWxseSBsb25nZXI:APA91bF0abcdefgh', ...phones.map(([, { token }]) => token)];
  await expect.poll(pushes).toEqual(tokens.toSorted());
});

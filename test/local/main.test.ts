import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { runAdmin } from '../bin/admin-command.ts';
import { fcmToken } from '../support/builders.ts';
import { pbxOf } from './support.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'pns-proxy-'));
const started: ChildProcess[] = [];

afterEach(async () => {
  for (const process of started.splice(0)) {
    if (process.exitCode !== null || process.signalCode !== null) continue;
    process.kill('SIGKILL');
    await once(process, 'exit');
  }
  rmSync(folder, { recursive: true, force: true });
});

/** `npm start` without npm: the command that it runs. */
const start = (args: string[] = [], env: Record<string, string> = {}) => {
  const child = spawn(process.execPath, ['local/main.ts', ...args], {
    env: { ...process.env, PORT: '0', ...env },
  });
  started.push(child);
  return child;
};

/** Waits until it has said where it listens, and gives what it has printed. */
const welcomeOf = async (child: ChildProcess) => {
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
    lines.push(line);
    if (line.startsWith('The functions log here')) break;
  }
  const text = lines.join('\n');
  const [, url = ''] = /listens on (http:\/\/127\.0\.0\.1:\d+)/.exec(text) ?? [];
  const [, key = ''] = /Key: +(\S+)/.exec(text) ?? [];
  return {
    url,
    key,
    pbx: pbxOf(url, key),
    commands: lines.filter((line) => line.startsWith('curl ')),
    lines,
  };
};

const ended = async (child: ChildProcess) => {
  let [out, error] = ['', ''];
  child.stdout?.on('data', (data) => (out += data));
  child.stderr?.on('data', (data) => (error += data));
  const [code] = await once(child, 'exit');
  return { code, out, error };
};

describe('npm start', () => {
  it('prints commands that work as they stand, and stops on Ctrl-C', async ({ skip }) => {
    const curl = await run('curl', ['--version']).catch(() => undefined);
    if (curl === undefined) skip('curl is not installed');
    const child = start();
    const { commands, lines } = await welcomeOf(child);
    const [android, iphone, call, pushes, devices, fault, ...others] = commands;
    const [laterCall, devicesAgain, clear, registration, update, alerts, voicemail, ...rest] = others;
    const [huawei, browser, secondCall, cancel, allPushes, logout, ...more] = rest;
    expect(more).toEqual([]);
    const paste = async (command = 'false') => {
      const { stdout } = await run('/bin/sh', ['-c', command]);
      return stdout === '' ? undefined : JSON.parse(stdout);
    };

    expect(await paste(android)).toEqual({ status: 'created', devices: 1 });
    expect(await paste(iphone)).toEqual({ status: 'created', devices: 2 });
    expect(await paste(call)).toMatchObject({ devices: 2, accepted: 2 });
    // Delivered after the call was answered.
    await vi.waitFor(async () => expect(await paste(pushes)).toHaveLength(2), { timeout: 10_000 });
    const both = { extension: '101', devices: [{ platform: 'fcm' }, { platform: 'apns-voip' }] };
    expect(await paste(devices)).toMatchObject(both);

    expect(await paste(fault)).toMatchObject({ fault: 'UNREGISTERED' });
    expect(await paste(laterCall)).toMatchObject({ devices: 2, accepted: 2 });
    const refused = {
      ...both,
      devices: [{ platform: 'fcm', disabledReason: 'token-refused' }, { platform: 'apns-voip' }],
    };
    await vi.waitFor(async () => expect(await paste(devicesAgain)).toMatchObject(refused), {
      timeout: 10_000,
    });
    const why = lines.find((line) => line.startsWith('npx pns-admin '))?.split(' ') ?? [];
    await vi.waitFor(
      async () => expect((await runAdmin(why.slice(2))).stdout).toMatch(/InvalidPlatformToken/),
      { timeout: 10_000 },
    );
    expect(await paste(clear)).toBeUndefined();
    expect(await paste(registration)).toEqual({ status: 'refreshed', devices: 2 });
    expect(await paste(call)).toMatchObject({ devices: 2, accepted: 2 });
    await vi.waitFor(async () => expect(await paste(pushes)).toHaveLength(5), { timeout: 10_000 });
    expect(await paste(update)).toEqual({ updated: 1 });
    expect(await paste(alerts)).toEqual({ status: 'created', devices: 2 });
    expect(await paste(voicemail)).toMatchObject({ devices: 2, accepted: 2 });
    await vi.waitFor(async () => expect(await paste(pushes)).toHaveLength(7), { timeout: 10_000 });

    expect(await paste(huawei)).toEqual({ status: 'created', devices: 1 });
    expect(await paste(browser)).toEqual({ status: 'created', devices: 2 });
    expect(await paste(secondCall)).toMatchObject({ devices: 2, accepted: 2 });
    expect(await paste(cancel)).toMatchObject({ devices: 2, accepted: 2 });
    const received: { provider: string }[] = await paste(allPushes);
    expect(
      received
        .slice(7)
        .map(({ provider }) => provider)
        .toSorted(),
    ).toEqual(['huawei', 'huawei', 'webpush', 'webpush']);
    expect(await paste(logout)).toEqual({ deleted: 3 });

    child.kill('SIGINT');
    expect(await ended(child)).toMatchObject({ code: 0, error: '' });
  });

  it('prints where it is before what the functions logged meanwhile', async () => {
    const child = start();
    const lines: string[] = [];
    for await (const line of createInterface({ input: child.stdout ?? process.stdin })) {
      lines.push(line);
      if (line.includes('platform_application')) break;
    }
    expect(lines[0]).toMatch(/^pns-proxy listens on /);
    expect(lines.at(-2)).toMatch(/^The functions log here/);
  });

  describe('while a request is under way', () => {
    /** Sends a head, never its body, and waits until the head has arrived. */
    const occupied = async () => {
      const child = start();
      const { url } = await welcomeOf(child);
      const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
      const head = ['POST /register HTTP/1.1', 'Host: x', 'Content-Length: 9', 'Expect: 100-continue'];
      socket.write(`${head.join('\r\n')}\r\n\r\n`);
      await once(socket, 'data');
      return child;
    };

    it('stops cleanly on a Ctrl-C that comes twice, from the terminal and from npm', async () => {
      const child = await occupied();
      const end = ended(child);
      child.kill('SIGINT');
      child.kill('SIGINT');
      expect(await end).toMatchObject({ code: 0, error: '' });
    });

    it('ends at once on a second Ctrl-C', async () => {
      const child = await occupied();
      const pressing = setInterval(() => child.kill('SIGINT'), 100);
      const end = await ended(child).finally(() => clearInterval(pressing));
      expect(end).toMatchObject({ code: 130, error: '' });
    });
  });

  it('listens on nothing but 127.0.0.1', async ({ skip }) => {
    if (!existsSync('/proc/net/tcp')) skip('there is no /proc to read listeners from');
    const child = start();
    await welcomeOf(child);
    const fds = `/proc/${child.pid}/fd`;
    const sockets = new Set(
      readdirSync(fds).flatMap((fd) => {
        try {
          return /socket:\[(\d+)\]/.exec(readlinkSync(join(fds, fd)))?.[1] ?? [];
        } catch {
          return []; // Closed meanwhile.
        }
      }),
    );
    const listening = ['tcp', 'tcp6'].flatMap((family) =>
      readFileSync(`/proc/net/${family}`, 'utf8')
        .split('\n')
        .map((line) => line.trim().split(/\s+/))
        .filter(([, , , state, , , , , , inode]) => state === '0A' && sockets.has(inode ?? ''))
        .map(([, local]) => local?.split(':')[0]),
    );
    expect(listening.length).toBeGreaterThan(3);
    expect([...new Set(listening)]).toEqual(['0100007F']);
  });

  it('keeps its data with --data, also over a kill', async () => {
    const token = fcmToken('kept');
    const first = start(['--data', folder]);
    const before = await welcomeOf(first);
    const wanted = { extension: '101', token, platform: 'fcm' };
    expect((await before.pbx.post('/register', wanted)).body).toEqual({ status: 'created', devices: 1 });
    first.kill('SIGKILL');
    await once(first, 'exit');

    const second = start(['--data', folder]);
    const after = await welcomeOf(second);
    expect(after.key).toBe(before.key);
    expect((await after.pbx.post('/register', wanted)).body).toEqual({ status: 'refreshed', devices: 1 });
    expect((await after.pbx.post('/push_call', { to: '101' })).body).toMatchObject({ accepted: 1 });

    const third = await ended(start(['--data', folder]));
    expect(third).toMatchObject({ code: 1, out: '' });
    expect(third.error).toMatch(/^the data folder is in use by another local cloud; .*\n$/);
  });

  it('says what is wrong in one line, and does not start', async () => {
    const child = start();
    const { url } = await welcomeOf(child);
    const taken = await ended(start([], { PORT: new URL(url).port }));
    expect(taken).toMatchObject({ code: 1, error: expect.stringMatching(/^port \d+ is taken: .*\n$/) });

    expect(await ended(start([], { PORT: 'ssh' }))).toMatchObject({
      code: 2,
      error: expect.stringContaining('PORT: expected a port number'),
    });
    expect(await ended(start(['--date', 'x']))).toMatchObject({
      code: 2,
      error: expect.stringContaining('usage:'),
    });

    const file = join(mkdtempSync(join(tmpdir(), 'pns-proxy-')), 'settings.json');
    writeFileSync(file, JSON.stringify({ region: 'eu-west-1', apps: { demo: { fcm: { projectId: 'X' } } } }));
    const wrong = await ended(start(['--settings', file]));
    expect(wrong.code).toBe(1);
    expect(wrong.error).toContain(`${file}: apps.demo.fcm.projectId: expected`);
  });
});

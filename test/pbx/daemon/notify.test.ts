import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createNotifier, type Notifier, type NotifierOptions } from '../../../pbx/src/daemon/notify.ts';

const soon = { timeout: 10_000, interval: 10 };
let dir = '';
const cleanUps: (() => Promise<void> | void)[] = [];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pns-notify-'));
  cleanUps.push(() => rmSync(dir, { recursive: true }));
});
afterEach(async () => {
  vi.useRealTimers();
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

const notifierOf = (options: Partial<NotifierOptions>): Notifier & { warnings: string[] } => {
  const warnings: string[] = [];
  const notifier = createNotifier({
    healthy: async () => true,
    warn: (reason) => void warnings.push(reason),
    environment: {},
    ...options,
  });
  cleanUps.push(() => notifier.close());
  return { ...notifier, warnings };
};

const isMissing = (command: string) => spawnSync(command, ['--version']).status !== 0;
const missing = ['python3', 'systemd-notify'].filter(isMissing);

/** systemd's end of NOTIFY_SOCKET. Node cannot make one. */
const listener = `
import json, socket, sys
end = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
end.bind(sys.argv[1])
print('ready', flush=True)
while True:
    print(json.dumps(end.recv(65536).decode()), flush=True)`;

const startSystemd = async () => {
  const socket = join(dir, 'notify');
  const child = spawn('python3', ['-c', listener, socket], { stdio: ['ignore', 'pipe', 'inherit'] });
  cleanUps.push(async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
  const heard: string[] = [];
  const lines = createInterface({ input: child.stdout });
  await once(lines, 'line');
  lines.on('line', (line) => {
    const text: string = JSON.parse(line).trimEnd();
    // systemd-notify asks systemd to say when it has read the rest.
    if (text !== 'BARRIER=1') heard.push(text);
  });
  return { heard, environment: { NOTIFY_SOCKET: socket, PATH: process.env['PATH'] ?? '' } };
};

describe('through systemd-notify', () => {
  beforeEach(({ skip }) => {
    if (missing.length > 0) skip(`not installed: ${missing.join(', ')}`);
  });

  it('systemd hears it all, in the order in which it was said', async () => {
    const { heard, environment } = await startSystemd();
    const { ready, reloading, stopping, warnings } = notifierOf({ environment });
    const before = process.hrtime.bigint() / 1_000n;
    await Promise.all([ready(), reloading(), ready(), stopping()]);
    await vi.waitFor(() => expect(heard).toHaveLength(4), soon);
    expect(heard).toEqual([
      'READY=1',
      expect.stringMatching(/^RELOADING=1\nMONOTONIC_USEC=\d+$/),
      'READY=1',
      'STOPPING=1',
    ]);
    const [, stamp = '0'] = /MONOTONIC_USEC=(\d+)/.exec(heard[1] ?? '') ?? [];
    const uptime = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1e6;
    expect(BigInt(stamp)).toBeGreaterThanOrEqual(before);
    expect(Number(stamp)).toBeLessThanOrEqual(uptime + 1e6);
    expect(warnings).toEqual([]);
  });

  it('the watchdog hears of pns from its start on, while it is well', async () => {
    const { heard, environment } = await startSystemd();
    let isWell = true;
    let asked = 0;
    const { ready, warnings } = notifierOf({
      environment: { ...environment, WATCHDOG_USEC: '60000', WATCHDOG_PID: String(process.pid) },
      healthy: async () => {
        asked++;
        return isWell;
      },
    });
    await ready();
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(3), soon);
    expect(heard[0]).toBe('READY=1');
    expect(new Set(heard.slice(1))).toEqual(new Set(['WATCHDOG=1']));

    isWell = false;
    await vi.waitFor(() => expect(warnings).toHaveLength(1), soon);
    const laterThan = async (before: number) =>
      vi.waitFor(() => expect(asked).toBeGreaterThan(before + 3), soon);
    await laterThan(asked);
    const heardBefore = heard.length;
    await laterThan(asked);
    expect(heard.length).toBe(heardBefore);
    expect(warnings).toEqual(['pns is not well, and systemd is to end it']);

    isWell = true;
    await vi.waitFor(() => expect(heard.length).toBeGreaterThan(heardBefore), soon);
  });

  it('it is told where nobody listens', async () => {
    const environment = { NOTIFY_SOCKET: join(dir, 'nobody'), PATH: process.env['PATH'] ?? '' };
    const { ready, warnings } = notifierOf({ environment });
    await ready();
    await ready();
    expect(warnings).toEqual([expect.stringMatching(/systemd-notify READY=1 .*No such file or directory/)]);
  });
});

describe('with a stand-in for systemd-notify', () => {
  const told = () =>
    existsSync(join(dir, 'told')) ? readFileSync(join(dir, 'told'), 'utf8').split('\n') : [];
  const standIn = (body: string) => {
    const file = join(dir, 'systemd-notify');
    writeFileSync(file, `#!/bin/sh\n${body}\n`);
    chmodSync(file, 0o755);
    return { NOTIFY_SOCKET: '/run/notify', PATH: dir };
  };
  const record = () => standIn(`printf '%s\\n' "$@" >> '${join(dir, 'told')}'`);

  it('nothing is run outside of systemd', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const { NOTIFY_SOCKET: _socket, ...environment } = record();
    const { ready, reloading, stopping, warnings } = notifierOf({
      environment: { ...environment, WATCHDOG_USEC: '2000' },
    });
    await Promise.all([ready(), reloading(), stopping()]);
    expect([told(), vi.getTimerCount(), warnings]).toEqual([[], 0, []]);
  });

  it('the watchdog of another process is left alone', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] });
    const environment = { ...record(), WATCHDOG_USEC: '2000', WATCHDOG_PID: String(process.ppid) };
    const { ready } = notifierOf({ environment });
    await ready();
    expect([told(), vi.getTimerCount()]).toEqual([['READY=1', ''], 0]);
  });

  it('the watchdog hears nothing where pns does not say that it is well', async () => {
    const environment = { ...record(), WATCHDOG_USEC: '20000' };
    let asked = 0;
    const hanging = notifierOf({
      environment,
      healthy: () => {
        asked++;
        return new Promise(() => {});
      },
    });
    const failing = notifierOf({ environment, healthy: () => Promise.reject(new Error('broken')) });
    await Promise.all([hanging.ready(), failing.ready()]);
    await vi.waitFor(() => {
      expect(failing.warnings).toEqual(['pns is not well, and systemd is to end it']);
      expect(hanging.warnings).toEqual(['pns does not say whether it is well, and systemd is to end it']);
    }, soon);
    expect(asked).toBe(1);
    expect(told()).not.toContain('WATCHDOG=1');
  });

  it('one that is missing, fails or hangs stops nobody', async () => {
    const withoutOne = notifierOf({ environment: { NOTIFY_SOCKET: '/run/notify', PATH: dir } });
    await withoutOne.ready();
    expect(withoutOne.warnings).toEqual(['spawn systemd-notify ENOENT']);

    const failing = notifierOf({ environment: standIn('echo "no bus" >&2; exit 1') });
    await failing.ready();
    await failing.ready();
    await failing.stopping();
    expect(failing.warnings).toEqual([
      'Command failed: systemd-notify READY=1 no bus',
      'Command failed: systemd-notify STOPPING=1 no bus',
    ]);

    const sleep = execFileSync('which', ['sleep'], { encoding: 'utf8' }).trim();
    const hanging = notifierOf({ environment: standIn(`exec ${sleep} 60`) });
    await hanging.ready();
    expect(hanging.warnings).toEqual(['systemd-notify took more than 2000 ms']);
  });
});

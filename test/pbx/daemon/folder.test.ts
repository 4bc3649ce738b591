import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeKey } from '../../../lambda/core/key.ts';
import { holderOf } from '../../../pbx/src/daemon/instance.ts';
import { fcmToken } from '../../support/builders.ts';
import type { Daemon } from '../support/daemon.ts';
import { createDaemon } from '../support/daemon.ts';
import { createStandInEndpoint } from '../support/stand-in-endpoint.ts';

const key = writeKey({ keyId: 'a'.repeat(12), secret: 'b'.repeat(24) });

let endpoint: ReturnType<typeof createStandInEndpoint>;
let url: string;
const daemons: Daemon[] = [];
beforeEach(async () => {
  endpoint = createStandInEndpoint();
  ({ url } = await endpoint.start());
});
afterEach(async () => {
  for (const daemon of daemons.splice(0)) {
    await daemon.stop('SIGKILL');
    daemon.remove();
  }
  await endpoint.stop();
});

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
);

const make = (values: Record<string, string | number> = {}): Daemon => {
  const daemon = createDaemon({ PUSH_URL: url, KEY: key, ...values });
  daemons.push(daemon);
  return daemon;
};
const fill = (disk: string): void => {
  expect(() => {
    for (;;) appendFileSync(join(disk, 'rest'), Buffer.alloc(4_096));
  }).toThrow('ENOSPC');
};
const empty = (dataDir: string): void => {
  for (const name of readdirSync(dataDir)) rmSync(join(dataDir, name), { recursive: true });
};

it('a folder that was emptied is held again, and a second start refused', async () => {
  const pns = make();
  await pns.start();
  const dataDir = join(pns.dir, 'data');
  empty(dataDir);
  await expect.poll(() => holderOf(dataDir), { timeout: 10_000 }).toBe(pns.pid());
  await expect(make({ DATA_DIR: dataDir }).start()).rejects.toThrow(`pid ${pns.pid()}`);
});

it('of two that have one folder since it was emptied, the first stops and says why', async () => {
  const [first, second] = [make(), make()];
  await first.start();
  const dataDir = join(first.dir, 'data');
  second.write({ DATA_DIR: dataDir });
  const exit = first.exited();
  empty(dataDir);
  await second.start();
  expect((await exit)?.[0]).toBe(1);
  expect(first.lines).toContainEqual(
    expect.objectContaining({
      event: 'internal_error',
      code: 'data-dir',
      reason: expect.stringContaining(`pid ${second.pid()}`),
    }),
  );
  expect(holderOf(dataDir)).toBe(second.pid());
  expect((await second.json('/push_call', { to: '101' })).body).toMatchObject({ outcome: 'sent' });
});

it('one that cannot listen sends nothing, names the address, and ends', async () => {
  const first = make({ PROXY_ADDRESS: hasIpv6 ? '[::1]:0' : '127.0.0.1:0' });
  await first.start();
  const second = make({ PUSH_URL: 'http://127.0.0.1:1' });
  await second.start();
  await second.json('/register', { extension: '101', token: fcmToken('spooled'), platform: 'fcm' });
  await second.stop();

  const address = first.url().replace('http://', '');
  expect(address).toMatch(hasIpv6 ? /^\[::1\]:\d+$/ : /^127\.0\.0\.1:\d+$/);
  second.write({ PUSH_URL: url, PROXY_ADDRESS: address });
  await expect(second.start()).rejects.toThrow('pns ended with 1');
  expect(second.errors()).toBe(`pns: cannot listen on ${address} (PROXY_ADDRESS): EADDRINUSE\n`);
  expect(endpoint.received).toEqual([]);
});

it('starts on a full disk, and wakes phones', async ({ skip }) => {
  const pns = make();
  const disk = join(pns.dir, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=12m', 'none', disk]);
  if (mounted.status !== 0) skip('only root can mount a small disk');
  try {
    pns.write({ DATA_DIR: join(disk, 'data') });
    await pns.start();
    await pns.json('/register', { extension: '101', token: fcmToken('full'), platform: 'fcm' });
    fill(disk);
    for (const signal of ['SIGKILL', 'SIGTERM'] as const) {
      await pns.stop(signal);
      await pns.start();
      expect((await pns.json('/push_call', { to: '101' })).body).toMatchObject({ outcome: 'sent' });
    }
  } finally {
    await pns.stop('SIGKILL');
    spawnSync('umount', [disk]);
  }
});

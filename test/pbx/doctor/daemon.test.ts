import { createServer } from 'node:net';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { claimInstance } from '../../../pbx/src/daemon/instance.ts';
import type { Settings } from '../../../pbx/src/settings/settings.ts';
import type { World } from './support/world.ts';
import { createWorld, theTrouble } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** A port that nothing listens at. */
const closedPort = async (): Promise<number> => {
  const server = createServer();
  const port = await world.closing.listen(server);
  await new Promise((closed) => server.close(closed));
  return port;
};
const at = (port: number): Partial<Settings> => ({ proxyAddress: { host: '127.0.0.1', port } });

it('a stopped daemon', async () => {
  const found = theTrouble(await world.look(at(await closedPort())));
  expect(found).toMatchObject({ check: 'daemon', level: 'fault' });
  expect(found.what).toContain('not running');
  expect(found.remedy).toContain('systemctl start pns');
});

it('a daemon that is there but does not listen', async () => {
  const instance = claimInstance(world.settings.dataDir);
  world.closing.add(() => instance.release());
  const found = theTrouble(await world.look(at(await closedPort())));
  expect(found).toMatchObject({ check: 'daemon', level: 'fault', details: { pid: process.pid } });
  expect(found.what).toContain('does not listen');
  expect(found.remedy).toContain('PROXY_ADDRESS');
});

it('a stuck daemon: it takes the connection and never answers', async () => {
  const instance = claimInstance(world.settings.dataDir);
  world.closing.add(() => instance.release());
  const port = await world.closing.listen(createServer());
  const found = theTrouble(await world.look(at(port)));
  expect(found).toMatchObject({ check: 'daemon', level: 'fault', details: { pid: process.pid } });
  expect(found.what).toContain('stuck');
});

it('no daemon, and a user who may not look for one', async () => {
  world.ports.holderOf = async () => 'unknown';
  const found = theTrouble(await world.look(at(await closedPort())));
  expect(found).toMatchObject({ check: 'daemon', level: 'fault' });
  expect(found.remedy).toContain('sudo');
});

it('a daemon that is there, and whose pid was deleted', async () => {
  world.ports.holderOf = async () => 'unnamed';
  const found = theTrouble(await world.look(at(await closedPort())));
  expect(found.what).toContain(`fuser ${world.settings.dataDir}/pns.lock`);
  expect(found.remedy).toContain('systemctl restart pns');
});

it('something silent on its port, and no daemon', async () => {
  const port = await world.closing.listen(createServer());
  const found = theTrouble(await world.look(at(port)));
  expect(found).toMatchObject({ check: 'daemon', level: 'fault' });
  expect(found.what).not.toContain('stuck');
  expect(found.remedy).toContain(`sport = :${port}`);
});

it('another program on its port', async () => {
  world.daemon
    .removeAllListeners('request')
    .on('request', (_, response) => response.end('<html>hello</html>'));
  const found = theTrouble(await world.look());
  expect(found).toMatchObject({ check: 'daemon', level: 'fault' });
  expect(found.what).toContain('another program');
});

it('a daemon that listens on all addresses is asked on loopback', async () => {
  const { port } = world.settings.proxyAddress;
  const findings = await world.look({ proxyAddress: { host: '0.0.0.0', port } });
  expect(findings[0]).toMatchObject({ check: 'daemon', level: 'ok' });
});

it.each([
  ['the version before', 'warning', { version: '1.2.2' }, 'installed is 1.2.3'],
  [
    'a spool that takes nothing',
    'fault',
    { spool: { depth: 0, oldestSeconds: 0, keptAside: 0, fault: 'full' } },
    'can keep nothing on disk (full)',
  ],
  ['entries kept aside', 'warning', { spool: { depth: 0, oldestSeconds: 0, keptAside: 2 } }, 'for good'],
  ['a spool a minute old', 'warning', { spool: { depth: 3, oldestSeconds: 70, keptAside: 0 } }, '70 s'],
  ['a spool an hour old', 'fault', { spool: { depth: 3, oldestSeconds: 3_600, keptAside: 0 } }, '3600 s'],
] as const)('%s', async (_, level, changes, text) => {
  Object.assign(world.status, changes);
  const found = theTrouble(await world.look());
  expect(found).toMatchObject({ check: 'daemon', level });
  expect(found.what).toContain(text);
  expect(found.remedy).toBeDefined();
});

it('an open breaker, and settings that were not reloaded', async () => {
  world.status.proxy.breaker = 'open';
  expect(theTrouble(await world.look())).toMatchObject({ check: 'daemon', level: 'fault' });
  world.status.proxy = { url: 'https://old.example.com', breaker: 'closed' };
  const found = theTrouble(await world.look());
  expect(found).toMatchObject({ check: 'daemon', level: 'warning' });
  expect(found.remedy).toContain('pns reload');
});

it('a spool that is just being sent is no trouble', async () => {
  world.status.spool = { depth: 40, oldestSeconds: 5, keptAside: 0 };
  expect((await world.look())[0]).toMatchObject({ check: 'daemon', level: 'ok' });
});

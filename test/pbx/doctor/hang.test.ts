import { createServer } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startDns } from './support/dns-server.ts';
import type { World } from './support/world.ts';
import { createWorld, host } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

it('comes to an end in 15 s although all there is hangs', async () => {
  const silent = await world.closing.listen(createServer());
  const dnsPort = await startDns(world.closing, 'silent', { address: '127.0.0.2' });
  world.ports.dnsPort = dnsPort;
  world.ports.resolvConf = world.file('resolv.conf', 'nameserver 127.0.0.2\n');
  // What has no deadline of its own ends with the run.
  world.ports.holderOf = () => new Promise(() => undefined);
  const start = performance.now();
  const findings = await world.look({
    proxyAddress: { host: '127.0.0.1', port: silent },
    pushUrl: `https://${host}:${silent}`,
    ari: { url: `http://127.0.0.1:${silent}`, user: 'pns', password: 'x' },
  });
  expect(performance.now() - start).toBeLessThan(15_000);
  const faults = findings.filter(({ level }) => level === 'fault').map(({ check }) => check);
  expect(findings[0]?.what).toContain('did not come to an end');
  expect(faults).toEqual(['daemon', 'resolvers', 'connection', 'ari']);
});

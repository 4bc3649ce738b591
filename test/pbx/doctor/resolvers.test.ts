import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DnsMode } from './support/dns-server.ts';
import { startDns } from './support/dns-server.ts';
import type { World } from './support/world.ts';
import { createWorld, host, theTrouble, troubles } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** The world's own resolver, 127.0.0.1, answers well; this one is 127.0.0.2. */
const startOther = (mode: DnsMode) =>
  startDns(world.closing, mode, { address: '127.0.0.2', port: world.ports.dnsPort });
const use = (...lines: string[]) => {
  world.ports.resolvConf = world.file('resolv.conf', lines.join('\n'));
};

describe('the first of two resolvers', () => {
  it.each([
    ['silent', 'no answer within 3 s', 'waits 5 s'],
    ['refused', 'refuses to answer', ''],
    ['servfail', 'SERVFAIL', ''],
    ['nxdomain', 'NXDOMAIN', 'the others are not asked'],
    ['alias', 'knows no address', 'the others are not asked'],
    ['no-aaaa', 'AAAA', 'waits 5 s'],
  ] as const)('%s', async (mode, text, cost) => {
    await startOther(mode);
    use('# by hand', 'nameserver 127.0.0.2', 'nameserver 127.0.0.1');
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({
      check: 'resolvers',
      level: 'fault',
      details: { resolver: '127.0.0.2', line: 2, first: true },
    });
    expect(found.what).toContain(`127.0.0.2 (${world.ports.resolvConf} line 2, the first)`);
    expect(found.what).toContain(text);
    expect(found.what).toContain(cost);
    expect(found.remedy).toContain('Put `nameserver 127.0.0.1` above line 2');
  });

  it('not there at all', async () => {
    use('nameserver 127.0.0.2', 'nameserver 127.0.0.1');
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({ check: 'resolvers', level: 'fault' });
    expect(found.what).toContain('nothing listens');
  });

  it('slow', async () => {
    await startOther('slow');
    use('nameserver 127.0.0.2', 'nameserver 127.0.0.1');
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({ check: 'resolvers', level: 'warning', details: { resolver: '127.0.0.2' } });
    expect(found.what).toMatch(/took \d+ ms/);
  });

  it('waits as long as the options say', async () => {
    await startOther('silent');
    use('nameserver 127.0.0.2', 'nameserver 127.0.0.1', 'options edns0 timeout:2 attempts:1');
    expect(theTrouble(await world.look()).what).toContain('waits 2 s');
  });

  it('gives an address where the endpoint is not', async () => {
    await startOther({ addresses: ['127.0.0.9'] });
    use('nameserver 127.0.0.2', 'nameserver 127.0.0.1');
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({
      check: 'resolvers',
      level: 'fault',
      details: { resolver: '127.0.0.2', addresses: ['127.0.0.9'] },
    });
    expect(found.what).toContain('where the endpoint is not');
  });
});

it('a second resolver that fails is a warning, with rotate a fault', async () => {
  await startOther('refused');
  use('nameserver 127.0.0.1', 'nameserver 127.0.0.2');
  expect(theTrouble(await world.look())).toMatchObject({
    level: 'warning',
    details: { resolver: '127.0.0.2', line: 2, first: false },
  });
  use('nameserver 127.0.0.1', 'nameserver 127.0.0.2', 'options rotate');
  expect(theTrouble(await world.look())).toMatchObject({ check: 'resolvers', level: 'fault' });
});

it('the only one is dead: the endpoint is not blamed', async () => {
  use('nameserver 127.0.0.2');
  world.ports.lookUp = async () => {
    throw Object.assign(new Error(), { code: 'EAI_AGAIN' });
  };
  const findings = await world.look();
  expect(theTrouble(findings)).toMatchObject({ check: 'resolvers', level: 'fault' });
  expect(findings.find(({ check }) => check === 'connection')).toMatchObject({ level: 'skipped' });
});

it('a slow look-up of the system does not hide the endpoint', async () => {
  await startOther('silent');
  use('nameserver 127.0.0.2', 'nameserver 127.0.0.1');
  world.ports.lookUp = () => new Promise(() => undefined);
  const findings = await world.look();
  expect(theTrouble(findings)).toMatchObject({ check: 'resolvers', details: { resolver: '127.0.0.2' } });
  expect(findings.find(({ check }) => check === 'key')).toMatchObject({ level: 'ok' });
});

it("the system's look-up fails although its resolver answers", async () => {
  world.ports.lookUp = async () => {
    throw Object.assign(new Error(), { code: 'ENOTFOUND' });
  };
  const found = theTrouble(await world.look());
  expect(found).toMatchObject({ check: 'resolvers', level: 'fault' });
  expect(found.remedy).toContain('now and then');
});

describe('the second file', () => {
  it('is looked at as well', async () => {
    await startOther('refused');
    const resolvConf = world.file(
      'second.conf',
      'search example.com\nnameserver 127.0.0.2\nnameserver 127.0.0.1\n',
    );
    const found = theTrouble(await world.look({ resolvConf }));
    expect(found).toMatchObject({ check: 'resolvers', level: 'fault' });
    expect(found.what).toContain(`127.0.0.2 (${resolvConf} line 2, the first)`);
  });

  it('is not there, or names no resolver', async () => {
    expect(theTrouble(await world.look({ resolvConf: '/nonexistent/resolv.conf' }))).toMatchObject({
      check: 'resolvers',
      level: 'warning',
    });
    const resolvConf = world.file('second.conf', 'nameserver dns.example.com\n');
    const findings = await world.look({ resolvConf });
    expect(troubles(findings)).toEqual(['resolvers warning', 'resolvers fault']);
  });
});

it('DNS_SERVERS are asked, and the look-ups go through them', async () => {
  const port = await startDns(world.closing, { addresses: ['127.0.0.1'] }, { address: '127.0.0.3' });
  world.ports.lookUp = () => Promise.reject(new Error('not to be asked'));
  const good = `127.0.0.3:${port}`;
  expect(troubles(await world.look({ dnsServers: [good] }))).toEqual([]);

  const found = theTrouble(await world.look({ dnsServers: [`127.0.0.4:${port}`, good] }));
  expect(found).toMatchObject({ check: 'resolvers', level: 'fault', details: { source: 'DNS_SERVERS' } });
  expect(found.remedy).toContain(`Put ${good} first in DNS_SERVERS`);

  // What is not asked for a push is no fault.
  use('nameserver 127.0.0.2');
  expect(theTrouble(await world.look({ dnsServers: [good] }))).toMatchObject({ level: 'warning' });
});

it('an alias whose host has no address leaves nothing to connect to', async () => {
  const port = await startDns(world.closing, 'alias', { address: '127.0.0.3' });
  use('nameserver 127.0.0.2');
  const findings = await world.look({ dnsServers: [`127.0.0.3:${port}`] });
  expect(findings.find(({ check }) => check === 'connection')).toMatchObject({ level: 'skipped' });
});

it('an address in PUSH_URL needs no resolver', async () => {
  use('nameserver 127.0.0.2');
  const findings = await world.look({ pushUrl: world.settings.pushUrl.replace(host, '127.0.0.1') });
  expect(findings.find(({ check }) => check === 'resolvers')).toMatchObject({ level: 'skipped' });
});

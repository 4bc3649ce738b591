import { Resolver } from 'node:dns/promises';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resolveAsSystem, resolveThrough } from '../../../pbx/src/proxy/resolve.ts';
import type { Closing } from '../doctor/support/closing.ts';
import { createClosing } from '../doctor/support/closing.ts';
import { startDns } from '../doctor/support/dns-server.ts';

const host = 'push2.test';
const found = (address: string) => [{ address, family: 4 }];

let closing: Closing;
beforeEach(() => {
  closing = createClosing();
});
afterEach(() => closing.close());

describe('resolvers by their addresses', () => {
  it('give the addresses, and how long they hold', async () => {
    const port = await startDns(closing, { addresses: ['192.0.2.1', '192.0.2.2'] });
    expect(await resolveThrough([`127.0.0.1:${port}`])(host)).toEqual({
      addresses: [...found('192.0.2.1'), ...found('192.0.2.2')],
      holdMs: 60_000,
    });
  });

  it('that drop what they are asked for IPv6 hold nobody up', async () => {
    const server = `127.0.0.1:${await startDns(closing, 'no-aaaa')}`;
    const patient = new Resolver({ timeout: 500, tries: 2 });
    patient.setServers([server]);
    const first = await Promise.race([
      resolveThrough([server])(host).then(({ addresses }) => addresses),
      patient.resolve6(host).catch(() => 'given up'),
    ]);
    expect(first).toEqual(found('127.0.0.1'));
  });

  it('of which the first is silent: the second is asked', async () => {
    const [silent, well] = [
      await startDns(closing, 'silent'),
      await startDns(closing, { addresses: ['192.0.2.1'] }),
    ];
    const { addresses } = await resolveThrough([`127.0.0.1:${silent}`, `127.0.0.1:${well}`])(host);
    expect(addresses).toEqual(found('192.0.2.1'));
  });

  it.each(['servfail', 'refused'] as const)(
    'of which the first answers %s: the second is asked',
    async (mode) => {
      const [failing, well] = [
        await startDns(closing, mode),
        await startDns(closing, { addresses: ['192.0.2.1'] }),
      ];
      const { addresses } = await resolveThrough([`127.0.0.1:${failing}`, `127.0.0.1:${well}`])(host);
      expect(addresses).toEqual(found('192.0.2.1'));
    },
  );

  it('that give an IPv6 address first are waited for: this machine may have no IPv6', async () => {
    const port = await startDns(closing, 'late-a');
    expect((await resolveThrough([`127.0.0.1:${port}`])(host)).addresses).toEqual([
      ...found('127.0.0.1'),
      { address: '::1', family: 6 },
    ]);
  });

  it('of which one kind is unanswered are asked anew the next time', async () => {
    const port = await startDns(closing, 'no-aaaa');
    expect(await resolveThrough([`127.0.0.1:${port}`])(host)).toMatchObject({ holdMs: 0 });
  });

  it('that know no such host say so', async () => {
    const port = await startDns(closing, 'nxdomain');
    await expect(resolveThrough([`127.0.0.1:${port}`])(host)).rejects.toMatchObject({ code: 'ENOTFOUND' });
  });

  it('that know an alias alone, whose host has no address, say that there is none', async () => {
    const port = await startDns(closing, 'alias');
    await expect(resolveThrough([`127.0.0.1:${port}`])(host)).rejects.toMatchObject({ code: 'ENODATA' });
  });

  it('that know an alias of a host of one kind are believed', async () => {
    const port = await startDns(closing, { a: ['192.0.2.1'], aaaa: 'alias' });
    expect(await resolveThrough([`127.0.0.1:${port}`])(host)).toEqual({
      addresses: found('192.0.2.1'),
      holdMs: 60_000,
    });
  });

  it('hold no answer for more than a minute', async () => {
    const port = await startDns(closing, { a: ['192.0.2.1'], aaaa: [], ttl: 86_400 });
    expect(await resolveThrough([`127.0.0.1:${port}`])(host)).toMatchObject({ holdMs: 60_000 });
  });

  it('that fail for one kind are asked anew the next time', async () => {
    const port = await startDns(closing, { a: 'servfail', aaaa: ['::1'] });
    expect(await resolveThrough([`127.0.0.1:${port}`])(host)).toEqual({
      addresses: [{ address: '::1', family: 6 }],
      holdMs: 0,
      missing: 4,
    });
  });

  it.each([
    ['fails for A', { a: 'servfail', aaaa: ['::1'] }],
    ['fails for AAAA, and there is no A', { a: [], aaaa: 'refused' }],
    ['truncates, and is not there by TCP', 'truncated'],
  ] as const)('of which the first %s: the others are asked', async (_, mode) => {
    const [failing, silent, well] = [
      await startDns(closing, mode),
      await startDns(closing, 'silent'),
      await startDns(closing, { a: [], aaaa: ['::1'] }),
    ];
    const resolve = resolveThrough([failing, silent, well].map((port) => `127.0.0.1:${port}`));
    expect((await resolve(host)).addresses).toEqual([{ address: '::1', family: 6 }]);
  });

  it('of which the first fails for one kind: the second has both, and is believed', async () => {
    const [failing, well] = [
      await startDns(closing, { a: 'servfail', aaaa: ['::1'] }),
      await startDns(closing, { a: ['192.0.2.1'], aaaa: ['::1'] }),
    ];
    expect(await resolveThrough([`127.0.0.1:${failing}`, `127.0.0.1:${well}`])(host)).toEqual({
      addresses: [...found('192.0.2.1'), { address: '::1', family: 6 }],
      holdMs: 60_000,
    });
  });

  it('that fail for one kind of a host that has none of the other say that they fail', async () => {
    const port = await startDns(closing, { a: [], aaaa: 'servfail' });
    await expect(resolveThrough([`127.0.0.1:${port}`])(host)).rejects.toMatchObject({ code: 'ESERVFAIL' });
  });
});

describe('as the system has it', () => {
  let dir: string;
  const write = (name: string, ...lines: string[]) => writeFileSync(join(dir, name), `${lines.join('\n')}\n`);
  const resolve = (dnsPort: number) =>
    resolveAsSystem({ hosts: join(dir, 'hosts'), resolvConf: join(dir, 'resolv.conf'), dnsPort });
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'pns-'));
    closing.add(() => rmSync(dir, { recursive: true }));
  });

  it('the file of hosts comes first, in any case of letters and without its comments', async () => {
    write(
      'hosts',
      '192.0.2.8 other.test # push2.test',
      '192.0.2.7\talias PUSH2.test',
      '2001:db8::7 push2.test',
    );
    write('resolv.conf', 'nameserver 127.0.0.1');
    const port = await startDns(closing, { addresses: ['192.0.2.1'] });
    expect((await resolve(port)(host)).addresses).toEqual([
      ...found('192.0.2.7'),
      { address: '2001:db8::7', family: 6 },
    ]);
  });

  it('then the resolvers of resolv.conf, also when it has been changed', async () => {
    const port = await startDns(closing, { addresses: ['192.0.2.1'] });
    await startDns(closing, { addresses: ['192.0.2.2'] }, { address: '127.0.0.2', port });
    const ask = resolve(port);
    write('resolv.conf', 'nameserver 127.0.0.1');
    expect((await ask(host)).addresses).toEqual(found('192.0.2.1'));
    write('resolv.conf', 'nameserver 127.0.0.2');
    expect((await ask(host)).addresses).toEqual(found('192.0.2.2'));
  });

  it('without a resolver in it, this machine is asked', async () => {
    const port = await startDns(closing, { addresses: ['192.0.2.1'] });
    expect((await resolve(port)(host)).addresses).toEqual(found('192.0.2.1'));
  });

  it('what they do not know, the system may know from elsewhere', async () => {
    const port = await startDns(closing, 'nxdomain');
    await expect(resolve(port)(host)).rejects.toMatchObject({ code: 'ENOTFOUND', syscall: 'getaddrinfo' });
    expect((await resolve(port)('localhost')).addresses).toContainEqual({ address: '127.0.0.1', family: 4 });
  });

  it.each(['alias', 'servfail', 'refused', 'truncated'] as const)(
    'where all answer at once, though no more than %s, the system is asked: of the domains to search, perhaps',
    async (mode) => {
      const port = await startDns(closing, mode);
      await startDns(closing, 'servfail', { address: '127.0.0.2', port });
      write('resolv.conf', 'nameserver 127.0.0.1', 'nameserver 127.0.0.2');
      await expect(resolve(port)(host)).rejects.toMatchObject({ syscall: 'getaddrinfo' });
    },
  );

  it.each([
    ['none answers', 'silent'],
    ['one does not', 'servfail'],
    ['one does not, and the other fails for one kind', { a: 'servfail', aaaa: [] }],
  ] as const)('where %s, the system is not asked, since it would be waited for', async (_, mode) => {
    const port = await startDns(closing, mode);
    await startDns(closing, 'silent', { address: '127.0.0.2', port });
    write('resolv.conf', 'nameserver 127.0.0.1', 'nameserver 127.0.0.2');
    await expect(resolve(port)(host)).rejects.toMatchObject({ code: 'ETIMEOUT', syscall: 'queryA' });
  });
});

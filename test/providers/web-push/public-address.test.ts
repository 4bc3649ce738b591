import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createPublicLookup,
  isPublicAddress,
  resolveBy,
} from '../../../lambda/providers/web-push/public-address.ts';
import type { Certificate } from '../../../local/certificate.ts';
import { createCertificate } from '../../../local/certificate.ts';
import { createClosing } from '../../pbx/doctor/support/closing.ts';
import type { DnsMode } from '../../pbx/doctor/support/dns-server.ts';
import { startDns } from '../../pbx/doctor/support/dns-server.ts';
import { aSubscription } from '../../support/builders.ts';
import { listenAndCount, listenAtIpv6, openGateway, startPushService } from './support.ts';

/** IANA IPv4 and IPv6 Special-Purpose Address Registries, first and last of each, and what leads to IPv4 from IPv6. */
const special: [string, ...string[]][] = [
  ['this network', '0.0.0.0', '0.255.255.255'],
  ['private', '10.0.0.0', '10.255.255.255'],
  ['private', '172.16.0.0', '172.31.255.255'],
  ['private', '192.168.0.0', '192.168.255.255'],
  ['CGNAT', '100.64.0.0', '100.127.255.255'],
  ['loopback', '127.0.0.0', '127.0.0.1', '127.255.255.255'],
  ['link-local', '169.254.0.0', '169.254.255.255'],
  ['metadata', '169.254.169.254', '169.254.170.2', 'fd00:ec2::254'],
  ['IETF protocols', '192.0.0.0', '192.0.0.255'],
  ['documentation', '192.0.2.1', '198.51.100.1', '203.0.113.1', '2001:db8::1', '3fff::1', '3fff:fff:ffff::1'],
  ['6to4 relays', '192.88.99.1'],
  ['AS112 and AMT', '192.31.196.1', '192.52.193.1', '192.175.48.1'],
  ['benchmarks', '198.18.0.0', '198.19.255.255', '2001:2::1'],
  ['multicast', '224.0.0.1', '239.255.255.255', 'ff02::1', 'ff0e::1'],
  ['reserved', '240.0.0.1', '255.255.255.254'],
  ['broadcast', '255.255.255.255'],
  ['unspecified and loopback', '::', '::1', '0:0:0:0:0:0:0:1'],
  ['IPv4-mapped', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '::ffff:8.8.8.8'],
  ['IPv4-compatible', '::127.0.0.1', '::7f00:1', '::8.8.8.8'],
  ['IPv4-translated', '::ffff:0:127.0.0.1'],
  ['NAT64', '64:ff9b::7f00:1', '64:ff9b::a9fe:a9fe', '64:ff9b::808:808', '64:ff9b:1::a00:1'],
  ['6to4', '2002:7f00:1::', '2002:a9fe:a9fe::1', '2002:808:808::1'],
  ['Teredo', '2001::1', '2001:0:a9fe:a9fe::1'],
  ['ORCHID', '2001:10::1', '2001:20::1'],
  ['discard-only', '100::1'],
  ['unique local', 'fc00::1', 'fdff:ffff::1'],
  ['link-local', 'fe80::1', 'febf::1'],
  ['site-local', 'fec0::1'],
  ['segment routing', '5f00::1'],
  ['given out to nobody', '4000::1', '8000::1', 'e000::1'],
];

const noAddresses = [
  '',
  'localhost',
  '127.1',
  '2130706433',
  '0x7f000001',
  '0177.0.0.1',
  '8.8.8.8.',
  'fe80::1%lo',
];

describe('a public address', () => {
  it.each(special)('is none of %s', (...[, ...addresses]) => {
    expect(addresses.filter(isPublicAddress)).toEqual([]);
  });

  it('is no other text', () => {
    expect(noAddresses.filter(isPublicAddress)).toEqual([]);
  });

  it.each([
    '8.8.8.8',
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '172.15.255.255',
    '172.32.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:829::200a',
    '2001:4860:4860::8888',
    '2400:cb00::1',
  ])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('a look-up', () => {
  const lookUp = (addresses: string[], all: boolean) => {
    const resolve = vi.fn(async () => addresses);
    const callback = vi.fn();
    const called = Promise.withResolvers<unknown[]>();
    createPublicLookup(resolve)('push.example.com', { all }, (...given) => {
      callback();
      called.resolve(given);
    });
    return called.promise.then((given) => ({ given, resolve, callback }));
  };

  it('gives what was checked, in one question', async () => {
    const { given, resolve } = await lookUp(['8.8.8.8', '2606:4700::1'], true);
    const found = [
      { address: '8.8.8.8', family: 4 },
      { address: '2606:4700::1', family: 6 },
    ];
    expect(given).toEqual([null, found]);
    expect(resolve).toHaveBeenCalledExactlyOnceWith('push.example.com');
  });

  it('gives one to whoever wants one', async () => {
    expect((await lookUp(['2606:4700::1', '8.8.8.8'], false)).given).toEqual([null, '2606:4700::1', 6]);
  });

  it.each([true, false])('gives none where one is private (all: %s)', async (all) => {
    const { given } = await lookUp(['8.8.8.8', '10.0.0.1'], all);
    expect(given).toEqual([expect.objectContaining({ reason: 'address-not-public' }), '']);
  });

  it.each([true, false])('fails where there is none (all: %s)', async (all) => {
    expect((await lookUp([], all)).given).toEqual([expect.any(Error), '']);
  });
});

describe('DNS', () => {
  const closing = createClosing();
  afterEach(() => closing.close());
  const asking = async (mode: DnsMode) => {
    const resolver = new Resolver({ timeout: 100, tries: 1 });
    resolver.setServers([`127.0.0.1:${await startDns(closing, mode)}`]);
    return resolveBy(resolver);
  };

  it.each<[string, DnsMode, string[]]>([
    ['IPv4', { addresses: ['8.8.8.8', '1.1.1.1'] }, ['8.8.8.8', '1.1.1.1']],
    ['IPv4, where there is both', { a: ['8.8.8.8'], aaaa: ['2606:4700::1'] }, ['8.8.8.8']],
    ['IPv4, though IPv6 is never answered', { a: ['8.8.8.8'], aaaa: 'silent' }, ['8.8.8.8']],
    ['IPv6 of an alias', { a: 'alias', aaaa: ['2606:4700::1'] }, ['2606:4700::1']],
    ['IPv6, where there is no other', { a: [], aaaa: ['2606:4700::1'] }, ['2606:4700::1']],
  ])('gives %s', async (_what, mode, addresses) => {
    const resolve = await asking(mode);
    expect((await resolve('push.example.com')).toSorted()).toEqual(addresses.toSorted());
  });

  it.each<DnsMode & string>(['nxdomain', 'servfail', 'refused', 'silent', 'alias'])(
    '%s makes a push service unavailable',
    async (mode) => {
      const { refusal } = openGateway({ resolve: await asking(mode) });
      expect((await refusal(aSubscription('phone'))).reason).toBe('unavailable');
    },
  );

  it('that names what is inside is refused, of whatever kind', async () => {
    for (const mode of [
      { addresses: ['10.0.0.1'] },
      { a: [], aaaa: ['::1'] },
      { a: ['127.0.0.1'], aaaa: [], ttl: 0 },
    ]) {
      const { refusal } = openGateway({ resolve: await asking(mode) });
      expect((await refusal(aSubscription('phone'))).reason).toBe('address-not-public');
    }
  });
});

describe('a push address that leads inside', () => {
  let certificate: Certificate;
  beforeAll(async () => {
    certificate = await createCertificate();
  });
  /** What stands inside: a connection to it is one too many. */
  let inside: Awaited<ReturnType<typeof listenAndCount>>;
  const ends: (() => Promise<void>)[] = [];
  beforeEach(async () => {
    inside = await listenAndCount(createServer());
    ends.push(inside.close);
  });
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  it('the trap itself works', async () => {
    const { refusal } = openGateway({ standIn: { certificate, port: inside.port } });
    expect((await refusal(aSubscription('phone', `https://127.0.0.1:${inside.port}`))).reason).toBe(
      'unavailable',
    );
    expect(inside.connections()).toBe(1);
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '127.0.1',
    '2130706433',
    '0x7f000001',
    '0x7f.1',
    '0177.0.0.1',
    '017700000001',
    '127.0.0.1.',
    '127。0。0。1',
    '①②⑦.0.0.1',
    '127.0.0.2',
    '0.0.0.0',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]',
    '[64:ff9b::7f00:1]',
    'localhost',
    'localhost.',
    'LOCALHOST',
    'ip6-localhost',
    'push.localhost',
    'push.localhost.',
  ])('https://%s is refused, and nothing is connected', async (host) => {
    const { refusal } = openGateway();
    const { reason } = await refusal(aSubscription('phone', `https://${host}:${inside.port}`));
    expect(['address-not-public', 'invalid-token']).toContain(reason);
    expect(inside.connections()).toBe(0);
  });

  it('nor at ::1', async () => {
    let connections = 0;
    const server = createServer(() => {
      connections += 1;
    });
    const port = await listenAtIpv6(server);
    if (port === undefined) return;
    ends.push(async () => {
      const closed = once(server, 'close');
      server.close();
      await closed;
    });
    const { refusal } = openGateway({ resolve: async () => ['::1'] });
    expect((await refusal(aSubscription('phone', `https://[::1]:${port}`))).reason).toBe('invalid-token');
    expect((await refusal(aSubscription('phone', `https://push.example.com:${port}`))).reason).toBe(
      'address-not-public',
    );
    expect(connections).toBe(0);
  });

  it.each([
    'http://push.example.com',
    'ws://push.example.com',
    'ftp://push.example.com',
    'file:///etc/passwd',
  ])('%s is none at all', async (address) => {
    const resolve = vi.fn(async () => ['127.0.0.1']);
    const { refusal } = openGateway({ resolve });
    expect((await refusal(aSubscription('phone', address))).reason).toBe('invalid-token');
    expect(resolve).not.toHaveBeenCalled();
  });

  it('at another port than the stand-in has is refused', async () => {
    const { refusal } = openGateway({ standIn: { certificate, port: inside.port - 1 } });
    const { reason } = await refusal(aSubscription('phone', `https://127.0.0.1:${inside.port}`));
    expect(reason).toBe('address-not-public');
    expect(inside.connections()).toBe(0);
  });

  it.each(special)(
    'a name of %s is refused, though its other address is public',
    async (...[, ...addresses]) => {
      for (const address of addresses) {
        const { refusal } = openGateway({ resolve: async () => [address, '8.8.8.8'] });
        const { reason } = await refusal(aSubscription('phone', `https://push.example.com:${inside.port}`));
        expect(reason).toBe('address-not-public');
      }
      expect(inside.connections()).toBe(0);
    },
  );

  it('a name is refused even where it leads to the stand-in', async () => {
    const { refusal } = openGateway({
      resolve: async () => ['127.0.0.1'],
      standIn: { certificate, port: inside.port },
    });
    const { reason } = await refusal(aSubscription('phone', `https://push.example.com:${inside.port}`));
    expect(reason).toBe('address-not-public');
    expect(inside.connections()).toBe(0);
  });

  it('a name that changes its mind is checked at each connection', async () => {
    const answers: string[][] = [['10.0.0.1', '8.8.8.8'], [], ['127.0.0.1']];
    const resolve = vi.fn(async () => answers.shift() ?? ['169.254.169.254']);
    const { refusal } = openGateway({ resolve });
    const token = aSubscription('phone', `https://push.example.com:${inside.port}`);
    const reasons: string[] = [];
    for (let turn = 0; turn < 4; turn += 1) reasons.push((await refusal(token)).reason);
    expect(reasons).toEqual([
      'address-not-public',
      'unavailable',
      'address-not-public',
      'address-not-public',
    ]);
    // No second question between the check and the connection.
    expect(resolve).toHaveBeenCalledTimes(4);
    expect(inside.connections()).toBe(0);
  });

  it.each([301, 302, 303, 307, 308])('a redirect (%i) is not followed', async (status) => {
    const locations = [
      `https://127.0.0.1:${inside.port}/latest/meta-data/`,
      `http://127.0.0.1:${inside.port}/`,
      'http://169.254.169.254/latest/meta-data/',
      '/elsewhere',
    ];
    for (const location of locations) {
      const service = await startPushService(certificate, (response) => {
        response.writeHead(status, { location }).end();
      });
      ends.push(service.close);
      const { refusal } = openGateway({ standIn: { certificate, port: service.port } });
      const { reason } = await refusal(aSubscription('phone', service.origin));
      expect(reason).toBe('push-service-refused');
      expect(service.received).toHaveLength(1);
    }
    expect(inside.connections()).toBe(0);
  });
});

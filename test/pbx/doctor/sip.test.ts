import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FakePhone } from './support/ari.ts';
import type { World } from './support/world.ts';
import { aDevice, createWorld, theTrouble, troubles } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const large = { allow: '(opus|g722|alaw|ulaw|gsm|vp8|h264)', ice_support: 'true', media_encryption: 'sdes' };
const udp = [{ uri: 'sip:102@198.51.100.7:40000;ob' }];
const add = (extension: string, phone: FakePhone) => {
  world.ari.phones[extension] = phone;
  world.endpoint.devices[extension] = [aDevice()];
};

describe('an INVITE too large for UDP', () => {
  it('is found by extension, and named with what mends it', async () => {
    add('102', { endpoint: large, contacts: udp });
    add('103', { endpoint: large, contacts: [{ uri: 'sip:103@198.51.100.7:40000;transport=TCP' }] });
    add('104', { endpoint: large, contacts: [{ uri: 'sips:104@198.51.100.7:40000' }] });
    add('105', { contacts: udp });
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({ check: 'sip', level: 'warning' });
    expect(found.details).toMatchObject({ extensions: [{ extension: '102' }] });
    expect(found.remedy).toContain('TCP');
    expect(found.remedy).toContain('disable_tcp_switch=no');
  });

  it('is found where the contact says transport=udp, or only the endpoint’s transport does', async () => {
    add('102', { endpoint: large, contacts: [{ uri: 'sip:102@198.51.100.7;transport=udp' }] });
    add('103', { endpoint: { ...large, transport: 'udp' } });
    add('104', { endpoint: { ...large, transport: 'tcp' } });
    add('105', { endpoint: large, aor: {} });
    const findings = await world.look();
    const sip = findings.find(({ check, what }) => check === 'sip' && what.includes('INVITE'));
    expect(sip?.details).toMatchObject({ extensions: [{ extension: '102' }, { extension: '103' }] });
  });

  it('is told apart where only a video call makes it so', async () => {
    add('102', {
      endpoint: { allow: '(ulaw|vp8|h264)', ice_support: 'true', media_encryption: 'sdes' },
      contacts: udp,
    });
    expect(theTrouble(await world.look()).what).toContain('INVITE of a video call');
  });

  it('is no trouble where Asterisk switches to TCP, and is where it is told not to', async () => {
    add('102', { endpoint: large, contacts: udp });
    world.ari.system = { disable_tcp_switch: 'false' };
    expect(troubles(await world.look())).toEqual([]);
    world.ari.system = { disable_tcp_switch: 'true' };
    expect(troubles(await world.look())).toEqual(['sip warning']);
  });
});

describe('settings that stop a woken phone', () => {
  const tcp = [{ uri: 'sip:102@198.51.100.7:40000;transport=tcp' }];
  it.each<[string, FakePhone, string]>([
    [
      'max_contacts=1, remove_existing=no',
      { aor: { max_contacts: '1' }, contacts: tcp },
      'remove_existing=yes',
    ],
    [
      'as many contacts as there may be',
      { aor: { max_contacts: '2' }, contacts: [...tcp, ...udp] },
      'remove_existing=yes',
    ],
    ['rewrite_contact=no while it sleeps', { endpoint: { rewrite_contact: 'false' } }, 'rewrite_contact=yes'],
    [
      'rewrite_contact=no and a private contact',
      { endpoint: { rewrite_contact: 'false' }, contacts: [{ uri: 'sip:102@10.1.2.3:5060;transport=tcp' }] },
      'rewrite_contact=yes',
    ],
    ['qualify_frequency', { aor: { qualify_frequency: '30' }, contacts: tcp }, 'qualify_frequency=0'],
  ])('%s', async (_, phone, remedy) => {
    add('102', phone);
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({ check: 'sip', level: 'warning', details: { extensions: ['102'] } });
    expect(found.remedy).toContain(remedy);
  });

  it('max_contacts=0 for an extension with phones to wake', async () => {
    add('102', { aor: { max_contacts: '0' } });
    expect(theTrouble(await world.look())).toMatchObject({ check: 'sip', level: 'fault' });
  });

  it.each<[string, FakePhone]>([
    ['remove_existing=yes', { aor: { max_contacts: '1', remove_existing: 'true' }, contacts: tcp }],
    [
      'no rewriting in a network of its own, or for a public contact',
      {
        endpoint: { rewrite_contact: 'false' },
        contacts: [
          { uri: 'sip:102@192.0.2.77:5060;transport=tcp' },
          { uri: 'sip:102@[2001:db8::5]:5060;transport=tcp' },
        ],
      },
    ],
  ])('%s is no trouble', async (_, phone) => {
    add('102', phone);
    expect(troubles(await world.look())).toEqual([]);
  });

  it('are no trouble for a phone that is not woken', async () => {
    world.ari.phones['102'] = { aor: { max_contacts: '1', qualify_frequency: '60' } };
    expect(troubles(await world.look())).toEqual([]);
  });

  it('are looked at for the one extension that is named', async () => {
    add('102', { aor: { qualify_frequency: '30' }, contacts: tcp });
    expect(troubles(await world.look({}, '101'))).toEqual([]);
    expect(troubles(await world.look({}, '102'))).toEqual(['sip warning']);
    expect(world.ari.asked.some((asked) => asked.includes('endpoint/200'))).toBe(false);
  });
});

describe('ARI', () => {
  it('refuses the password', async () => {
    const { ari } = world.settings;
    const findings = await world.look({ ari: ari && { ...ari, password: 'mistaken' } });
    const found = theTrouble(findings);
    expect(found).toMatchObject({ check: 'ari', level: 'fault', details: { status: 401 } });
    expect(found.remedy).toContain('ari.conf');
    expect(JSON.stringify(findings)).not.toContain('mistaken');
  });

  it('is not there', async () => {
    const server = createServer();
    const port = await world.closing.listen(server);
    await new Promise((closed) => server.close(closed));
    const ari = { url: `http://127.0.0.1:${port}/ari`, user: 'pns', password: 'x' };
    expect(theTrouble(await world.look({ ari }))).toMatchObject({
      check: 'ari',
      level: 'fault',
      details: { code: 'ECONNREFUSED' },
    });
  });

  it('is another web server, or is not enabled', async () => {
    const server = createServer((_, response) => response.writeHead(404).end('<h1>Not Found</h1>'));
    const ari = { url: `http://127.0.0.1:${await world.closing.listen(server)}`, user: 'pns', password: 'x' };
    const found = theTrouble(await world.look({ ari }));
    expect(found).toMatchObject({ check: 'ari', level: 'fault' });
    expect(found.remedy).toContain('enabled = yes');
  });

  it('is not configured: nothing is claimed of SIP', async () => {
    const findings = await world.look({ ari: undefined });
    expect(troubles(findings)).toEqual([]);
    expect(findings.find(({ check }) => check === 'ari')).toMatchObject({ level: 'skipped' });
    expect(findings.some(({ check }) => check === 'sip')).toBe(false);
  });

  it('stops answering in the middle', async () => {
    world.ari.hangsAt = 'endpoint/200';
    const found = theTrouble(await world.look());
    expect(found).toMatchObject({ check: 'ari', level: 'warning', details: { read: 2, unread: 1 } });
  });

  it('has no such extension', async () => {
    expect(troubles(await world.look({}, '999'))).toEqual(['ari warning', 'devices fault']);
  });

  it('has 300 endpoints: a few are asked for at once', async () => {
    for (let number = 1_000; number < 1_300; number += 1) world.ari.phones[String(number)] = {};
    world.ari.phones['1299'] = { endpoint: large, contacts: udp };
    const found = theTrouble(await world.look());
    expect(found.details).toMatchObject({ extensions: [{ extension: '1299' }] });
  });
});

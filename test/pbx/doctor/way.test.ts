import { createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Finding } from '../../../pbx/src/doctor/finding.ts';
import { digBlackHole } from './support/black-hole.ts';
import { createCa, createCertificate, type Pem } from './support/certificates.ts';
import { startEndpoint } from './support/endpoint.ts';
import type { World } from './support/world.ts';
import { createWorld, host, theTrouble } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** The daemon would have been told of it, too. */
const lookAtPort = (port: number): Promise<Finding[]> => {
  const pushUrl = `https://${host}:${port}`;
  world.status.proxy.url = pushUrl;
  return world.look({ pushUrl });
};
const lookAtServerWith = async (pem: Pem) =>
  lookAtPort(await startEndpoint(world.closing, world.endpoint, pem));
const levelOf = (findings: readonly Finding[], check: string) =>
  findings.find((finding) => finding.check === check)?.level;

describe('a connection', () => {
  it('that a closed port refuses', async () => {
    const server = createServer();
    const port = await world.closing.listen(server);
    await new Promise((closed) => server.close(closed));
    const findings = await lookAtPort(port);
    const found = theTrouble(findings);
    expect(found).toMatchObject({ check: 'connection', level: 'fault' });
    expect(found.what).toContain('refuses');
    expect(found.remedy).toContain(`${host}:${port}`);
    expect(levelOf(findings, 'key')).toBe('skipped');
  });

  it('that is dropped on the way', async () => {
    const found = theTrouble(await lookAtPort(await digBlackHole(world.closing)));
    expect(found).toMatchObject({ check: 'connection', level: 'fault' });
    expect(found.what).toContain('dropped');
    expect(found.remedy).toContain('firewall');
  });

  it('that comes about at some addresses only', async () => {
    world.ports.lookUp = async () => ['127.0.0.5', '127.0.0.1'];
    const findings = await world.look();
    const found = theTrouble(findings);
    expect(found).toMatchObject({ check: 'connection', level: 'warning' });
    expect(found.what).toContain('1 of 2 addresses');
    expect(levelOf(findings, 'key')).toBe('ok');
  });

  it.each([
    ['never answers TLS', () => undefined, 'no TLS comes about'],
    [
      'is cut when TLS begins',
      (socket: Socket) => socket.on('data', () => socket.resetAndDestroy()),
      'is cut',
    ],
    [
      'speaks something else',
      (socket: Socket) => socket.end('220 mail.example.com ESMTP\r\n'),
      'does not speak TLS',
    ],
  ])('that %s', async (_, serve, text) => {
    const server = createServer(serve as (socket: Socket) => void);
    const found = theTrouble(await lookAtPort(await world.closing.listen(server)));
    expect(found).toMatchObject({ check: 'connection', level: 'fault' });
    expect(found.what).toContain(text);
  });
});

describe('a certificate', () => {
  it('of an issuer that is not trusted: an intercepting proxy', async () => {
    const interceptor = await createCa('Office Firewall');
    const found = theTrouble(await lookAtServerWith(await createCertificate(host, { ca: interceptor })));
    expect(found).toMatchObject({ check: 'certificate', level: 'fault' });
    expect(found.what).toContain('Office Firewall');
    expect(found.remedy).toContain('CA_FILE');
    expect(world.endpoint.asked.some(({ withKey }) => withKey)).toBe(false);
  });

  it('of a page that is in the way: the page is not told of as well', async () => {
    world.endpoint.answer = {
      status: 403,
      headers: { 'content-type': 'text/html' },
      body: '<html>Blocked</html>',
    };
    const findings = await lookAtServerWith(await createCertificate('filter.example.net'));
    expect(theTrouble(findings)).toMatchObject({ check: 'certificate', level: 'fault' });
    expect(levelOf(findings, 'answer')).toBe('skipped');
  });

  it('of its own making', async () => {
    const found = theTrouble(await lookAtServerWith(await createCertificate(host)));
    expect(found).toMatchObject({
      check: 'certificate',
      level: 'fault',
      details: { problem: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
  });

  it('for another host', async () => {
    const pem = await createCertificate('www.example.com', { ca: world.ca });
    const found = theTrouble(await lookAtServerWith(pem));
    expect(found).toMatchObject({ check: 'certificate', level: 'fault' });
    expect(found.what).toBe(`the certificate is for www.example.com, not for ${host}`);
    expect(world.endpoint.asked.some(({ withKey }) => withKey)).toBe(false);
  });

  it.each([
    ['expired', { from: -7_200_000, to: -3_600_000 }, 'expired'],
    ['not yet valid', { from: 3_600_000, to: 7_200_000 }, 'not yet valid'],
  ])('%s, by the right clock', async (_, times, text) => {
    const found = theTrouble(
      await lookAtServerWith(await createCertificate(host, { ca: world.ca, ...times })),
    );
    expect(found).toMatchObject({ check: 'certificate', level: 'fault' });
    expect(found.what).toContain(text);
  });

  it.each([
    ['not yet valid', { from: 3_600_000, to: 36_000_000 }, 2 * 3_600_000],
    ['expired', { from: -36_000_000, to: -3_600_000 }, -2 * 3_600_000],
  ])('%s for a wrong clock alone: the clock is the fault', async (_, times, clockOffsetMs) => {
    world.endpoint.clockOffsetMs = clockOffsetMs;
    const findings = await lookAtServerWith(await createCertificate(host, { ca: world.ca, ...times }));
    expect(theTrouble(findings)).toMatchObject({ check: 'clock', level: 'fault' });
    expect(levelOf(findings, 'certificate')).toBe('skipped');
    expect(world.endpoint.asked.some(({ withKey }) => withKey)).toBe(false);
  });

  it('whose CA_FILE cannot be read', async () => {
    const found = theTrouble(await world.look({ caFile: '/nonexistent/ca.pem' }));
    expect(found).toMatchObject({ check: 'certificate', level: 'fault' });
    expect(found.what).toContain('/nonexistent/ca.pem');
  });
});

import { hostname, networkInterfaces } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isForeignPage, isLoopback } from '../../../pbx/src/server/senders.ts';
import type { Started } from './support.ts';
import { startServer } from './support.ts';

describe('another machine', () => {
  const own = Object.values(networkInterfaces())
    .flat()
    .find((address) => address?.family === 'IPv4' && !address.internal)?.address;

  it('may neither stop nor reload pns, whatever headers it sends', async ({ skip }) => {
    if (own === undefined) return skip('this machine has no address but loopback');
    const pns = await startServer({ host: '0.0.0.0' });
    const far = { host: own, headers: { 'x-forwarded-for': '127.0.0.1', host: '127.0.0.1' } };
    for (const path of ['/stop', '/confreload']) {
      expect(await pns.send(path, far)).toMatchObject({
        status: 403,
        text: `error: ${path} is for this machine alone: ask from 127.0.0.1 or ::1`,
      });
    }
    expect(await pns.send('/push_call?to=101', far)).toMatchObject({ status: 200 });
    expect(pns.asked).toEqual([['pushCall', { to: '101' }]]);
    expect(await pns.send('/stop')).toMatchObject({ status: 200 });
    await pns.server.close();
  });

  it('a dual-stack socket tells loopback as IPv6', async () => {
    const pns = await startServer({ host: '::' });
    for (const host of ['127.0.0.1', '::1']) {
      expect(await pns.send('/stop', { host })).toMatchObject({ status: 200 });
    }
    await pns.server.close();
  });

  it.each([
    ['127.0.0.1', true],
    ['127.8.9.10', true],
    ['::1', true],
    ['::ffff:127.0.0.1', true],
    ['128.0.0.1', false],
    ['::ffff:10.0.0.1', false],
    ['fe80::1', false],
    ['', false],
    [undefined, false],
  ])('%s is loopback: %s', (address, expected) => expect(isLoopback(address)).toBe(expected));
});

describe('a web page', () => {
  let pns: Started;
  beforeAll(async () => {
    pns = await startServer();
  });
  afterAll(() => pns.server.close());
  afterEach(() => {
    pns.asked.length = 0;
  });

  const acting = [
    '/push_call?to=101',
    '/push_cancel?to=101',
    '/push_message?to=101&from=102&kind=message',
    '/registered?extension=101',
    '/register?extension=101&token=t:1',
    '/update?oldToken=a&newToken=b',
    '/delete?extension=101',
    '/stop',
    '/confreload',
  ];
  const foreign: Record<string, string>[] = [
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { host: '192.168.1.5:8070', referer: 'http://evil.example/page' },
    { host: 'evil.example' },
    { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' },
  ];

  it.each(acting)('of somebody else does nothing: %s', async (path) => {
    for (const headers of foreign) {
      for (const method of ['GET', 'POST']) {
        const { status, text } = await pns.send(path, { method, headers });
        expect({ headers, status, text }).toMatchObject({
          status: 403,
          text: expect.stringMatching(/^error: a web page/),
        });
      }
    }
    expect(pns.asked).toEqual([]);
    expect(pns.lines.at(-1)).toMatchObject({ event: 'request_refused', code: 'foreign-page', status: 403 });
  });

  it.each<Record<string, string>>([
    {},
    { 'sec-fetch-site': 'none' },
    { host: 'localhost:8070' },
    { host: 'pns' },
    { host: '192.168.1.5:8070' },
    { host: '[::1]:8070' },
    { host: `${hostname()}:8070` },
    { host: '127.0.0.1:8070', origin: 'http://127.0.0.1:8070', 'sec-fetch-site': 'same-origin' },
  ])('a request of a program is done: %j', async (headers) => {
    expect(await pns.send('/push_call?to=101', { headers })).toMatchObject({ status: 200, text: '2' });
  });

  it('HTTP/1.0 knows no Host', async () => {
    expect(await pns.raw('GET /push_call?to=101 HTTP/1.0\r\n\r\n')).toMatch(
      /^HTTP\/1.1 200 OK[\s\S]*\r\n\r\n2$/,
    );
  });

  it('status and metrics may be read by any name, as by Prometheus elsewhere', async () => {
    for (const path of ['/status', '/metrics']) {
      expect(await pns.send(path, { headers: { host: 'pbx.example.com:8070' } })).toMatchObject({
        status: 200,
      });
    }
  });

  it.each([
    ['pbx.example.com', 'pbx.example.com', false],
    ['PBX.example.com:8070', 'pbx.example.com', false],
    ['pbx.example.com', '127.0.0.1', true],
    ['evil.localhost', '127.0.0.1', false],
    ['localhost.evil.example', '127.0.0.1', true],
    ['127.0.0.1.evil.example', '127.0.0.1', true],
    ['a b', '127.0.0.1', true],
    ['', '127.0.0.1', true],
  ])('as Host %j at PROXY_ADDRESS %s is foreign: %s', (host, ownName, expected) => {
    expect(isForeignPage({ host }, ownName)).toBe(expected);
  });
});

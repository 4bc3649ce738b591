import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { createServer as createHttpsServer, type Agent as HttpsAgent } from 'node:https';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Way } from '../../../pbx/src/proxy/proxy-client.ts';
import { agentOf, createProxyClient } from '../../../pbx/src/proxy/proxy-client.ts';
import { createCa, createCertificate } from '../doctor/support/certificates.ts';
import type { Closing } from '../doctor/support/closing.ts';
import { createClosing } from '../doctor/support/closing.ts';
import { startDns } from '../doctor/support/dns-server.ts';

const host = 'push2.test';

let closing: Closing;
let settings: Way;
let asked: string[];
let port: number;

beforeEach(async () => {
  closing = createClosing();
  const dir = mkdtempSync(join(tmpdir(), 'pns-'));
  closing.add(() => rmSync(dir, { recursive: true }));
  const ca = await createCa('the site');
  const caFile = join(dir, 'ca.pem');
  writeFileSync(caFile, ca.cert);

  asked = [];
  const server = createHttpsServer(await createCertificate(host, { ca }), (request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('content-type', 'application/json').end('{"extension": "101", "devices": []}');
  });
  port = await closing.listen(server);
  settings = {
    pushUrl: `https://${host}:${port}`,
    key: 'pns_a_b_c',
    caFile,
    httpsProxy: undefined,
    dnsServers: [],
    spoolDeadlineMs: 1_500,
  };
});
afterEach(() => closing.close());

const ask = async (changes: Partial<Way>): Promise<string> => {
  const client = createProxyClient({ ...settings, ...changes });
  try {
    await client.devices('101');
    return 'ok';
  } catch (error) {
    return String(Object(error).code);
  } finally {
    client.close();
  }
};

/** A proxy that leads to the endpoint, whatever name it is asked for; it keeps these names. */
const startProxy = async (connects: string[]): Promise<string> => {
  const proxy = createHttpServer();
  proxy.on('connect', (request: IncomingMessage, socket: Socket) => {
    connects.push(request.url ?? '');
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    const onward = connect(port, '127.0.0.1').on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
    socket.on('close', () => onward.destroy());
  });
  return `http://127.0.0.1:${await closing.listen(proxy)}`;
};

describe('the way to the endpoint', () => {
  it('DNS_SERVERS are asked instead of the system’s, and CA_FILE is trusted', async () => {
    const dns = await startDns(closing, { addresses: ['127.0.0.1'] });
    expect(await ask({ dnsServers: [`127.0.0.1:${dns}`] })).toBe('ok');
    expect(asked).toEqual(['/devices?extension=101']);
  });

  it('a second resolver is asked where the first is silent', async () => {
    const [silent, dns] = [
      await startDns(closing, 'silent'),
      await startDns(closing, { addresses: ['127.0.0.1'] }),
    ];
    expect(
      await ask({ dnsServers: [`127.0.0.1:${silent}`, `127.0.0.1:${dns}`], spoolDeadlineMs: 10_000 }),
    ).toBe('ok');
  });

  it('a name that no resolver knows, or a certificate that nothing vouches for, is no way', async () => {
    const unknowing = await startDns(closing, 'nxdomain');
    expect(await ask({ dnsServers: [`127.0.0.1:${unknowing}`] })).toBe('network');
    const dangling = await startDns(closing, 'alias');
    expect(await ask({ dnsServers: [`127.0.0.1:${dangling}`] })).toBe('network');
    const dns = await startDns(closing, { addresses: ['127.0.0.1'] });
    expect(await ask({ dnsServers: [`127.0.0.1:${dns}`], caFile: undefined })).toBe('network');
    expect(asked).toEqual([]);
  });

  it('where the endpoint has moved, its address is asked for anew, however long it was to hold', async () => {
    const answers = { a: ['127.0.0.9'], aaaa: [], ttl: 86_400 };
    const dns = await startDns(closing, answers);
    const client = createProxyClient({ ...settings, dnsServers: [`127.0.0.1:${dns}`] });
    closing.add(client.close);
    await expect(client.devices('101')).rejects.toMatchObject({ code: 'network' });
    answers.a = ['127.0.0.1'];
    expect(await client.devices('101')).toMatchObject({ extension: '101' });
  });

  it('reads the certificates once, and not again for each connection', () => {
    const { options } = agentOf(settings) as HttpsAgent;
    expect(options).toMatchObject({ secureContext: expect.any(Object) });
    expect(options).not.toHaveProperty('ca');
  });

  it.each([
    ['refuses', (socket: Socket) => socket.write('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')],
    ['never answers', () => {}],
  ])('leaves no connection at an HTTPS_PROXY that %s', async (_, act) => {
    const open = new Set<Socket>();
    let came = 0;
    const proxy = createHttpServer();
    proxy.on('connect', (_request, socket: Socket) => {
      came += 1;
      open.add(socket);
      const gone = () => open.delete(socket);
      // Node's server keeps such a socket half open: its end is what tells.
      socket.on('error', gone).on('end', gone).resume();
      act(socket);
    });
    const httpsProxy = `http://127.0.0.1:${await closing.listen(proxy)}`;
    expect(await ask({ httpsProxy, spoolDeadlineMs: 500 })).toMatch(/network|deadline/);
    expect(came).toBeGreaterThan(0);
    await expect.poll(() => open.size, { timeout: 10_000 }).toBe(0);
  });

  it('goes through HTTPS_PROXY, which resolves the name, and CA_FILE is trusted there too', async () => {
    const connects: string[] = [];
    const httpsProxy = await startProxy(connects);
    expect(await ask({ httpsProxy })).toBe('ok');
    expect(connects).toEqual([`${host}:${port}`]);
    expect(await ask({ httpsProxy, caFile: undefined })).toBe('network');
    expect(asked).toHaveLength(1);
  });
});

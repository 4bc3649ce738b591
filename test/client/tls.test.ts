import { once } from 'node:events';
import { createServer, Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { connect as connectTls } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createCertificate } from '../../local/certificate.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { call, clientOf, failureOf, knownPauses, pushed, startRawServer, twoTriesMs } from './support.ts';

let certificate: Awaited<ReturnType<typeof createCertificate>>;
beforeAll(async () => {
  certificate = await createCertificate();
});

const startTlsServer = async () => {
  let requests = 0;
  const connections: Socket[] = [];
  const server = createServer(certificate, (request, response) => {
    request.resume();
    requests += 1;
    response.end(JSON.stringify(pushed));
  });
  server.on('connection', (socket: Socket) => connections.push(socket));
  const { port, close } = await listenOnLoopback(server);
  onTestFinished(close);
  return { url: `https://localhost:${port}`, requests: () => requests, connections };
};

describe('TLS', () => {
  it('with a CA of one’s own, and one connection for all requests', async () => {
    const server = await startTlsServer();
    const agent = new HttpsAgent({ keepAlive: true, ca: certificate.cert });
    const client = clientOf(server.url, { agent });
    for (let round = 0; round < 5; round++) expect(await client.pushCall(call)).toEqual(pushed);
    expect(server.connections).toHaveLength(1);
  });

  it('a certificate that nobody vouches for: nothing is sent, and the cause says why, without the certificate', async () => {
    knownPauses();
    const server = await startTlsServer();
    const error = await failureOf(clientOf(server.url, { deadlineMs: twoTriesMs }).pushCall(call));
    expect(error).toMatchObject({
      code: 'network',
      unknown: false,
      cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
    });
    expect(Object.keys(Object(error.cause))).toEqual(['code']);
    expect(server.requests()).toBe(0);
  });

  it('a certificate of another name', async () => {
    knownPauses();
    const server = await startTlsServer();
    const agent = new HttpsAgent({ ca: certificate.cert, servername: 'push.example.com' });
    const error = await failureOf(clientOf(server.url, { agent, deadlineMs: twoTriesMs }).pushCall(call));
    expect(error).toMatchObject({ code: 'network', cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    expect(Object.keys(Object(error.cause))).toEqual(['code']);
    expect(server.requests()).toBe(0);
  });

  it('a handshake that never ends: nothing was sent', async () => {
    const heard: Buffer[] = [];
    const ends: Promise<unknown>[] = [];
    const server = await startRawServer((socket) => {
      socket.on('data', (bytes) => heard.push(bytes));
      ends.push(once(socket, 'close'));
    });
    const url = server.url.replace('http:', 'https:');
    const error = await failureOf(clientOf(url, { attemptTimeoutMs: 150, deadlineMs: 400 }).pushCall(call));
    expect(error).toMatchObject({ code: 'deadline', unknown: false });
    await Promise.all(ends);
    expect(Buffer.concat(heard).toString('latin1')).not.toContain('push_call');
  });

  it('through a tunnel, too: nothing is sent before its handshake has ended', async () => {
    const server = await startTlsServer();
    const mute = await startRawServer((socket) => socket.resume());
    /** Hands over a TLS socket on a connection that stands, as agents for HTTPS proxies do. */
    const createConnection = (
      options: ConnectionOptions,
      callback: (error: null, socket: Socket) => void,
    ) => {
      const secured = { ...options, ca: certificate.cert, servername: 'localhost' };
      const tunnel = connect(Number(options.port), '127.0.0.1', () =>
        callback(null, connectTls({ ...secured, socket: tunnel })),
      );
    };
    const tunnelAgent = () => Object.assign(new HttpsAgent({ keepAlive: true }), { createConnection });
    const client = clientOf(server.url, { agent: tunnelAgent() });
    for (let round = 0; round < 3; round++) expect(await client.pushCall(call)).toEqual(pushed);
    expect(server.connections).toHaveLength(1);

    const hanging = clientOf(mute.url.replace('http:', 'https:'), { agent: tunnelAgent(), deadlineMs: 200 });
    expect(await failureOf(hanging.pushCall(call))).toMatchObject({ code: 'deadline', unknown: false });
  });

  it('a server that speaks no TLS', async () => {
    knownPauses();
    const server = await startRawServer((socket) =>
      socket.once('data', () => socket.end('HTTP/1.1 400 No\r\n\r\n')),
    );
    const url = server.url.replace('http:', 'https:');
    const error = await failureOf(clientOf(url, { deadlineMs: twoTriesMs }).pushCall(call));
    expect(error).toMatchObject({ code: 'network', unknown: false });
  });

  it('a connection that was reset while nobody looked is replaced at once', async () => {
    const server = await startTlsServer();
    const agent = new HttpsAgent({ keepAlive: true, ca: certificate.cert });
    const client = clientOf(server.url, { agent });
    await client.pushCall(call);
    await new Promise(setImmediate);
    for (const socket of server.connections) socket.resetAndDestroy();
    expect(await client.pushCall(call)).toEqual(pushed);
    expect(server.connections).toHaveLength(2);
  });

  it('an agent for another protocol', async () => {
    knownPauses();
    const server = await startTlsServer();
    const { Agent } = await import('node:http');
    const client = clientOf(server.url, { agent: new Agent(), deadlineMs: twoTriesMs });
    expect(await failureOf(client.pushCall(call))).toMatchObject({
      code: 'network',
      unknown: false,
      cause: { code: 'ERR_INVALID_PROTOCOL' },
    });
  });
});

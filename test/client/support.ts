import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { Server, Socket } from 'node:net';
import { createServer as createRawServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, vi } from 'vitest';
import type { Client, ClientOptions } from '../../client/src/index.ts';
import { createClient, PnsProxyError } from '../../client/src/index.ts';
import { listenOnLoopback } from '../../local/loopback.ts';

/** No key that anybody has. */
export const key = 'pns_0123456789Ab_0123456789abcdefghijABCD_abcdef';

export type Received = {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  /** Which connection it came on, from 1. */
  connection: number;
  /** By performance.now(). */
  at: number;
  socket: Socket;
};

/** What one answers to a request: the status, the body (a text as it is) and headers; `never`, or by hand. */
type Reply =
  | { status: number; body?: unknown; headers?: Record<string, string> }
  | 'never'
  | ((response: ServerResponse, received: Received) => void);

/** A plain HTTP server: answers with `replies` in their order, and then for ever with the last. */
export const startServer = async (...replies: Reply[]) => {
  const requests: Received[] = [];
  const connections = new Map<Socket, number>();
  const server = createServer(async (request, response) => {
    const { method, url: path, headers, socket } = request;
    const connection = connections.get(socket) ?? 0;
    const body = JSON.parse((await text(request)) || '{}');
    const received = { method, path, headers, body, connection, at: performance.now(), socket };
    const reply = replies[Math.min(requests.length, replies.length - 1)];
    requests.push(received);
    if (reply === undefined || reply === 'never') return;
    if (typeof reply === 'function') return reply(response, received);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body ?? {}));
  });
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => connections.set(socket, connections.size + 1));
  const url = await opened(server);
  return { url, requests, connectionCount: () => connections.size };
};

/** A server that does what `talk` says with each connection, the first being 1. */
export const startRawServer = async (talk: (socket: Socket, connection: number) => void) => {
  let count = 0;
  const server = createRawServer((socket) => {
    socket.on('error', () => {});
    count += 1;
    talk(socket, count);
  });
  return { url: await opened(server), connectionCount: () => count };
};

const opened = async (server: Server): Promise<string> => {
  const { port, close } = await listenOnLoopback(server);
  onTestFinished(close);
  return `http://127.0.0.1:${port}`;
};

/** A port at which nobody listens. */
export const closedPort = async (): Promise<string> => {
  const { port, close } = await listenOnLoopback(createRawServer());
  await close();
  return `http://127.0.0.1:${port}`;
};

export const clientOf = (url: string, options: Partial<ClientOptions> = {}): Client => {
  const client = createClient({ url, key, ...options });
  onTestFinished(client.close);
  return client;
};

/** The error that a request must end with. */
export const failureOf = async (request: Promise<unknown>): Promise<PnsProxyError> => {
  const error = await request.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(error).toBeInstanceOf(PnsProxyError);
  return error as PnsProxyError;
};

/** Pauses of 300, 600 … ms: within `twoTriesMs` there are two tries, however slow the machine. */
export const knownPauses = (): void => {
  const random = vi.spyOn(Math, 'random').mockReturnValue(3);
  onTestFinished(() => random.mockRestore());
};

export const twoTriesMs = 890;

export const pushed = { devices: 1, accepted: 1, uuid: 'c0ffee00-0000-4000-8000-000000000001', phones: [] };

export const ok = { status: 200, body: pushed };

/** An error as the functions answer it. */
export const problem = (status: number, code: string, retryable: boolean, more: object = {}) => ({
  status,
  headers: { 'content-type': 'application/problem+json' },
  body: {
    type: `urn:pns-proxy:error:${code}`,
    title: 'T',
    status,
    code,
    retryable,
    requestId: 'r-1',
    ...more,
  },
});

/** An error as API Gateway itself answers it. */
export const gateway = (status: number, headers: Record<string, string> = {}) => ({
  status,
  headers: { 'apigw-requestid': 'gw-1', ...headers },
  body: { message: 'Something' },
});

export const call = { to: '101', uuid: 'c0ffee00-0000-4000-8000-000000000001', ringSeconds: 25 };

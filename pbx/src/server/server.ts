import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import type { Address } from '../address.ts';
import { formatAddress } from '../address.ts';
import { ReadableError } from '../readable-error.ts';
import type { ServerPorts } from './app.ts';
import { createApp } from './app.ts';

export type Server = {
  /**
   * @param address port 0 is any free one
   * @returns where it listens
   * @throws ListenError
   */
  listen(address: Address): Promise<Address>;
  /** Takes nothing new, and resolves when what is in flight has been answered. */
  close(): Promise<void>;
};

/** It cannot listen there; the message is for whoever wrote the address. */
class ListenError extends ReadableError {
  override readonly name = 'ListenError';
}

/** How long a whole request may take to come, in milliseconds: longer, and it would hold up a stop. */
const requestTimeoutMs = 5_000;
/** At a stop, what a client is in the midst of sending has so long to come: Node ends nothing by itself any more then. */
const halfSentMs = 1_000;
/** A connection that a PBX keeps alive is kept for this long without a request, in milliseconds. */
const keepAliveMs = 60_000;

/** What a client gets whose request Node cannot read, and the status where it is not 400, by Node's error codes. */
const badRequest = 'error: no HTTP request that can be read (in a URL, all but ASCII is percent-encoded)';
const unreadable: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

/** Makes the operations reachable over HTTP. */
export const createServer = (ports: ServerPorts): Server => {
  let closing = false;
  const app = createApp(ports, () => closing);
  const server = createHttpServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: requestTimeoutMs,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: keepAliveMs,
    },
    // HTTP/1.0, which scripts speak, knows no Host.
    getRequestListener(app.fetch, { hostname: 'localhost' }),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (!socket.writable) return void socket.destroy();
    const status = unreadable[error.code ?? ''] ?? '400 Bad Request';
    ports.log('warn', 'request_refused', { code: error.code, status: Number.parseInt(status, 10) });
    socket.end(
      `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain\r\n` +
        `content-length: ${badRequest.length}\r\n\r\n${badRequest}`,
      () => socket.destroy(),
    );
  });

  const closed = Promise.withResolvers<void>();
  const inFlight = new Map<ServerResponse, IncomingMessage>();
  const endIfIdle = () => {
    // What is left are connections between two requests, or in the midst of one that has not come yet.
    if (closing && inFlight.size === 0) server.closeAllConnections();
  };
  const makeLast = (response: ServerResponse) => response.setHeader('connection', 'close');
  // Before the app's own listener, which may answer at once.
  server.prependListener('request', (request, response) => {
    if (closing) makeLast(response);
    inFlight.set(response, request);
    response.once('close', () => {
      inFlight.delete(response);
      endIfIdle();
    });
  });

  return {
    listen: async (wanted) => {
      server.listen(wanted.port, wanted.host);
      await once(server, 'listening').catch((cause: NodeJS.ErrnoException) => {
        const text = `cannot listen on ${formatAddress(wanted)} (PROXY_ADDRESS): ${cause.code}`;
        throw new ListenError(text, { cause });
      });
      const { address, port: own } = server.address() as AddressInfo;
      return { host: address, port: own };
    },
    close: async () => {
      if (server.listening) {
        closing = true;
        server.close(() => closed.resolve());
        for (const response of inFlight.keys()) if (!response.headersSent) makeLast(response);
        endIfIdle();
        setTimeout(() => {
          for (const request of inFlight.values()) if (!request.complete) request.destroy();
        }, halfSentMs).unref();
      }
      if (closing) await closed.promise;
    },
  };
};

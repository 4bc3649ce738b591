import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export type FrontDoor = {
  url: string;
  /** Lets in nobody new, and resolves when every request under way is answered, or has had its time. */
  close(): Promise<void>;
};

/** The port cannot be had; the message says why. */
export class PortError extends Error {
  override readonly name = 'PortError';
}

/** Amazon API Gateway quotas for HTTP APIs: request line and headers together. */
const maxHeaderSize = 10_240;

/** How long a request under way may still take when the door closes: whoever pressed Ctrl-C waits. */
const patienceMs = 2_000;

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void>;

/** The one port that people use, on 127.0.0.1 alone. */
export const openFrontDoor = async (port: number, handle: Handler): Promise<FrontDoor> => {
  const underWay = new Set<ServerResponse>();
  const server = createServer({ maxHeaderSize }, (request, response) => {
    underWay.add(response);
    response.once('close', () => underWay.delete(response));
    const target = URL.parse(request.url ?? '', 'http://127.0.0.1');
    if (target === null) response.writeHead(400, { connection: 'close' }).end();
    else handle(request, response, target).catch(() => response.destroy());
  });
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new PortError(`port ${port} is taken: stop what listens there, or set PORT to another`, {
      cause: error,
    });
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      const answered = Promise.allSettled(Array.from(underWay, (response) => once(response, 'close')));
      await Promise.race([answered, delay(patienceMs, undefined, { ref: false })]);
      // What remains has sent nothing, or half a request, or was not answered in time.
      server.closeAllConnections();
      await closed;
    },
  };
};

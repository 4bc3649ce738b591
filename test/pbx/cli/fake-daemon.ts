import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

type Received = { method: string | undefined; path: string; body: unknown };
type Answer = { status: number; body: unknown } | 'hang';

/** What a daemon answers to the commands: what it is told to, by path. */
export const startFakeDaemon = async (answers: Record<string, Answer>) => {
  const received: Received[] = [];
  const bodyOf = async (request: IncomingMessage): Promise<unknown> => {
    const read = await text(request);
    return read === '' ? undefined : JSON.parse(read);
  };
  const server = createServer(async (request, response) => {
    const path = request.url ?? '';
    received.push({ method: request.method, path, body: await bodyOf(request) });
    const answer = answers[path] ?? { status: 404, body: {} };
    if (answer === 'hang') return;
    response
      .writeHead(answer.status, { 'content-type': 'application/json' })
      .end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    received,
    answers,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

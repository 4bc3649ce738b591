import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { PhoneOutcome } from 'pns-proxy-client';

type Received = {
  route: string;
  body: Record<string, unknown>;
  key: string | undefined;
  spoolOldestSeconds: unknown;
};
type Answer = { status: number; body: unknown };

/** One phone, which every push is taken for. */
const phone: PhoneOutcome = { fingerprint: '9f86d081', platform: 'fcm', accepted: true };

const answers: Record<string, (body: Record<string, unknown>) => unknown> = {
  '/register': () => ({ status: 'created', devices: 1 }),
  '/update': () => ({ updated: 1 }),
  '/delete': () => ({ deleted: 1 }),
  '/devices': () => ({ extension: '101', devices: [] }),
  '/push_call': ({ uuid }) => ({ devices: 1, accepted: 1, uuid, phones: [phone] }),
  '/push_cancel': ({ uuid }) => ({ devices: 1, accepted: 1, uuid, phones: [phone] }),
  '/push_message': () => ({ devices: 1, accepted: 1, uuid: '', phones: [phone] }),
};

const bodyOf = async (request: IncomingMessage): Promise<Record<string, unknown>> => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text === '' ? {} : JSON.parse(text);
};

/** An endpoint that says yes to all, or whatever it is told to, and keeps what it has received. */
export const createStandInEndpoint = () => {
  const received: Received[] = [];
  let mode: 'ok' | 'hang' | Answer = 'ok';
  const watchers = new Set<() => void>();
  let hanging = 0;
  let delayMs: (() => number) | undefined;

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const route = request.url?.replace(/\?.*/, '') ?? '';
    const body = await bodyOf(request);
    if (mode === 'hang') {
      hanging += 1;
      return;
    }
    const { authorization, 'x-pns-spool-oldest-seconds': spoolOldestSeconds } = request.headers;
    received.push({ route, body, key: authorization?.replace('Bearer ', ''), spoolOldestSeconds });
    if (delayMs !== undefined) await setTimeout(delayMs());
    for (const watcher of watchers) watcher();
    const given = mode === 'ok' ? { status: 200, body: answers[route]?.(body) } : mode;
    response
      .writeHead(given.body === undefined ? 404 : given.status, { 'content-type': 'application/json' })
      .end(JSON.stringify(given.body ?? { message: 'Not Found' }));
  };
  const server = createServer((request, response) => {
    answer(request, response).catch(() => request.destroy());
  });

  return {
    received,
    bodiesOf: (route: string) => received.filter((one) => one.route === route).map(({ body }) => body),
    /** How long it waits with each answer. */
    delay: (next: () => number) => {
      delayMs = next;
    },
    /** How many connections it has. */
    connections: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    /** How many requests have got no answer. */
    hanging: () => hanging,
    set: (next: 'ok' | 'hang' | Answer) => {
      mode = next;
    },
    /** @param port a free one by default */
    start: async (port = 0): Promise<{ url: string; port: number }> => {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      const { port: taken } = server.address() as AddressInfo;
      return { url: `http://127.0.0.1:${taken}`, port: taken };
    },
    stop: async (): Promise<void> => {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    /** Resolves once so many requests of a route have come. */
    until: (route: string, count: number): Promise<void> =>
      new Promise((resolve) => {
        const look = () => {
          if (received.filter((one) => one.route === route).length < count) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
  };
};

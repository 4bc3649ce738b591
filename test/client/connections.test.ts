import { getEventListeners, once } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { Attempt } from '../../client/src/index.ts';
import type { Received } from './support.ts';
import { call, clientOf, failureOf, gateway, ok, pushed, startServer } from './support.ts';

const answer = (response: { end(body: string): void }) => response.end(JSON.stringify(pushed));

/** A client with so many idle connections to a server. */
const warmed = async (count: number, then = ok as Parameters<typeof startServer>[0]) => {
  const waiting: (() => void)[] = [];
  const sockets: Socket[] = [];
  const together = (response: { end(body: string): void }, { socket }: Received) => {
    sockets.push(socket);
    waiting.push(() => answer(response));
    if (waiting.length === count) for (const go of waiting) go();
  };
  const attempts: Attempt[] = [];
  const server = await startServer(...Array.from({ length: count }, () => together), then);
  const agent = new HttpAgent({ keepAlive: true });
  const client = clientOf(server.url, {
    agent,
    attemptTimeoutMs: 2_000,
    onAttempt: (one) => attempts.push(one),
  });
  await Promise.all(Array.from({ length: count }, () => client.pushCall(call)));
  expect(Object.values(agent.freeSockets).flat()).toHaveLength(count);
  attempts.length = 0;
  return { server, client, agent, sockets, attempts };
};

describe('a connection', () => {
  it('is kept from request to request, whatever the answers were', async () => {
    const server = await startServer(
      ok,
      gateway(403),
      gateway(503),
      { status: 400, body: 'x'.repeat(99_999) },
      ok,
    );
    const client = clientOf(server.url);
    await client.pushCall(call);
    await failureOf(client.pushCall(call));
    await failureOf(client.pushCall(call));
    for (let round = 0; round < 10; round++) await client.pushCall(call);
    expect(server.requests).toHaveLength(14);
    expect(server.connectionCount()).toBe(1);
  });

  it.each([
    ['was reset', (socket: Socket) => socket.resetAndDestroy()],
    ['was closed', (socket: Socket) => socket.destroy()],
  ])('that %s while nobody looked, as in a frozen Lambda: the next one is new, at once', async (_, end) => {
    const { server, client, sockets, attempts } = await warmed(3);
    // No turn of the event loop between the two: the client cannot have noticed.
    for (const socket of sockets) end(socket);
    expect(await client.pushCall(call)).toEqual(pushed);
    expect(attempts).toMatchObject([
      { attempt: 1, code: 'network', retryInMs: 0 },
      { attempt: 2, status: 200 },
    ]);
    expect(server.connectionCount()).toBe(4);
    expect(server.requests).toHaveLength(4);
  });

  it('that leads nowhere any more: the try after it does not take another of the same age', async () => {
    const { server, client, attempts } = await warmed(3, (response, { connection }) => {
      if (connection > 3) answer(response);
    });
    expect(await client.pushCall(call)).toEqual(pushed);
    expect(attempts).toMatchObject([{ code: 'timeout' }, { status: 200 }]);
    expect(server.connectionCount()).toBe(4);
  });

  it('that is idle ends with close(), one in use does not, and the client may be used again', async () => {
    const released = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const { server, client, agent, sockets } = await warmed(2, async (response) => {
      begun.resolve();
      await released.promise;
      answer(response);
    });
    const inUse = client.pushCall(call);
    await begun.promise;
    client.close();
    await Promise.race(sockets.map((socket) => once(socket, 'close')));
    expect(Object.values(agent.freeSockets).flat()).toHaveLength(0);
    released.resolve();
    expect(await inUse).toEqual(pushed);
    expect(await client.pushCall(call)).toEqual(pushed);
    expect(server.connectionCount()).toBe(2);
  });
});

describe('100 calls', () => {
  it('leave no timer, each from its answer on', async () => {
    const server = await startServer(ok);
    const client = clientOf(server.url);
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    await Promise.all(Array.from({ length: 100 }, () => client.pushCall(call)));
    expect(timers()).toBeLessThan(before + 50);
  });

  it('leave nothing behind: no listener, socket, request or timer', async () => {
    const { signal } = new AbortController();
    const warnings: Error[] = [];
    const note = (warning: Error) => warnings.push(warning);
    process.on('warning', note);
    const server = await startServer((response, { body }) => {
      const turn = Number(String(body['callId']).split('-')[1]) % 4;
      if (turn === 0) return answer(response);
      if (turn === 1) return response.destroy();
      if (turn === 2) response.writeHead(403).end();
      // And one in four is never answered.
    });
    const agent = new HttpAgent({ keepAlive: true });
    const client = clientOf(server.url, { agent, deadlineMs: 3_000, attemptTimeoutMs: 2_500 });
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const one = (_: unknown, turn: number) => client.pushCall({ to: '1', callId: `c-${turn}` }, { signal });
    const outcomes = await Promise.allSettled(Array.from({ length: 100 }, one));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(25);
    expect(timers()).toBeLessThanOrEqual(before);
    expect(getEventListeners(signal, 'abort')).toEqual([]);

    client.close();
    const kept = () =>
      [agent.sockets, agent.freeSockets, agent.requests].flatMap((pool) => Object.keys(pool));
    await vi.waitFor(() => expect(kept()).toEqual([]));
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('one after another add no listener to the connection that they share', async () => {
    const { client, agent } = await warmed(1);
    const listeners = () => {
      const [socket] = Object.values(agent.freeSockets).flat();
      return socket?.eventNames().map((name) => [name, socket.listenerCount(name)]);
    };
    const before = listeners();
    for (let round = 0; round < 100; round++) await client.pushCall(call);
    expect(listeners()).toEqual(before);
  });
});

import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { call, clientOf, failureOf, gateway, ok, startRawServer, startServer } from './support.ts';

const aborted = { code: 'aborted', retryable: true };

describe('an AbortSignal', () => {
  it('that was aborted before: nothing is sent', async () => {
    const server = await startServer(ok);
    const signal = AbortSignal.abort();
    expect(await failureOf(clientOf(server.url).pushCall(call, { signal }))).toMatchObject({
      ...aborted,
      unknown: false,
      attempts: 0,
    });
    expect(server.connectionCount()).toBe(0);
  });

  it('that is none, such as its controller, is a wrong request, and nothing is sent', async () => {
    const server = await startServer(ok);
    const signal = new AbortController() as unknown as AbortSignal;
    expect(await failureOf(clientOf(server.url).pushCall(call, { signal }))).toMatchObject({
      code: 'invalid-request',
      retryable: false,
      attempts: 0,
    });
    expect(server.connectionCount()).toBe(0);
  });

  it('ends the try in flight, and its connection', async () => {
    const controller = new AbortController();
    const closed = Promise.withResolvers<void>();
    const server = await startServer((_, { socket }) => {
      socket.once('close', () => closed.resolve());
      controller.abort();
    });
    const { signal } = controller;
    expect(await failureOf(clientOf(server.url).pushCall(call, { signal }))).toMatchObject({
      ...aborted,
      unknown: true,
      attempts: 1,
    });
    await closed.promise;
    expect(server.requests).toHaveLength(1);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends it while it connects: nothing was sent', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    // The handshake is never answered.
    const server = await startRawServer((socket) => socket.once('data', () => controller.abort()));
    const client = clientOf(server.url.replace('http:', 'https:'));
    expect(await failureOf(client.pushCall(call, { signal }))).toMatchObject({ ...aborted, unknown: false });
  });

  it('ends it in the middle of the answer', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const server = await startServer((response) => {
      response.write('{"devices":', () => controller.abort());
    });
    expect(await failureOf(clientOf(server.url).pushCall(call, { signal }))).toMatchObject({
      ...aborted,
      unknown: true,
    });
  });

  it('ends a pause', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const server = await startServer(gateway(429, { 'retry-after': '90' }), ok);
    const client = clientOf(server.url, {
      deadlineMs: 120_000,
      onAttempt: () => queueMicrotask(() => controller.abort()),
    });
    expect(await failureOf(client.devices('101', { signal }))).toMatchObject({
      ...aborted,
      status: 429,
      unknown: false,
      attempts: 1,
    });
    expect(server.requests).toHaveLength(1);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('of a whole program’s life gathers no listeners', async () => {
    const { signal } = new AbortController();
    const server = await startServer(gateway(503), ok);
    const client = clientOf(server.url);
    const during: number[] = [];
    for (let round = 0; round < 30; round++) {
      const request = client.pushCall(call, { signal });
      during.push(getEventListeners(signal, 'abort').length);
      await request;
    }
    expect(Math.max(...during)).toBeLessThanOrEqual(1);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

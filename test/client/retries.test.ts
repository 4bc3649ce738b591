import { Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../client/src/index.ts';
import {
  call,
  clientOf,
  closedPort,
  failureOf,
  gateway,
  knownPauses,
  ok,
  problem,
  pushed,
  startRawServer,
  startServer,
  twoTriesMs,
} from './support.ts';

/** Timers may be a millisecond early. */
const nearly = (milliseconds: number) => milliseconds - 2;

describe('what is tried again', () => {
  it.each([
    ['429 of the functions', problem(429, 'too-many-calls', true)],
    ['500 of the functions', problem(500, 'internal', true)],
    ['503 of the functions', problem(503, 'unavailable', true)],
    ['whatever else the functions call retryable', problem(409, 'some-conflict', true)],
    ['429 of API Gateway', gateway(429)],
    ['500 of API Gateway', gateway(500)],
    ['503 of API Gateway', gateway(503)],
    ['502 of something on the way', { status: 502, body: '<html>Bad Gateway</html>' }],
  ])('%s', async (_, reply) => {
    const server = await startServer(reply, reply, ok);
    expect(await clientOf(server.url).pushCall(call)).toEqual(pushed);
    expect(server.requests).toHaveLength(3);
  });

  it('with stopIfUnknown, what certainly had no effect, and nothing else', async () => {
    const throttled = await startServer(gateway(429), ok);
    expect(await clientOf(throttled.url).pushCall(call, { stopIfUnknown: true })).toEqual(pushed);

    const broken = await startServer(gateway(503), ok);
    const error = await failureOf(clientOf(broken.url).pushCall(call, { stopIfUnknown: true }));
    expect(error).toMatchObject({ code: 'gateway-503', unknown: true, retryable: true, attempts: 1 });
    expect(broken.requests).toHaveLength(1);
  });

  it('not a 5xx that the functions call final', async () => {
    const server = await startServer(problem(500, 'broken-for-good', false), ok);
    expect(await failureOf(clientOf(server.url).pushCall(call))).toMatchObject({
      code: 'broken-for-good',
      unknown: true,
      attempts: 1,
    });
    expect(server.requests).toHaveLength(1);
  });

  it('a connection that is refused: nothing was sent, and the cause says why', async () => {
    knownPauses();
    const error = await failureOf(clientOf(await closedPort(), { deadlineMs: twoTriesMs }).pushCall(call));
    expect(error).toMatchObject({
      code: 'network',
      status: undefined,
      retryable: true,
      unknown: false,
      attempts: 2,
      cause: { code: 'ECONNREFUSED', message: expect.stringMatching(/^connect ECONNREFUSED 127\.0\.0\.1:/) },
    });
  });

  it.each([
    ['before the answer', '', 'network'],
    ['in the middle of its headers', 'HTTP/1.1 200 OK\r\ncontent-', 'network'],
    ['in the middle of its body', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{', 'invalid-answer'],
  ])('a connection that is reset %s', async (_, begun, code) => {
    const reset = await startRawServer((socket) =>
      socket.once('data', () => socket.write(begun || '', () => socket.resetAndDestroy())),
    );
    knownPauses();
    const error = await failureOf(clientOf(reset.url, { deadlineMs: twoTriesMs }).pushCall(call));
    expect(error).toMatchObject({ code, retryable: true, unknown: true, attempts: 2 });

    const body = JSON.stringify(pushed);
    const mended = await startRawServer((socket, connection) =>
      socket.once('data', () =>
        connection < 3
          ? socket.write(begun, () => socket.resetAndDestroy())
          : socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`),
      ),
    );
    expect(await clientOf(mended.url).pushCall(call)).toEqual(pushed);
    expect(mended.connectionCount()).toBe(3);
  });
});

describe('an endpoint that hangs', () => {
  it('is tried anew each time that a try takes too long, and no connection is left open', async () => {
    const ends: Promise<unknown>[] = [];
    const server = await startRawServer((socket) => {
      socket.resume();
      ends.push(new Promise((resolve) => socket.once('close', resolve)));
    });
    const client = clientOf(server.url, { attemptTimeoutMs: 100, deadlineMs: 1_500 });
    const error = await failureOf(client.pushCall(call));
    expect(error).toMatchObject({ code: 'deadline', status: undefined, retryable: true, unknown: true });
    expect(error.attempts).toBeGreaterThan(1);
    expect(server.connectionCount()).toBe(error.attempts);
    await Promise.all(ends);
  });

  it('or drips: the limit holds up to the last byte', async () => {
    const server = await startServer((response) => {
      response.write('{"devices"');
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    }, ok);
    const client = clientOf(server.url, { attemptTimeoutMs: 150 });
    expect(await client.pushCall(call)).toEqual(pushed);
    expect(server.requests).toHaveLength(2);
  });

  it('that hangs after it has answered: the deadline passes in mid-retry', async () => {
    const server = await startServer(problem(429, 'too-many-calls', true), 'never');
    const begunAt = performance.now();
    const error = await failureOf(clientOf(server.url, { deadlineMs: 800 }).pushCall(call));
    expect(performance.now() - begunAt).toBeGreaterThanOrEqual(nearly(800));
    // What is known of the last answer, and that the last try may yet succeed.
    expect(error).toMatchObject({
      code: 'deadline',
      status: 429,
      requestId: 'r-1',
      unknown: true,
      attempts: 2,
    });
  });

  it('sends nothing after it, though nothing told of it: the process was kept busy while the connection came', async () => {
    const server = await startServer(ok);
    class BusyAgent extends Agent {
      override createConnection(...given: Parameters<Agent['createConnection']>) {
        const socket = super.createConnection(...given);
        socket?.once('connect', () => {
          const until = performance.now() + 150;
          while (performance.now() < until);
        });
        return socket;
      }
    }
    const client = clientOf(server.url, { agent: new BusyAgent(), deadlineMs: 100 });
    expect(await failureOf(client.pushCall(call))).toMatchObject({ code: 'deadline', unknown: false });
    expect(server.requests).toEqual([]);
  });

  it('or only seems to: an answer counts that came while the process itself was held up', async () => {
    const attempts: Attempt[] = [];
    const server = await startServer((response) => {
      response.end(JSON.stringify(pushed));
      const until = performance.now() + 1_000;
      while (performance.now() < until);
    }, ok);
    const client = clientOf(server.url, { deadlineMs: 1_000, onAttempt: (one) => attempts.push(one) });
    expect(await client.pushCall(call)).toEqual(pushed);
    expect(await client.pushCall(call)).toEqual(pushed);
    expect(attempts).toMatchObject([{ status: 200 }, { status: 200 }]);
    expect(server.connectionCount()).toBe(1);
  });

  it('a deadline of the request’s own', async () => {
    const server = await startServer('never');
    const error = await failureOf(clientOf(server.url).pushCall(call, { deadlineMs: 100 }));
    expect(error).toMatchObject({ code: 'deadline', attempts: 1 });
  });

  it.each([0, -1, Number.NaN])('no time at all: nothing is sent with %s ms', async (deadlineMs) => {
    const server = await startServer(ok);
    expect(await failureOf(clientOf(server.url).pushCall(call, { deadlineMs }))).toMatchObject({
      code: 'deadline',
      unknown: false,
      attempts: 0,
    });
    expect(server.connectionCount()).toBe(0);
  });

  it('all the time there is', async () => {
    const server = await startServer(ok);
    const client = clientOf(server.url, { deadlineMs: Infinity, attemptTimeoutMs: Infinity });
    expect(await client.pushCall(call)).toEqual(pushed);
  });
});

describe('whether a request may have taken effect', () => {
  it('is not forgotten when a later try is refused', async () => {
    const server = await startServer((response) => response.destroy(), gateway(403));
    expect(await failureOf(clientOf(server.url).pushCall(call))).toMatchObject({
      code: 'gateway-403',
      unknown: true,
      attempts: 2,
    });
  });

  it.each([
    [429, false],
    [500, true],
    [503, true],
  ])('%i: %s', async (status, unknown) => {
    const server = await startServer(gateway(status, { 'retry-after': '20' }));
    const error = await failureOf(clientOf(server.url).pushCall(call));
    expect(error).toMatchObject({ code: `gateway-${status}`, retryable: true, unknown });
  });
});

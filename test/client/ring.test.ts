import { Agent } from 'node:http';
import { describe, expect, it } from 'vitest';
import { call, clientOf, failureOf, gateway, ok, problem, pushed, startServer } from './support.ts';

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const busy = problem(503, 'unavailable', true);

/** An agent that takes its time to connect. */
const slowAgent = (delayMs: number) =>
  new Agent({
    keepAlive: true,
    lookup: (_, options, callback) => {
      const found = { address: '127.0.0.1', family: 4 };
      setTimeout(() => {
        if (options.all) callback(null, [found]);
        else callback(null, found.address, found.family);
      }, delayMs);
    },
  });

describe('ringSeconds', () => {
  it.each([
    [25, 25],
    [undefined, 30],
  ])('%s is lowered on every try by what has passed since the call of the method', async (given, full) => {
    const server = await startServer(busy, busy, busy, ok);
    const calledAt = performance.now();
    const request = { to: '101', ...(given !== undefined && { ringSeconds: given }) };
    expect(await clientOf(server.url).pushCall(request)).toEqual(pushed);

    const sent = server.requests.map(({ body, at }) => ({
      ring: Number(body['ringSeconds']),
      at: at - calledAt,
    }));
    expect(sent).toHaveLength(4);
    let earlier = 0;
    for (const { ring, at } of sent) {
      expect(ring).toBeLessThanOrEqual(full - earlier / 1_000);
      expect(ring).toBeGreaterThanOrEqual(full - at / 1_000 - 0.001);
      earlier = at;
    }
  });

  it('counts what it took to connect', async () => {
    const server = await startServer(ok);
    const url = server.url.replace('127.0.0.1', 'localhost');
    await clientOf(url, { agent: slowAgent(200) }).pushCall(call);
    expect(server.requests[0]?.body['ringSeconds']).toBeLessThanOrEqual(25 - 0.198);
  });

  it.each([0, 1, 2.9, 3, -5])('of %s s is too little: nothing is sent', async (ringSeconds) => {
    const server = await startServer(ok);
    expect(await failureOf(clientOf(server.url).pushCall({ ...call, ringSeconds }))).toMatchObject({
      code: 'expired',
      retryable: false,
      unknown: false,
      attempts: 0,
    });
    expect(server.connectionCount()).toBe(0);
  });

  it('that runs out between two tries: nothing is sent any more', async () => {
    const server = await startServer(busy);
    const error = await failureOf(clientOf(server.url).pushCall({ ...call, ringSeconds: 3.4 }));
    expect(error).toMatchObject({ code: 'expired', status: 503, retryable: false, unknown: true });
    expect(server.requests).not.toEqual([]);
    for (const { body } of server.requests) expect(body['ringSeconds']).toBeGreaterThanOrEqual(3);
  });

  it('that would run out in a pause: there is no pause', async () => {
    const server = await startServer(gateway(429, { 'retry-after': '10' }));
    const error = await failureOf(
      clientOf(server.url, { deadlineMs: 29_000 }).pushCall({ ...call, ringSeconds: 12 }),
    );
    expect(error).toMatchObject({
      code: 'expired',
      status: 429,
      requestId: 'gw-1',
      unknown: false,
      attempts: 1,
    });
  });

  it('that runs out while it connects: nothing is sent', async () => {
    const server = await startServer(ok);
    const url = server.url.replace('127.0.0.1', 'localhost');
    const client = clientOf(url, { agent: slowAgent(300) });
    expect(await failureOf(client.pushCall({ ...call, ringSeconds: 3.2 }))).toMatchObject({
      code: 'expired',
      unknown: false,
      attempts: 1,
    });
    expect(server.requests).toEqual([]);
  });

  it('that is none is the server’s to refuse', async () => {
    const server = await startServer(problem(400, 'invalid-request', false));
    const error = await failureOf(clientOf(server.url).pushCall({ ...call, ringSeconds: Number.NaN }));
    expect(error.code).toBe('invalid-request');
  });
});

describe('the same request on every try', () => {
  const sentFrom = async (send: (client: ReturnType<typeof clientOf>) => Promise<unknown>) => {
    const server = await startServer(busy, (response) => response.destroy(), ok);
    await send(clientOf(server.url));
    expect(server.requests).toHaveLength(3);
    return server.requests.map(({ body }) => body);
  };
  const only = (values: unknown[]) => {
    expect(new Set(values).size).toBe(1);
    return values[0];
  };

  it('a call without UUID gets one', async () => {
    const first = await sentFrom((client) => client.pushCall({ to: '101' }));
    expect(only(first.map(({ uuid }) => uuid))).toMatch(uuidForm);
    // What the PBX left empty is not there.
    const second = await sentFrom((client) => client.pushCall({ to: '101', callId: '', uuid: '' }));
    expect(only(second.map(({ uuid }) => uuid))).toMatch(uuidForm);
    expect(second[0]?.['uuid']).not.toBe(first[0]?.['uuid']);
  });

  it('a call with a call ID gets none: the server makes it of the call ID, and so a cancel finds it', async () => {
    const bodies = await sentFrom((client) => client.pushCall({ to: '101', callId: 'abc@pbx' }));
    for (const body of bodies) expect(body).not.toHaveProperty('uuid');
    expect(only(bodies.map(({ callId }) => callId))).toBe('abc@pbx');
  });

  it('a UUID that is given is kept', async () => {
    const bodies = await sentFrom((client) => client.pushCall({ ...call, callId: 'abc@pbx' }));
    expect(only(bodies.map(({ uuid }) => uuid))).toBe(call.uuid);
  });

  it('a message without messageId gets one', async () => {
    const message = { to: '101', from: '100', kind: 'message', text: 'Hi' } as const;
    const bodies = await sentFrom((client) => client.pushMessage(message));
    expect(only(bodies.map(({ messageId }) => messageId))).toMatch(uuidForm);
    const own = await sentFrom((client) => client.pushMessage({ ...message, messageId: 'm-1' }));
    expect(only(own.map(({ messageId }) => messageId))).toBe('m-1');
  });

  it('what the caller changes meanwhile does not get in', async () => {
    const request = { ...call };
    const server = await startServer((response) => {
      request.to = 'somebody-else';
      response.destroy();
    }, ok);
    await clientOf(server.url).pushCall(request);
    expect(server.requests.map(({ body }) => body['to'])).toEqual(['101', '101']);
  });
});

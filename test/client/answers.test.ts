import { describe, expect, it } from 'vitest';
import { call, clientOf, failureOf, gateway, key, ok, problem, pushed, startServer } from './support.ts';

describe('what is sent', () => {
  const token = 'APA91b-a-token';
  it.each([
    ['register', { extension: '101', token, platform: 'fcm' }, { status: 'created', devices: 1 }],
    ['update', { oldToken: token, newToken: `${token}-2` }, { updated: 1 }],
    ['delete', { token }, { deleted: 0 }],
    ['pushCancel', { to: '101', uuid: pushed.uuid, reason: 'timed_out' }, pushed],
    ['pushMessage', { to: '101', from: '100', kind: 'message', text: 'Hi', messageId: 'm-1' }, pushed],
  ] as const)('%s', async (method, request, result) => {
    const server = await startServer({ status: 200, body: result });
    const client = clientOf(server.url);
    // Each method takes a request of its own; the table pairs them.
    const send = client[method] as (request: object) => Promise<unknown>;
    expect(await send(request)).toEqual(result);
    expect(server.requests).toHaveLength(1);
    const [sent] = server.requests;
    expect(sent).toMatchObject({
      method: 'POST',
      path: `/${method.replace(/[A-Z]/, (letter) => `_${letter.toLowerCase()}`)}`,
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'user-agent': 'pns-proxy-client',
      },
    });
    expect(sent?.body).toEqual(request);
  });

  it('devices, with the key and without a body', async () => {
    const body = { extension: '101', devices: [] };
    const server = await startServer({ status: 200, body });
    expect(await clientOf(server.url).devices('101')).toEqual(body);
    const [{ method, path, headers } = {}] = server.requests;
    expect([method, path]).toEqual(['GET', '/devices?extension=101']);
    expect(headers).toMatchObject({ authorization: `Bearer ${key}` });
    expect(headers).not.toHaveProperty('transfer-encoding');
    expect(headers).not.toHaveProperty('content-length');
  });

  it('nothing, where the request is no JSON', async () => {
    const server = await startServer(ok);
    const broken = { to: '101', toJSON: () => Object(1n) };
    expect(await failureOf(clientOf(server.url).pushCancel(broken as never))).toMatchObject({
      code: 'invalid-request',
      retryable: false,
      attempts: 0,
    });
    expect(server.requests).toEqual([]);
  });
});

describe('a refusal is tried once, and told with what was wrong and where', () => {
  it('by the functions', async () => {
    const errors = [{ path: 'line', expected: 'a whole number from 1 to 99' }];
    const server = await startServer(
      problem(400, 'invalid-request', false, { detail: 'line: a whole number from 1 to 99', errors }),
    );
    const error = await failureOf(clientOf(server.url).pushCall(call));
    expect(error).toMatchObject({
      name: 'PnsProxyError',
      message: 'push_call: answered 400, invalid-request: line: a whole number from 1 to 99',
      code: 'invalid-request',
      status: 400,
      requestId: 'r-1',
      retryable: false,
      unknown: false,
      attempts: 1,
      errors,
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([400, 401, 403, 404, 408, 413, 431, 451])('by API Gateway: %i', async (status) => {
    const server = await startServer(gateway(status));
    expect(await failureOf(clientOf(server.url).pushCall(call))).toMatchObject({
      code: `gateway-${status}`,
      status,
      requestId: 'gw-1',
      retryable: false,
      unknown: false,
      attempts: 1,
      errors: [],
    });
    expect(server.requests).toHaveLength(1);
  });

  it.each([301, 302, 307, 308])('by a redirect, which is not followed: %i', async (status) => {
    const elsewhere = await startServer(ok);
    const server = await startServer({ status, headers: { location: `${elsewhere.url}/push_call` } });
    expect(await failureOf(clientOf(server.url).pushCall(call))).toMatchObject({
      code: `gateway-${status}`,
      message: expect.stringContaining('redirect'),
      retryable: false,
      unknown: false,
    });
    expect(server.requests).toHaveLength(1);
    expect(elsewhere.requests).toEqual([]);
  });

  it.each([
    ['null', 'null'],
    ['a list', '[]'],
    ['a code that is none', '{"code":"Shouting\\n","retryable":true}'],
    ['a code alone', '{"code":"unknown-token"}'],
    ['HTML', '<html>'],
    ['nothing', ''],
  ])('by something that answers %s', async (_, body) => {
    const server = await startServer({ status: 404, body });
    const error = await failureOf(clientOf(server.url).pushCall(call));
    expect(error).toMatchObject({ code: 'gateway-404', retryable: false, attempts: 1 });
    expect(error.requestId).toBeUndefined();
  });
});

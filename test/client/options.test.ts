import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createClient } from '../../client/src/index.ts';
import { clientOf, key, ok, startServer } from './support.ts';

describe('url', () => {
  it.each([
    'https://push.example.com',
    'https://push.example.com/',
    'https://push.example.com:8443/stage',
    'HTTPS://PUSH.example.com',
    'http://localhost:8080',
    'http://127.0.0.1:1/stage/',
    'http://127.1.2.3',
    'http://[::1]:8080',
  ])('takes %s', (url) => {
    expect(() => createClient({ url, key })).not.toThrow();
  });

  it.each([
    ['', 'such as'],
    ['push.example.com', 'such as'],
    ['push.example.com:443', 'expected https:'],
    ['http://push.example.com', 'expected https:'],
    ['http://localhost.example.com', 'expected https:'],
    ['http://127.0.0.1.example.com', 'expected https:'],
    ['http://[::2]', 'expected https:'],
    ['file:///etc/passwd', 'expected https:'],
    ['https://somebody:hunter2@push.example.com', 'no user name'],
    ['https://push.example.com?stage=hunter2', 'query'],
    ['https://push.example.com/#hunter2', 'fragment'],
  ])('refuses %j, and says why without repeating it', (url, why) => {
    expect(() => createClient({ url, key })).toThrow(TypeError);
    expect(() => createClient({ url, key })).toThrow(new RegExp(`^url: .*${why}`));
    expect(() => createClient({ url, key })).not.toThrow(/hunter2/);
  });

  it.each([
    ['', ''],
    ['/', ''],
    ['/stage', '/stage'],
    ['/a/b//', '/a/b'],
  ])('with the base path %j', async (path, base) => {
    const server = await startServer(ok, { status: 200, body: { extension: '1', devices: [] } });
    const client = clientOf(server.url + path);
    await client.pushCall({ to: '101' });
    await client.devices('*98+1@a');
    expect(server.requests.map((request) => request.path)).toEqual([
      `${base}/push_call`,
      `${base}/devices?extension=*98%2B1%40a`,
    ]);
  });
});

describe('the other options', () => {
  const url = 'https://push.example.com';

  it.each([
    ['nothing', ''],
    ['a line break', `${key}\n`],
    ['a header of its own', `${key}\r\nx-evil: 1`],
    ['a space', `Bearer ${key}`],
    ['another alphabet', `${key}ž`],
  ])('a key with %s is refused, and not shown', (_, wrong) => {
    expect(() => createClient({ url, key: wrong })).toThrow(/^key: expected/);
    expect(() => createClient({ url, key: wrong })).not.toThrow(/pns_/);
  });

  it.each([0, -1, Number.NaN])('no time at all: %s', (wrong) => {
    expect(() => createClient({ url, key, deadlineMs: wrong })).toThrow(/^deadlineMs: expected milliseconds/);
    expect(() => createClient({ url, key, attemptTimeoutMs: wrong })).toThrow(/^attemptTimeoutMs: /);
  });

  it('a client shows nothing of its key', () => {
    expect(inspect(createClient({ url, key }), { depth: 9, showHidden: true })).not.toContain(key);
  });
});

it.each([
  ['agent', { agent: {} }],
  ['agent', { agent: 5 }],
  ['onAttempt', { onAttempt: 5 }],
])('refuses a wrong %s', (name, wrong) => {
  const options = { url: 'https://push.example.com', key, ...wrong } as never;
  expect(() => createClient(options)).toThrow(TypeError);
  expect(() => createClient(options)).toThrow(new RegExp(`^${name}: expected `));
});

describe('headers', () => {
  const sentWith = async (headers: () => never) => {
    const server = await startServer(ok);
    await clientOf(server.url, { headers }).pushCall({ to: '101' });
    return server.requests[0]?.headers;
  };

  it('are asked for before each attempt', async () => {
    const server = await startServer({ status: 503 }, ok);
    let asked = 0;
    const headers = () => ({ 'X-Attempt': String(++asked) });
    await clientOf(server.url, { headers }).pushCall({ to: '101' });
    expect(server.requests.map((request) => request.headers['x-attempt'])).toEqual(['1', '2']);
  });

  it.each([
    ['of the client’s own names', { authorization: 'Bearer other', 'user-agent': 'other', host: 'other' }],
    ['that HTTP does not allow', { 'x-a': 'a\r\nx-b: b', 'x c': 'c', 'x-d': '\u20ac', 'x-e': 1 }],
    ['that are none', null],
  ])('%s are left out', async (_, headers) => {
    const sent = await sentWith(() => headers as never);
    expect(sent).toMatchObject({ authorization: `Bearer ${key}`, 'user-agent': 'pns-proxy-client' });
    expect(Object.keys(sent ?? {}).filter((name) => name.startsWith('x'))).toEqual([]);
    expect(sent?.host).not.toBe('other');
  });

  it('that throw are left out', async () => {
    const sent = await sentWith(() => {
      throw new Error('no headers');
    });
    expect(sent).toMatchObject({ authorization: `Bearer ${key}` });
  });

  it('that are promised are left out, and where the promise is broken nothing else is', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const sent = await sentWith((async () => {
      throw new Error('no headers');
    }) as () => never);
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(sent).toMatchObject({ authorization: `Bearer ${key}` });
    expect(unhandled).toEqual([]);
  });

  it('must be a function', () => {
    const options = { url: 'https://push.example.com', key, headers: {} as never };
    expect(() => createClient(options)).toThrow('headers: expected a function');
  });
});

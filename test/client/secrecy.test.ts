import type { ServerResponse } from 'node:http';
import { Agent } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Attempt, Client } from '../../client/src/index.ts';
import type { Received } from './support.ts';
import { clientOf, closedPort, failureOf, key, startServer } from './support.ts';

/** As long as they are: an ID has no room for one. */
const token = `${'a-very-secret-push-token'.repeat(4)}:APA91b`;
const text = 'Meet me at noon';
const from = '+38761222333';
const fromName = 'Zlata Zlatić';
const deviceName = 'Zlata’s phone';
const otherToken = 'another-token:APA91b';
const phone = { extension: '101', token: otherToken, platform: 'fcm' } as const;
const message = { to: '101', from: '102', kind: 'message' } as const;

/** Each by itself: an echo of several is dropped for any of them. */
const secrets: [string, (client: Client) => Promise<unknown>][] = [
  [key, (client) => client.devices('101')],
  [key, (client) => client.pushCall({ to: '101' })],
  [token, (client) => client.register({ ...phone, token })],
  [deviceName, (client) => client.register({ ...phone, deviceName })],
  [token, (client) => client.update({ oldToken: token, newToken: otherToken })],
  [token, (client) => client.update({ oldToken: otherToken, newToken: token })],
  [token, (client) => client.delete({ token })],
  [from, (client) => client.pushCall({ to: '101', from })],
  [fromName, (client) => client.pushCall({ to: '101', fromName })],
  [from, (client) => client.pushMessage({ ...message, from })],
  [fromName, (client) => client.pushMessage({ ...message, fromName })],
  [text, (client) => client.pushMessage({ ...message, text })],
];

type Echo = (response: ServerResponse, received: Received, secret: string) => void;

/** Where an error would look for its words. */
const wordsOf = (secret: string) => {
  const said = `not ${secret}`;
  return { detail: said, title: said, message: said, errors: [{ path: said, expected: said }] };
};

const servers: [string, Echo][] = [
  [
    'a problem',
    (response, _, secret) => {
      response.writeHead(400, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify({ ...wordsOf(secret), code: 'invalid-request', retryable: false }));
    },
  ],
  [
    'a gateway’s message',
    (response, _, secret) => void response.writeHead(403).end(JSON.stringify(wordsOf(secret))),
  ],
  ['an answer that is none', (response, _, secret) => void response.end(secret)],
  ['an answer that is not even HTTP', (_, { socket }, secret) => void socket.end(secret)],
  ['a broken connection', (response) => void response.destroy()],
  ['silence', () => {}],
];

const expectNothingIn = (error: Error, attempts: Attempt[], secret: string) => {
  const shown = [
    inspect(error, { depth: null, showHidden: true, getters: true }),
    String(error),
    error.stack,
    JSON.stringify(error),
    JSON.stringify(Object.getOwnPropertyDescriptors(error)),
    inspect(attempts, { depth: null }),
  ].join('\n');
  // As bytes, too.
  const bytes = Buffer.from(secret.slice(0, 12))
    .toString('hex')
    .replace(/(..)(?=.)/g, '$1 ');
  for (const hidden of [secret, bytes, 'Bearer']) expect(shown).not.toContain(hidden);
};

describe('no key, token, text or name in an error or an attempt', () => {
  it.each(servers)('where the server answers with %s', async (_, answer) => {
    const tell = async ([secret, request]: (typeof secrets)[number]) => {
      const server = await startServer((response, received) => answer(response, received, secret));
      const attempts: Attempt[] = [];
      const client = clientOf(server.url, { deadlineMs: 1_000, onAttempt: (one) => attempts.push(one) });
      expectNothingIn(await failureOf(request(client)), attempts, secret);
      const [asked] = server.requests;
      expect([asked?.headers.authorization, ...Object.values(asked?.body ?? {})].join()).toContain(secret);
    };
    await Promise.all(secrets.map(tell));
  });

  it.each([
    ['header', (secret: string) => ({ 'apigw-requestid': secret }), () => ({})],
    ['body', () => ({}), (secret: string) => ({ requestId: secret })],
  ])('where a key or token comes as the request ID of the %s', async (_, headers, more) => {
    for (const [secret, request] of secrets.filter(([secret]) => secret === key || secret === token)) {
      const body = { code: 'invalid-request', retryable: false, ...more(secret) };
      const server = await startServer({ status: 400, headers: headers(secret), body });
      const attempts: Attempt[] = [];
      const client = clientOf(server.url, { onAttempt: (one) => attempts.push(one) });
      expectNothingIn(await failureOf(request(client)), attempts, secret);
    }
  });

  it('where nobody listens', async () => {
    const client = clientOf(await closedPort(), { deadlineMs: 50 });
    for (const [secret, request] of secrets) expectNothingIn(await failureOf(request(client)), [], secret);
  });

  it.each([
    ['no code', {}],
    ['a number as its code', { code: 7 }],
    ['a code', { code: 'E_ODD' }],
  ])('where an agent fails with what it knows, and %s', async (_, more) => {
    for (const [secret, request] of secrets) {
      class Odd extends Agent {
        override createConnection(): never {
          throw Object.assign(new Error(secret), more);
        }
      }
      const client = clientOf('http://127.0.0.1:1', { agent: new Odd(), deadlineMs: 50 });
      const error = await failureOf(request(client));
      expect(error).toMatchObject({ code: 'network', unknown: false });
      expectNothingIn(error, [], secret);
    }
  });

  it('but what the server says without them', async () => {
    const detail = 'text: a text of at most 1000 characters';
    const server = await startServer({
      status: 400,
      body: { code: 'invalid-request', retryable: false, detail },
    });
    const error = await failureOf(clientOf(server.url).pushMessage({ ...message, from, text }));
    expect(error.message).toBe(`push_message: answered 400, invalid-request: ${detail}`);
  });
});

import type { ServerResponse } from 'node:http';
import { Agent } from 'node:http';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { Attempt, Client } from '../../client/src/index.ts';
import type { Received } from './support.ts';
import { clientOf, closedPort, failureOf, key, startServer } from './support.ts';

const token = 'a-very-secret-push-token:APA91b';
const text = 'Meet me at noon';
const from = '+38761222333';
const fromName = 'Zlata Zlatić';
const deviceName = 'Zlata’s phone';

const requests: ((client: Client) => Promise<unknown>)[] = [
  (client) => client.register({ extension: '101', token, platform: 'fcm', deviceName }),
  (client) => client.update({ oldToken: token, newToken: token }),
  (client) => client.delete({ token }),
  (client) => client.pushCall({ to: '101', from, fromName }),
  (client) => client.pushMessage({ to: '101', from, fromName, kind: 'message', text }),
];

const hidden = [key, token, text, from, fromName, deviceName, 'Bearer'];

/** Something that answers with all it was asked, where an error would look for its words. */
const echo = (response: ServerResponse, { headers, body }: Received) => {
  const all = `${headers.authorization} ${Object.values(body).join(' ')}`;
  const words = { detail: all, title: all, message: all, errors: [{ path: all, expected: all }] };
  return { response, all, words };
};

const servers: [string, (response: ServerResponse, received: Received) => void][] = [
  [
    'a problem',
    (...received) => {
      const { response, words } = echo(...received);
      const { authorization = '' } = received[1].headers;
      const requestId = authorization.replace('Bearer ', '');
      response.writeHead(400, { 'content-type': 'application/problem+json', 'apigw-requestid': requestId });
      response.end(JSON.stringify({ ...words, code: 'invalid-request', retryable: false, requestId }));
    },
  ],
  [
    'a gateway’s message',
    (...received) => {
      const { response, words } = echo(...received);
      response.writeHead(403).end(JSON.stringify(words));
    },
  ],
  [
    'an answer that is none',
    (...received) => {
      const { response, all } = echo(...received);
      response.end(all);
    },
  ],
  [
    'an answer that is not even HTTP',
    (...received) => {
      const { all } = echo(...received);
      received[1].socket.end(all);
    },
  ],
  ['a broken connection', (response) => response.destroy()],
  ['silence', () => {}],
];

const expectNothingIn = (error: Error, attempts: Attempt[]) => {
  const shown = [
    inspect(error, { depth: null, showHidden: true, getters: true }),
    String(error),
    error.stack,
    JSON.stringify(error),
    JSON.stringify(Object.getOwnPropertyDescriptors(error)),
    inspect(attempts, { depth: null }),
  ].join('\n');
  for (const secret of hidden) {
    expect(shown).not.toContain(secret);
    // As bytes, too.
    expect(shown).not.toContain(
      Buffer.from(secret.slice(0, 12))
        .toString('hex')
        .replace(/(..)(?=.)/g, '$1 '),
    );
  }
};

describe('no key, token, text or name in an error or an attempt', () => {
  it.each(servers)('where the server answers with %s', async (_, answer) => {
    const server = await startServer(answer);
    const attempts: Attempt[] = [];
    const client = clientOf(server.url, { deadlineMs: 250, onAttempt: (one) => attempts.push(one) });
    for (const request of requests) expectNothingIn(await failureOf(request(client)), attempts);
    expect(server.requests).not.toEqual([]);
  });

  it('where nobody listens', async () => {
    const client = clientOf(await closedPort(), { deadlineMs: 50 });
    for (const request of requests) expectNothingIn(await failureOf(request(client)), []);
  });

  it.each([
    ['no code', {}],
    ['a number as its code', { code: 7 }],
    ['a code', { code: 'E_ODD' }],
  ])('where an agent fails with all it knows, and %s', async (_, more) => {
    class Odd extends Agent {
      override createConnection(): never {
        throw Object.assign(new Error(hidden.join(' ')), more);
      }
    }
    const client = clientOf('http://127.0.0.1:1', { agent: new Odd(), deadlineMs: 50 });
    for (const request of requests) {
      const error = await failureOf(request(client));
      expect(error).toMatchObject({ code: 'network', unknown: false });
      expectNothingIn(error, []);
    }
  });

  it('but what the server says without them', async () => {
    const detail = 'text: a text of at most 1000 characters';
    const server = await startServer({
      status: 400,
      body: { code: 'invalid-request', retryable: false, detail },
    });
    const [, , , , pushMessage] = requests;
    const error = await failureOf(pushMessage?.(clientOf(server.url)) ?? Promise.resolve());
    expect(error.message).toBe(`push_message: answered 400, invalid-request: ${detail}`);
  });
});

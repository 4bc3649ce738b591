import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createCertificate } from '../../../local/certificate.ts';
import { listenOnLoopback } from '../../../local/loopback.ts';
import { createAppleConnection } from '../../../local/sns/apple-connection.ts';

const certificate = await createCertificate();

let respond: (stream: ServerHttp2Stream) => void;
let sessions: number;
let listening: Awaited<ReturnType<typeof listenOnLoopback>>;
let connection: ReturnType<typeof createAppleConnection>;
beforeEach(async () => {
  const server = createSecureServer(certificate);
  sessions = 0;
  server.on('session', () => {
    sessions += 1;
  });
  server.on('stream', (stream) => {
    stream.on('error', () => undefined);
    respond(stream);
  });
  listening = await listenOnLoopback(server);
  const url = `https://127.0.0.1:${listening.port}`;
  connection = createAppleConnection({ url, ca: certificate.cert, requestTimeoutMs: 2000 });
});
afterEach(async () => {
  connection.close();
  await listening.close();
});

const accept = (stream: ServerHttp2Stream) => {
  stream.respond({ ':status': 200 });
  stream.end('taken');
};
const send = () => connection.request(() => ({ headers: { ':method': 'POST' }, body: '{}' }));

it('keeps its connection from one request to the next', async () => {
  respond = accept;
  expect(await send()).toEqual({ status: 200, body: 'taken' });
  expect(await send()).toEqual({ status: 200, body: 'taken' });
  expect(sessions).toBe(1);
});

it('connects anew after GOAWAY, and lets what is under way end', async () => {
  respond = (stream) => {
    stream.session?.goaway();
    setImmediate(() => accept(stream));
  };
  expect(await send()).toEqual({ status: 200, body: 'taken' });
  respond = accept;
  expect(await send()).toEqual({ status: 200, body: 'taken' });
  expect(sessions).toBe(2);
});

it('sends nothing that was withdrawn, nor after it was closed', async () => {
  let requests = 0;
  respond = (stream) => {
    requests += 1;
    accept(stream);
  };
  expect(await connection.request(() => undefined)).toBe('withdrawn');
  connection.close();
  expect(await send()).toBeUndefined();
  expect(requests).toBe(0);
});

it('gives no answer where one is under way as it is closed', async () => {
  const asked = new Promise<void>((resolve) => {
    respond = () => resolve();
  });
  const answer = send();
  await asked;
  connection.close();
  expect(await answer).toBeUndefined();
});

import { once } from 'node:events';
import { Agent } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import type { CallAnswer } from '../../../pbx/src/operations.ts';
import { callAnswer, startServer } from './support.ts';

/** A server whose /push_call answers when it is told to. */
const startSlow = async () => {
  const begun = Promise.withResolvers<void>();
  const end = Promise.withResolvers<CallAnswer>();
  const pushCall = () => {
    begun.resolve();
    return end.promise;
  };
  const pns = await startServer({ operations: { pushCall } });
  return { ...pns, begun: begun.promise, end: () => end.resolve(callAnswer) };
};

it('finishes what is in flight, and ends its connection', async () => {
  const { server, send, begun, end } = await startSlow();
  const agent = new Agent({ keepAlive: true });
  const answered = send('/push_call?to=101', { agent });
  await begun;
  let closed = false;
  const closing = server.close().then(() => {
    closed = true;
  });
  await expect(send('/status')).rejects.toThrow('ECONNREFUSED');
  expect(closed).toBe(false);
  end();
  expect(await answered).toMatchObject({ status: 200, text: '2', headers: { connection: 'close' } });
  await closing;
  agent.destroy();
});

it('answers 503 to what comes while it closes', async () => {
  const { server, port, get, begun, end, asked } = await startSlow();
  const busy = connect(port, '127.0.0.1');
  busy.write('GET /push_call?to=101 HTTP/1.1\r\nhost: x\r\n\r\n');
  const late = connect(port, '127.0.0.1');
  // Half a request: the connection is not idle, so it is left until the rest comes.
  late.write('GET /register?extension=101&token=a:1 HTTP/1.1\r\n');
  await begun;
  await get('/status');
  const closing = server.close();
  late.write('host: x\r\n\r\n');
  const refused = await text(late);
  expect(refused).toMatch(/^HTTP\/1.1 503 Service Unavailable[\s\S]*\r\n\r\nerror: pns is stopping$/);
  expect(refused.toLowerCase()).toContain('connection: close');
  expect(asked).toEqual([['status']]);
  end();
  expect(await text(busy)).toMatch(/\r\n\r\n2$/);
  await closing;
});

it('ends idle connections and half requests at once, and may be asked to twice', async () => {
  const { server, port, get } = await startServer();
  const agent = new Agent({ keepAlive: true });
  await get('/status', { agent });
  const half = connect(port, '127.0.0.1');
  half.on('error', () => {});
  await once(half, 'connect');
  half.write('GET /status HTTP/1.1\r\nhost:');
  await get('/status');
  const gone = once(half, 'close');
  await Promise.all([server.close(), server.close(), gone]);
  await server.close();
  agent.destroy();
});

it('a server that never listened is closed at once', async () => {
  const { server } = await startServer();
  await server.close();
  await server.close();
});

it('an address that is taken is named', async () => {
  const { server, port } = await startServer();
  const { server: other } = await startServer();
  await other.close();
  await expect(other.listen({ host: '127.0.0.1', port })).rejects.toThrow(
    `cannot listen on 127.0.0.1:${port} (PROXY_ADDRESS): EADDRINUSE`,
  );
  await server.close();
});

it('does not wait for the rest of a body that does not come', async () => {
  const { server, port, get, asked } = await startServer();
  const half = connect(port, '127.0.0.1');
  half.on('error', () => {});
  half.write(
    'POST /register HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{',
  );
  await once(half, 'ready');
  await get('/status');
  await server.close();
  expect(asked).toEqual([['status']]);
});

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor, PortError } from '../../local/front-door.ts';

let door: FrontDoor;
let released: Promise<void>;
let release: () => void;
let arrivals: number;
const sockets: Socket[] = [];

/** Answers `/slow` when it is released, and everything else once its body is there. */
const handle = async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
  arrivals += 1;
  if (url.pathname === '/slow') await released;
  else await buffer(request);
  response.end(`answer to ${url.pathname}`);
};

beforeEach(async () => {
  arrivals = 0;
  ({ promise: released, resolve: release } = Promise.withResolvers<void>());
  door = await openFrontDoor(0, handle);
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await door.close().catch(() => undefined);
});

/** A connection that has sent this. */
const visit = async (sent = ''): Promise<Socket> => {
  const socket = connect(Number(new URL(door.url).port), '127.0.0.1').on('error', () => undefined);
  sockets.push(socket);
  await once(socket, 'connect');
  socket.write(sent);
  return socket;
};
const head = (path: string, ...headers: string[]) =>
  [`POST ${path} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n');

it('closes although clients have sent nothing, half a head, or nothing after an answer', async () => {
  const silent = await visit();
  const halfway = await visit('POST /register HTTP/1.1\r\nHos');
  const idle = await visit(head('/fast', 'Content-Length: 0'));
  await once(idle, 'data');
  const gone = [silent, halfway, idle].map((socket) => once(socket, 'close'));

  await door.close();

  await Promise.all(gone);
  expect(arrivals).toBe(1);
});

it('gives up a request whose body never comes to its end', async () => {
  const socket = await visit(head('/register', 'Content-Length: 10', 'Expect: 100-continue'));
  expect(String(await once(socket, 'data'))).toContain('100 Continue');
  socket.write('{');
  const gone = once(socket, 'close');

  await door.close();

  await gone;
  expect(arrivals).toBe(1);
});

it('answers a request that is under way before it closes', async () => {
  const socket = await visit(head('/slow', 'Content-Length: 0', 'Expect: 100-continue'));
  await once(socket, 'data');
  const answer = text(socket);

  const closed = door.close();
  release();

  expect(await answer).toContain('answer to /slow');
  await closed;
});

it('lets in nobody new', async () => {
  await door.close();
  await expect(fetch(door.url)).rejects.toThrow();
});

it('says that its port is taken', async () => {
  const again = openFrontDoor(Number(new URL(door.url).port), handle);
  await expect(again).rejects.toThrow(PortError);
});

import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setImmediate as everythingElse } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { listenOnLoopback } from '../../../local/loopback.ts';
import { systemClock, within } from '../../../pbx/src/calls/clock.ts';

it('what arrives while the process is held up is in time', async () => {
  const server = createServer();
  const { port, close } = await listenOnLoopback(server);
  onTestFinished(close);
  const client = connect(port, '127.0.0.1');
  const [[socket]] = await Promise.all([once(server, 'connection'), once(client, 'connect')]);

  // Timers are next, and only then what has arrived.
  await everythingElse();
  const answer = within(systemClock, 20, once(client, 'data'));
  socket.end('answer');
  const until = performance.now() + 40;
  while (performance.now() < until);
  expect(String(await answer)).toBe('answer');
});

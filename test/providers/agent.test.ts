import { once } from 'node:events';
import { createServer } from 'node:https';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createConnections } from '../../lambda/providers/agent.ts';
import { httpsPost } from '../../lambda/providers/https-post.ts';
import { createCertificate } from '../../local/certificate.ts';
import type { Listening } from '../../local/loopback.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { createFakeClock } from '../support/fake-clock.ts';

let server: Listening;
let connected: number;
let ca: string;
beforeEach(async () => {
  const certificate = await createCertificate();
  ca = certificate.cert;
  connected = 0;
  const https = createServer(
    certificate,
    (request, response) => void request.resume().on('end', () => response.end()),
  );
  https.on('secureConnection', () => (connected += 1));
  server = await listenOnLoopback(https);
});
afterEach(() => server.close());

it('a connection is used again, unless nobody has for a while: it may be dead by then', async () => {
  const time = createFakeClock();
  const connections = createConnections({ ca }, time.clock.now);
  const post = async () => {
    const agent = connections.agent();
    await httpsPost({ url: `https://127.0.0.1:${server.port}/`, headers: {}, body: '', agent });
    // A connection is free once its answer has been read.
    if (Object.keys(agent.freeSockets).length === 0) await once(agent, 'free');
  };
  await post();
  time.pass(15_000);
  await post();
  expect(connected).toBe(1);
  time.pass(15_001);
  await post();
  expect(connected).toBe(2);
  connections.close();
});

import { createECDH } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { vi } from 'vitest';
import type { WebPush } from '../../../lambda/core/payload-webpush.ts';
import { PushRefusal } from '../../../lambda/core/ports.ts';
import { createWebPushGateway } from '../../../lambda/providers/web-push/gateway.ts';
import type { Resolve } from '../../../lambda/providers/web-push/public-address.ts';
import type { Certificate } from '../../../local/certificate.ts';
import { listenOnLoopback } from '../../../local/loopback.ts';
import { createFakeClock } from '../../support/fake-clock.ts';

/** A VAPID key pair, and the secret that holds it. */
export const makeVapidKeys = () => {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys('base64url');
  // A number with a zero in front has fewer digits: 32 bytes all the same (RFC 7518, section 6.2.2.1).
  const digits = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32);
  const privateKey = digits.toString('base64url');
  return { publicKey, privateKey, secret: JSON.stringify({ publicKey, privateKey }) };
};
export const vapidKeys = makeVapidKeys();

export const settings = {
  subject: 'mailto:ops@example.com',
  publicKey: vapidKeys.publicKey,
  secret: 'demo/web-push',
  secretVersion: 'AWSCURRENT',
};

export const aPush = (changes: Partial<WebPush> = {}): WebPush => ({
  platform: 'webpush',
  body: { type: 'call', uuid: '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d', callerName: 'Ann 👩‍🚀' },
  urgency: 'high',
  topic: '7c1f3f0a5f0e4f7e9d2b3a1c5e7f9b0d',
  ttlSeconds: 30,
  ...changes,
});

/** What nobody should resolve. */
const noNames: Resolve = async () => {
  throw new Error('no such name');
};

/** A gateway of the app `demo`, and how often its secret was read. */
export const openGateway = (
  changes: {
    secret?: () => Promise<string>;
    resolve?: Resolve;
    standIn?: { certificate: Certificate; port: number };
  } = {},
) => {
  const { secret = async () => vapidKeys.secret, resolve = noNames, standIn } = changes;
  const time = createFakeClock();
  const readSecret = vi.fn(secret);
  const gateway = createWebPushGateway({
    apps: { demo: settings },
    readSecret,
    clock: time.clock,
    resolve,
    ...(standIn && { standIns: { ca: standIn.certificate.cert, pushServicePort: standIn.port } }),
  });
  const publish = (token: string, push = aPush(), signal = new AbortController().signal) =>
    gateway.publish({ app: 'demo', token }, push, signal);
  /** Why it was refused. Fails where it was not, or otherwise than a gateway may. */
  const refusal = async (token: string, push?: WebPush, signal?: AbortSignal): Promise<PushRefusal> => {
    const error = await publish(token, push, signal).then(
      () => new Error('it was not refused'),
      (reason: unknown) => reason,
    );
    if (!(error instanceof PushRefusal)) throw error;
    return error;
  };
  return { ...time, gateway, publish, refusal, readSecret };
};

/** A server that counts who connects to it. */
export const listenAndCount = async (server: Server) => {
  let connections = 0;
  server.on('connection', (socket) => {
    connections += 1;
    socket.on('error', () => undefined);
  });
  const listening = await listenOnLoopback(server);
  return { ...listening, connections: () => connections };
};

/** The same at ::1; undefined where this machine has none. */
export const listenAtIpv6 = async (server: Server): Promise<number | undefined> => {
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  server.once('error', () => resolve(undefined));
  server.listen(0, '::1', () => resolve((server.address() as AddressInfo).port));
  return promise;
};

type Received = { path: string; headers: IncomingMessage['headers']; body: Buffer };

/** A push service that answers what it is told to, whatever it is asked. */
export const startPushService = async (
  certificate: Certificate,
  answer: (response: ServerResponse, request: IncomingMessage) => void,
) => {
  const received: Received[] = [];
  const server = createServer(certificate, async (request, response) => {
    response.on('error', () => undefined);
    const body = await buffer(request);
    received.push({ path: request.url ?? '', headers: request.headers, body });
    answer(response, request);
  });
  server.on('tlsClientError', () => undefined);
  const { port, close, connections } = await listenAndCount(server);
  return { port, close, connections, received, origin: `https://127.0.0.1:${port}` };
};

import { createECDH, randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { breakOff } from './break-off.ts';
import type { Certificate } from './certificate.ts';
import type { Fault, Faults } from './faults.ts';
import { plainHeaders, repeatedIn } from './headers.ts';
import { listenOnLoopback } from './loopback.ts';
import type { PushLog } from './pushes.ts';
import type { BrowserKeys } from './web-push-message.ts';
import { decryptMessage } from './web-push-message.ts';
import type { WebPushRefusal } from './web-push-rules.ts';
import { mostBytes, refusalOf } from './web-push-rules.ts';
import { refusalOfSender } from './web-push-vapid.ts';

type WebPushOptions = {
  certificate: Certificate;
  /** Where accepted messages go. */
  pushes: PushLog;
  faults: Faults;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
};

type Subscription = {
  keys: BrowserKeys;
  /** What the page gave the browser as `applicationServerKey`, base64url: nobody else may send. */
  publicKey?: string;
  /** The JSON text that it is registered by. */
  token: string;
};

export type WebPushService = {
  port: number;
  /**
   * What `JSON.stringify` makes of the PushSubscription of a new browser: a token for `POST /register`.
   *
   * @param publicKey the VAPID public key of the one who may send to it, base64url; @default - anybody
   */
  subscribe(publicKey?: string): string;
  close(): Promise<void>;
};

const gone: WebPushRefusal = { status: 410, message: 'the subscription is gone' };

const refusalOfFault: Partial<Record<Fault, WebPushRefusal>> = {
  '410': gone,
  UNREGISTERED: gone,
  '429': { status: 429, headers: { 'retry-after': '60' }, message: 'too many messages' },
  '500': { status: 500, message: 'internal error' },
  '503': { status: 503, message: 'unavailable' },
};

/** The body, as far as it matters: a byte more than is taken is too long already. */
const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    if (bytes <= mostBytes) chunks.push(chunk);
    bytes += chunk.length;
  }
  return Buffer.concat(chunks);
};

const payloadOf = (body: Buffer, keys: BrowserKeys): { value: unknown } | WebPushRefusal => {
  try {
    return { value: JSON.parse(decryptMessage(body, keys).toString()) };
  } catch (error) {
    return { status: 400, message: error instanceof Error ? error.message : 'the message cannot be read' };
  }
};

/** An answer, or the fault that takes its place. */
type Outcome = WebPushRefusal | { location: string } | 'hang' | 'reset';

const answer = (response: ServerResponse, outcome: WebPushRefusal | { location: string }): void => {
  if ('location' in outcome) {
    response.writeHead(201, { location: outcome.location }).end();
    return;
  }
  response.writeHead(outcome.status, { 'content-type': 'application/json', ...outcome.headers });
  response.end(JSON.stringify({ message: outcome.message }));
};

/**
 * A push service on 127.0.0.1, over HTTPS, with its browsers (RFC 8030, 8291, 8292): it decrypts each message, and refuses
 * one that the browser, which a real service does not hear of, would drop. Rejects if it cannot listen.
 */
export const startWebPush = async ({
  certificate,
  pushes,
  faults,
  now = Date.now,
}: WebPushOptions): Promise<WebPushService> => {
  const subscriptions = new Map<string, Subscription>();
  const server = createServer(certificate);

  const take = async (request: IncomingMessage, body: Buffer): Promise<Outcome> => {
    if (!request.url?.startsWith('/push/')) return { status: 404, message: 'no such resource' };
    if (request.method !== 'POST') return { status: 405, message: 'expected POST' };
    const subscription = subscriptions.get(request.url);
    if (subscription === undefined) return { status: 404, message: 'no such subscription' };
    const { keys, publicKey, token } = subscription;
    const fault = faults.of('webpush', token);
    if (fault === 'hang' || fault === 'reset') return fault;

    const { headers } = request;
    const expected = { origin, now: now(), ...(publicKey !== undefined && { publicKey }) };
    const refusal =
      (await refusalOfSender(headers.authorization, expected)) ??
      refusalOf({ headers, repeated: repeatedIn(request.rawHeaders), body }) ??
      (fault && refusalOfFault[fault]);
    if (refusal) return refusal;
    const payload = payloadOf(body, keys);
    if ('status' in payload) return payload;
    const at = new Date(now()).toISOString();
    pushes.add({
      provider: 'webpush',
      at,
      token,
      headers: plainHeaders(request.headers),
      payload: payload.value,
    });
    return { location: `${origin}/message/${randomUUID()}` };
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const outcome = await take(request, await bodyOf(request));
    if (outcome === 'reset') breakOff(response, 201);
    else if (outcome !== 'hang') answer(response, outcome);
  };

  server.on('request', (request, response) => {
    // A client that goes away in the middle is its own affair.
    serve(request, response).catch(() => response.destroy());
  });
  const { port, close } = await listenOnLoopback(server);
  const origin = `https://127.0.0.1:${port}`;

  const subscribe = (publicKey?: string): string => {
    const path = `/push/${randomBytes(24).toString('base64url')}`;
    const browser = createECDH('prime256v1');
    const keys = {
      publicKey: browser.generateKeys(),
      privateKey: browser.getPrivateKey(),
      auth: randomBytes(16),
    };
    const token = JSON.stringify({
      endpoint: `${origin}${path}`,
      keys: { p256dh: keys.publicKey.toString('base64url'), auth: keys.auth.toString('base64url') },
    });
    subscriptions.set(path, { keys, token, ...(publicKey !== undefined && { publicKey }) });
    return token;
  };
  return { port, subscribe, close };
};

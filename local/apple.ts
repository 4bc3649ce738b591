import { randomUUID } from 'node:crypto';
import type { Http2Session, IncomingHttpHeaders, ServerHttp2Stream } from 'node:http2';
import { createSecureServer } from 'node:http2';
import { buffer } from 'node:stream/consumers';
import type { AppleKey } from './apple-provider-token.ts';
import { createProviderTokenCheck } from './apple-provider-token.ts';
import type { AppleReason, OrRefusal } from './apple-reasons.ts';
import { appleReasons } from './apple-reasons.ts';
import { deviceTokenOf, isExpired, refusalOf, uuid } from './apple-rules.ts';
import type { Certificate } from './certificate.ts';
import type { Fault, Faults } from './faults.ts';
import { plainHeaders, repeatedIn } from './headers.ts';
import { listenOnLoopback } from './loopback.ts';
import type { PushLog } from './pushes.ts';

export type AppleOptions = {
  certificate: Certificate;
  /** Read anew for every request: keys may be added. */
  keys: readonly AppleKey[];
  /** Where accepted notifications go. */
  pushes: PushLog;
  faults: Faults;
  environment: 'production' | 'sandbox';
  /** Which environment a token was first used in, where Apple's two services know the same tokens. @default - its own */
  homes?: Map<string, AppleOptions['environment']>;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
};

/** Streams that a connection may have open at once, until the fault `one-stream` meets it. */
const STREAMS = 1000;

const reasonOfFault: Partial<Record<Fault, AppleReason>> = {
  '410': 'Unregistered',
  UNREGISTERED: 'Unregistered',
  '429': 'TooManyRequests',
  '500': 'InternalServerError',
  '503': 'ServiceUnavailable',
};

const breakOff = (stream: ServerHttp2Stream): void => {
  stream.respond({ ':status': 200 });
  // Not close(): that ends the answer in good order first.
  stream.write(' ', () => stream.destroy(new Error('reset')));
};

/**
 * Apple's push service on 127.0.0.1: HTTP/2 over TLS, each rule of "Sending notification requests to APNs".
 * A device token belongs to the topic and the environment that it is first used with ("Handling notification responses
 * from APNs": BadDeviceToken). Rejects if it cannot listen.
 */
export const startApple = async ({
  certificate,
  keys,
  pushes,
  faults,
  environment,
  homes = new Map(),
  now = Date.now,
}: AppleOptions): Promise<{ url: string; close(): Promise<void> }> => {
  const checkProviderToken = createProviderTokenCheck(keys, now);
  const topics = new Map<string, string>();
  const narrowed = new WeakSet<Http2Session>();
  const teams = new WeakMap<Http2Session, string>();
  const server = createSecureServer({ ...certificate, settings: { maxConcurrentStreams: STREAMS } });

  const narrow = (session: Http2Session) => {
    if (narrowed.has(session)) return;
    narrowed.add(session);
    session.settings({ maxConcurrentStreams: 1 });
  };

  /** "Authentication tokens for more than one team on the same connection is not supported" (Apple, forum 702056). */
  const isOfAnotherTeam = (session: Http2Session, { teamId }: AppleKey): boolean => {
    const known = teams.get(session) ?? teamId;
    teams.set(session, known);
    return known !== teamId;
  };

  /** The notification's token, or why it is not taken; what is taken is recorded, unless it comes too late. */
  const take = async (
    session: Http2Session,
    addressed: OrRefusal<string>,
    { authorization, headers }: { authorization: string | undefined; headers: Record<string, string> },
    repeated: readonly string[],
    body: Buffer,
  ): Promise<OrRefusal<string>> => {
    if ('reason' in addressed) return addressed;
    const sender = await checkProviderToken(authorization);
    if ('reason' in sender) return sender;
    if (isOfAnotherTeam(session, sender.value)) return { reason: 'InvalidProviderToken' };

    const token = addressed.value;
    const isOfOther = (homes.get(token.toLowerCase()) ?? environment) !== environment;
    if (isOfOther) return { reason: 'BadDeviceToken' };
    const knownTopic = topics.get(token.toLowerCase());
    const reason = refusalOf({ headers, repeated, body, bundleIds: sender.value.bundleIds, knownTopic });
    if (reason) return { reason };
    const fault = faults.of('apple', token);
    const failure = fault && reasonOfFault[fault];
    if (failure) return { reason: failure };

    homes.set(token.toLowerCase(), environment);
    topics.set(token.toLowerCase(), headers['apns-topic'] ?? '');
    if (!isExpired({ headers }, now())) {
      const at = new Date(now()).toISOString();
      const payload: unknown = JSON.parse(body.toString());
      pushes.add({ provider: 'apple', environment, at, token, headers, payload });
    }
    return addressed;
  };

  const answer = (stream: ServerHttp2Stream, id: string | undefined, outcome: OrRefusal<string>) => {
    const identity = {
      'apns-id': id !== undefined && uuid.test(id) ? id : randomUUID().toUpperCase(),
      ...(environment === 'sandbox' ? { 'apns-unique-id': randomUUID() } : {}),
    };
    if ('value' in outcome) {
      stream.respond({ ':status': 200, ...identity }, { endStream: true });
      return;
    }
    const { reason } = outcome;
    stream.respond({ ':status': appleReasons[reason], 'content-type': 'application/json', ...identity });
    stream.end(JSON.stringify({ reason, ...(reason === 'Unregistered' ? { timestamp: now() } : {}) }));
  };

  const serve = async (
    session: Http2Session,
    stream: ServerHttp2Stream,
    headers: IncomingHttpHeaders,
    raw: readonly string[],
  ) => {
    const addressed = deviceTokenOf(String(headers[':method']), String(headers[':path']));
    const token = 'value' in addressed ? addressed.value : undefined;
    const fault = faults.of('apple', token);
    if (fault === 'one-stream') narrow(session);
    const body = await buffer(stream);
    if (fault === 'hang') return;
    if (fault === 'reset') {
      breakOff(stream);
      return;
    }
    const plain = plainHeaders(headers);
    const outcome = await take(
      session,
      addressed,
      { authorization: headers.authorization, headers: plain },
      repeatedIn(raw),
      body,
    );
    if (!stream.destroyed) answer(stream, plain['apns-id'], outcome);
  };

  server.on('session', (session) => {
    // A client that goes away in the middle is its own affair.
    session.on('error', () => session.destroy());
    session.on('stream', (stream, headers, _flags, rawHeaders) => {
      stream.on('error', () => stream.destroy());
      serve(session, stream, headers, rawHeaders).catch(() => stream.destroy());
    });
    if (faults.of('apple') === 'one-stream') narrow(session);
  });

  const { port, close } = await listenOnLoopback(server);
  return { url: `https://127.0.0.1:${port}`, close };
};

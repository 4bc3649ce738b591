import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listenOnLoopback } from '../loopback.ts';
import { applicationActions } from './applications.ts';
import { createDeliveries, snsRetryDelaysMs } from './deliver.ts';
import { endpointActions } from './endpoints.ts';
import { type ErrorCode, SnsError } from './errors.ts';
import { createEvents, type TopicMessage } from './events.ts';
import { publishAction } from './publish.ts';
import { parseQuery, type Query } from './query.ts';
import { createStore } from './store.ts';
import { answer, errorAnswer } from './xml.ts';

export type SnsOptions = {
  region: string;
  account: string;
  /** Origins of Apple's two services. */
  apple: { production: string; sandbox: string };
  /** Origin of FCM. Where access tokens are had is in each service account. */
  google: { url: string };
  /** PEM: who signed the certificates of Apple and Google. */
  ca: string;
  /** SQLite file that keeps applications and endpoints. @default ':memory:' */
  file?: string;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
  /** Milliseconds before each retry of a delivery. @default SNS's own 50, over 6 hours */
  retryDelaysMs?: readonly number[];
  /** Milliseconds that a provider may take to answer. @default 5000 */
  requestTimeoutMs?: number;
  /** Makes an action fail before it does anything. @default - none fails */
  refuse?: (action: string, query: Query) => ErrorCode | undefined;
  /** What an application event brings to a topic. Must not throw. */
  onEvent: (topicArn: string, message: TopicMessage) => void;
};

export type Sns = {
  url: string;
  /** Resolves when no delivery is under way, retries included. */
  idle(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Starts Amazon SNS's mobile push on a free port of 127.0.0.1: its query protocol in front, the protocols of
 * Apple and Google behind. Requests need no signature.
 */
export const startSns = async (options: SnsOptions): Promise<Sns> => {
  const { now = Date.now, refuse = () => undefined } = options;
  const place = { region: options.region, account: options.account };
  const store = createStore(options.file ?? ':memory:');
  const events = createEvents({ store, now, onEvent: options.onEvent });
  const deliveries = createDeliveries({
    store,
    events,
    apple: options.apple,
    google: options.google.url,
    ca: options.ca,
    now,
    retryDelaysMs: options.retryDelaysMs ?? snsRetryDelaysMs,
    requestTimeoutMs: options.requestTimeoutMs ?? 5000,
  });
  const actions = new Map<string, (query: Query) => string>(
    Object.entries({
      ...applicationActions(store, place),
      ...endpointActions(store, place, events),
      ...publishAction({ store, place, now, deliver: deliveries.start }),
    }),
  );

  const perform = (body: string): { action: string; result: string } => {
    const query = parseQuery(body);
    const { action } = query;
    const known = actions.get(action);
    if (!known)
      throw new SnsError('InvalidAction', `The action ${action} is not valid for this web service.`);
    const refusal = refuse(action, query);
    if (refusal) throw new SnsError(refusal, `${action} was made to fail`);
    return { action, result: known(query) };
  };

  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const requestId = randomUUID();
    const send = (status: number, body: string) =>
      response.writeHead(status, { 'content-type': 'text/xml' }).end(body);
    try {
      const { action, result } = perform(await text(request));
      send(200, answer(action, result, requestId));
    } catch (error) {
      const refusal = error instanceof SnsError ? error : new SnsError('InternalError', 'Internal Error');
      send(refusal.status, errorAnswer(refusal, requestId));
    }
  };

  const server = createServer((request, response) => {
    // A client that goes away in the middle is its own affair.
    respond(request, response).catch(() => response.destroy());
  });
  // Clients keep connections; one closed under a request costs them a retry.
  server.keepAliveTimeout = 60_000;
  const front = await listenOnLoopback(server);

  return {
    url: `http://127.0.0.1:${front.port}`,
    idle: deliveries.idle,
    async close() {
      await front.close();
      await deliveries.close();
      store.close();
    },
  };
};

import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { listenOnLoopback } from '../../local/loopback.ts';
import { refusalOf } from './refusals.ts';

export type Service = 'DynamoDB' | 'SNS' | 'Secrets Manager';

/** One request to AWS, as it is read on its way; `text` is its body without SNS's percent signs. */
export type AwsRequest = { service: Service; action: string; body: string; text: string };

/** What can become of a request to AWS. A request is done before `cut`, `lost` and `crash after`, and not before the others. */
export const faultKinds = ['throttled', 'slow', '500', '503', 'reset', 'cut', 'hung', 'lost'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What does not pass: Secrets Manager gives the secret to nobody who may not read it, or has none of this name. */
export type FinalKind = 'denied' | 'missing';

/** The functions end while this request is under way. */
export const crashKinds = ['crash before', 'crash after'] as const;
type CrashKind = (typeof crashKinds)[number];

export type Kind = FaultKind | FinalKind | CrashKind;

export type Watcher = {
  /** What is to become of a request; called for each one, in the order of their arrival. */
  judge(request: AwsRequest): Kind | undefined;
  /** Called once a fault has happened; for a crash, while the request waits for its answer. */
  happened(request: AwsRequest, kind: Kind): void;
  /** Called with AWS's own answer. */
  answered(request: AwsRequest, answer: string): void;
};

/** Well below the time-outs of the functions' clients: slow is not hung. */
const slowMs = 700;

type Answer = { status: number; headers: Headers; body: Buffer };

/** Those of the connection, and what is counted anew. */
const own = new Set(['host', 'connection', 'keep-alive', 'content-length', 'transfer-encoding', 'date']);

const read = (service: Service, { headers }: IncomingMessage, body: string): AwsRequest => {
  if (service !== 'SNS') {
    const [, action = ''] = String(headers['x-amz-target']).split('.');
    return { service, action, body, text: body };
  }
  const fields = new URLSearchParams(body);
  return { service, action: fields.get('Action') ?? '', body, text: [...fields.values()].join('\n') };
};

/**
 * Stands between the functions and one service of AWS, on a free port of 127.0.0.1, and lets requests fail in all ways
 * in which they can. microburst knows none of `cut`, `lost` and the n-th request of one phone among many.
 */
export const startFaultProxy = async (service: Service, target: string, watcher: Watcher) => {
  const forward = async ({ headers }: IncomingMessage, request: AwsRequest): Promise<Answer> => {
    const passed = Object.entries(headers).filter(([name]) => !own.has(name)) as [string, string][];
    const response = await fetch(target, { method: 'POST', headers: passed, body: request.body });
    const body = Buffer.from(await response.arrayBuffer());
    watcher.answered(request, body.toString());
    return { status: response.status, headers: response.headers, body };
  };

  const pass = async (incoming: IncomingMessage, request: AwsRequest, response: ServerResponse) => {
    const { status, headers, body } = await forward(incoming, request);
    for (const [name, value] of headers) if (!own.has(name)) response.setHeader(name, value);
    response.writeHead(status, { 'content-length': body.length });
    return { response, body };
  };

  const perform = async (
    kind: Kind,
    incoming: IncomingMessage,
    request: AwsRequest,
    response: ServerResponse,
  ): Promise<void> => {
    switch (kind) {
      case 'throttled':
      case '500':
      case '503':
      case 'denied':
      case 'missing': {
        const { status, type, body } = refusalOf(service, kind);
        response.writeHead(status, { 'content-type': type }).end(body);
        return;
      }
      case 'slow': {
        await delay(slowMs);
        const { body } = await pass(incoming, request, response);
        response.end(body);
        return;
      }
      case 'reset':
        incoming.socket.resetAndDestroy();
        return;
      case 'cut': {
        const { body } = await pass(incoming, request, response);
        response.write(body.subarray(0, Math.floor(body.length / 2)), () =>
          incoming.socket.resetAndDestroy(),
        );
        return;
      }
      case 'lost':
      case 'crash after':
        await forward(incoming, request);
        return;
      case 'hung':
      case 'crash before':
        return;
    }
  };

  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = read(service, incoming, (await buffer(incoming)).toString());
    const kind = watcher.judge(request);
    if (kind === undefined) {
      const { body } = await pass(incoming, request, response);
      response.end(body);
      return;
    }
    await perform(kind, incoming, request, response);
    watcher.happened(request, kind);
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.keepAliveTimeout = 60_000;
  const { port, close } = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, close };
};

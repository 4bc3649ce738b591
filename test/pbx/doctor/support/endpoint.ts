import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Pem } from './certificates.ts';
import type { Closing } from './closing.ts';

/** What the push2 endpoint is told to do. */
export type EndpointState = {
  key: string;
  /** By extension. */
  devices: Record<string, object[]>;
  /** Its clock against this machine's. */
  clockOffsetMs: number;
  /** An extension that it cannot tell the devices of now. */
  unreadable?: string;
  /** Instead of what the endpoint answers. */
  answer?: { status: number; headers?: Record<string, string>; body: string };
  /** The paths that it was asked for, with the key or without. */
  asked: { path: string; withKey: boolean }[];
};

const handle =
  (state: EndpointState): RequestListener =>
  (request, response) => {
    const { authorization } = request.headers;
    const url = new URL(request.url ?? '/', 'http://endpoint');
    state.asked.push({ path: url.pathname, withKey: authorization !== undefined });
    response.setHeader('date', new Date(Date.now() + state.clockOffsetMs).toUTCString());
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const { answer } = state;
    if (answer) return void response.writeHead(answer.status, answer.headers).end(answer.body);
    if (url.pathname === '/health') return void response.end('ok');
    if (url.pathname !== '/devices') return void json(404, { message: 'Not Found' });
    if (authorization === undefined) return void json(401, { message: 'Unauthorized' });
    if (authorization !== `Bearer ${state.key}`) return void json(403, { message: 'Forbidden' });
    const extension = url.searchParams.get('extension') ?? '';
    if (state.unreadable === extension) return void json(503, { code: 'unavailable' });
    json(200, { extension, devices: state.devices[extension] ?? [] });
  };

/** Gives the port. Speaks plain HTTP without a certificate. */
export const startEndpoint = (closing: Closing, state: EndpointState, pem?: Pem): Promise<number> =>
  closing.listen(pem === undefined ? createHttp(handle(state)) : createHttps(pem, handle(state)));

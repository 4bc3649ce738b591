import type { IncomingMessage, ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Faults } from './faults.ts';
import { InvalidFault, parseFault } from './faults.ts';
import type { LineLog } from './logs.ts';
import type { PushLog } from './pushes.ts';

/** What `GET /_local/info` tells. */
export type Info = {
  url: string;
  /** The ready key. */
  key: string;
  apps: string[];
  /** Where `pns-admin --local` finds what it works on. */
  aws: {
    region: string;
    tableName: string;
    apiId: string;
    apps: string[];
    registrationDays: number;
    /** Where the platform applications are, and what their names begin with. */
    applications: { arn: string; prefix: string };
    dynamodb: string;
    sns: string;
    apigateway: string;
  };
};

export type ControlPorts = {
  apiId: string;
  info(): Info;
  addKey(pbxId: string): Promise<string>;
  pushes: PushLog;
  logs: LineLog;
  faults: Faults;
  resetAuthorizers(): void;
  /** By app: makes a browser that subscribes to its pushes, and gives the token to register. */
  browsers: ReadonlyMap<string, () => string>;
};

type Answer = { status: number; body?: unknown };

const readBody = async (request: IncomingMessage): Promise<unknown> => {
  try {
    return await json(request);
  } catch {
    return undefined;
  }
};

const pbxIdOf = (body: unknown): string | undefined => {
  if (typeof body !== 'object' || body === null || !('pbxId' in body)) return undefined;
  return typeof body.pbxId === 'string' && /^[a-z0-9-]{1,64}$/.test(body.pbxId) ? body.pbxId : undefined;
};

/** The one that is named, or the only one there is. */
const browserOf = (browsers: ControlPorts['browsers'], body: unknown): (() => string) | undefined => {
  const named = typeof body === 'object' && body !== null && 'app' in body;
  if (named) return typeof body.app === 'string' ? browsers.get(body.app) : undefined;
  return browsers.size === 1 ? browsers.values().next().value : undefined;
};

/** What the local cloud adds to the real one, under `/_local/`: to look in, to make things fail, to get keys. */
export const createControl = ({
  apiId,
  info,
  addKey,
  pushes,
  logs,
  faults,
  resetAuthorizers,
  browsers,
}: ControlPorts) => {
  const setFault = (body: unknown): Answer => {
    try {
      const { target, fault } = parseFault(body);
      faults.set(target, fault);
      return { status: 200, body: { target, fault } };
    } catch (error) {
      if (!(error instanceof InvalidFault)) throw error;
      return { status: 400, body: { message: error.message } };
    }
  };
  const makeKey = async (body: unknown): Promise<Answer> => {
    const pbxId = pbxIdOf(body);
    if (pbxId !== undefined) return { status: 200, body: { key: await addKey(pbxId) } };
    return { status: 400, body: { message: 'pbxId: expected 1 to 64 of a-z 0-9 -' } };
  };
  const subscribe = (body: unknown): Answer => {
    const browser = browserOf(browsers, body);
    // What /register takes, so that the one can be piped into the other.
    if (browser !== undefined)
      return { status: 200, body: { ...Object(body), platform: 'webpush', token: browser() } };
    const apps = [...browsers.keys()].join(', ');
    return {
      status: 400,
      body: { message: `app: expected one with a "webPush" side: ${apps || 'none has'}` },
    };
  };
  const clear = (what: { clear(): void }): Answer => {
    what.clear();
    return { status: 204 };
  };
  // The Amazon API Gateway Version 2 API's ResetAuthorizersCache.
  const reset = `DELETE /_local/apigateway/v2/apis/${apiId}/stages/$default/cache/authorizers`;

  const answers: Readonly<Record<string, (request: IncomingMessage) => Promise<Answer> | Answer>> = {
    'GET /_local/info': () => ({ status: 200, body: info() }),
    'POST /_local/keys': async (request) => makeKey(await readBody(request)),
    'POST /_local/subscriptions': async (request) => subscribe(await readBody(request)),
    'GET /_local/pushes': () => ({ status: 200, body: pushes.list() }),
    'DELETE /_local/pushes': () => clear(pushes),
    'GET /_local/logs': () => ({ status: 200, body: logs.list() }),
    'POST /_local/faults': async (request) => setFault(await readBody(request)),
    'DELETE /_local/faults': () => clear(faults),
    [reset]: () => clear({ clear: resetAuthorizers }),
  };

  return async (request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> => {
    const key = `${request.method} ${url.pathname.replaceAll('%24', '$')}`;
    const handler = Object.hasOwn(answers, key) ? answers[key] : undefined;
    const expected = Object.keys(answers).filter((route) => route !== reset);
    const notFound = { status: 404, body: { message: `expected one of ${expected.join(', ')}` } };
    const { status, body } = handler === undefined ? notFound : await handler(request);
    const headers = body === undefined ? {} : { 'content-type': 'application/json' };
    response.writeHead(status, headers).end(body === undefined ? undefined : JSON.stringify(body));
  };
};

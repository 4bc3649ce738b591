import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { breakOff } from './break-off.ts';
import type { Certificate } from './certificate.ts';
import type { Fault, Faults } from './faults.ts';
import { plainHeaders } from './headers.ts';
import type { HuaweiAnswer, IllegalTokens } from './huawei-codes.ts';
import { answerOf, answerOfIllegal, flowControl, notFound } from './huawei-codes.ts';
import type { HuaweiProject } from './huawei-oauth.ts';
import { createHuaweiOauth } from './huawei-oauth.ts';
import type { HuaweiSend } from './huawei-rules.ts';
import { illegal } from './huawei-rules.ts';
import { readV2 } from './huawei-v2.ts';
import { readV3 } from './huawei-v3.ts';
import { listenOnLoopback } from './loopback.ts';
import type { PushLog } from './pushes.ts';

export type HuaweiOptions = {
  certificate: Certificate;
  /** Read anew for every request: what they hold may change. */
  projects: readonly HuaweiProject[];
  /** Where accepted messages go. */
  pushes: PushLog;
  faults: Faults;
  /** Gets the path of every request, and what it is authorized by, before it is answered. */
  onRequest?: (path: string, authorization: string | undefined) => void;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
};

type Api = 'v2' | 'v3';

/** Huawei publishes no form for its tokens. All are of these characters and far longer than this. */
const pushToken = /^[A-Za-z0-9_:.=-]{16,4096}$/;

const answerOfFault = (fault: Fault, api: Api, tokens: readonly string[]): HuaweiAnswer | undefined => {
  switch (fault) {
    case '410':
    case 'UNREGISTERED':
    case '80300007':
      return answerOfIllegal({ api, keyword: 'noRight', tokens }, tokens.length);
    case '429':
    case '503':
      return flowControl;
    case '500':
      return answerOf('81000001');
    case 'hang':
    case 'reset':
    case 'one-stream':
      return undefined;
    default:
      return answerOf(fault);
  }
};

const bodyOf = (json: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    const body: unknown = JSON.parse(json);
    return typeof body === 'object' && body !== null && !Array.isArray(body) ? { ...body } : undefined;
  } catch {
    return undefined;
  }
};

/** An answer, or the fault that takes its place. */
type Outcome = HuaweiAnswer | 'hang' | 'reset';

const answer = (response: ServerResponse, { status, body }: HuaweiAnswer): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
};

/**
 * Huawei on 127.0.0.1, over HTTPS: its OAuth server at `oauth`, and Push Kit's v2 and v3 at `push`. A token belongs to
 * the project that it is first used with, and to that API. Rejects if it cannot listen.
 */
export const startHuawei = async ({
  certificate,
  projects,
  pushes,
  faults,
  onRequest,
  now = Date.now,
}: HuaweiOptions) => {
  const oauth = createHuaweiOauth(projects, now);
  const owners = new Map<string, string>();
  const server = createServer(certificate);

  /** Of all tokens, which are not pushed to, for the first reason that there is. */
  const illegalOf = ({ tokens, grant }: HuaweiSend, api: Api, project: HuaweiProject): IllegalTokens => {
    const by = (keyword: string, isIllegal: (token: string) => boolean) => ({
      api,
      keyword,
      tokens: tokens.filter(isIllegal),
    });
    const owner = `${api}/${project.projectId}`;
    const candidates = [
      by('noPushTypeRight', () => grant === 'push-type' && !project.voip),
      by('tokenFormatError', (token) => !pushToken.test(token)),
      by('noRight', (token) => (owners.get(token) ?? owner) !== owner),
    ];
    return candidates.find((one) => one.tokens.length > 0) ?? { api, keyword: '', tokens: [] };
  };

  /** Takes a message that Push Kit has nothing against, and records what reaches a phone. */
  const take = (
    send: HuaweiSend,
    api: Api,
    project: HuaweiProject,
    headers: Record<string, string>,
    payload: unknown,
  ): HuaweiAnswer => {
    if (send.grant === 'urgency' && !project.voip) return answerOf('80300011');
    const unreached = illegalOf(send, api, project);
    for (const token of send.tokens) {
      if (unreached.tokens.includes(token)) continue;
      owners.set(token, `${api}/${project.projectId}`);
      pushes.add({ provider: 'huawei', at: new Date(now()).toISOString(), token, headers, payload });
    }
    return unreached.tokens.length > 0
      ? answerOfIllegal(unreached, send.tokens.length)
      : answerOf('80000000');
  };

  const push = async (
    request: IncomingMessage,
    api: Api,
    projectId: string,
    json: string,
  ): Promise<Outcome> => {
    const project = projects.find((one) => one.projectId === projectId);
    if (project === undefined) return answerOf('80200001');
    const denied = await oauth.refusalOf(request.headers.authorization, project, api);
    if (denied) return answerOf(denied);
    const headers = plainHeaders(request.headers);
    const body = bodyOf(json);
    if (body === undefined) return answerOf('80100003', illegal('no JSON object').msg);
    const read = api === 'v2' ? readV2(body) : readV3(body, headers['push-type']);
    const tokens = 'code' in read ? [] : read.tokens;
    const fault = faults.of('huawei', tokens[0]);
    if (fault === 'hang' || fault === 'reset') return fault;
    if ('code' in read) return answerOf(read.code, read.msg);
    return (fault && answerOfFault(fault, api, tokens)) ?? take(read, api, project, headers, body);
  };

  const outcomeOf = async (request: IncomingMessage): Promise<Outcome> => {
    const body = await text(request);
    const { url = '', method } = request;
    onRequest?.(url, request.headers.authorization);
    if (method !== 'POST') return notFound;
    if (url === '/oauth2/v3/token') {
      const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded';
      return oauth.exchange(new URLSearchParams(isForm ? body : ''));
    }
    const [, api, projectId] = /^\/(v2|v3)\/([^/]+)\/messages:send$/.exec(url) ?? [];
    if (projectId === undefined) return notFound;
    return push(request, api === 'v2' ? 'v2' : 'v3', projectId, body);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const outcome = await outcomeOf(request);
    if (outcome === 'reset') breakOff(response);
    else if (outcome !== 'hang') answer(response, outcome);
  };

  server.on('request', (request, response) => {
    // A client that goes away in the middle is its own affair.
    serve(request, response).catch(() => response.destroy());
  });
  const { port, close } = await listenOnLoopback(server);
  const url = `https://127.0.0.1:${port}`;
  return { push: url, oauth: url, revoke: oauth.revoke, close };
};

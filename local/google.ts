import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { breakOff } from './break-off.ts';
import type { Certificate } from './certificate.ts';
import type { Fault, Faults } from './faults.ts';
import type { GoogleRefusal } from './google-errors.ts';
import {
  internal,
  notFound,
  quotaExceeded,
  senderIdMismatch,
  unavailable,
  unregistered,
} from './google-errors.ts';
import type { GoogleAccount } from './google-oauth.ts';
import { createOauth } from './google-oauth.ts';
import type { Send } from './google-rules.ts';
import { readSend } from './google-rules.ts';
import { plainHeaders } from './headers.ts';
import { listenOnLoopback } from './loopback.ts';
import type { PushLog } from './pushes.ts';

export type GoogleOptions = {
  certificate: Certificate;
  /** Read anew for every request: accounts may be added. */
  accounts: readonly GoogleAccount[];
  /** Where accepted messages go. */
  pushes: PushLog;
  faults: Faults;
  /** Epoch milliseconds. @default Date.now */
  now?: () => number;
};

const refusalOfFault: Partial<Record<Fault, GoogleRefusal>> = {
  '410': unregistered,
  UNREGISTERED: unregistered,
  '429': quotaExceeded,
  '500': internal,
  '503': unavailable,
};

type Answer = GoogleRefusal | { body: unknown };

/** An answer, or the fault that takes its place. */
type Outcome = Answer | 'hang' | 'reset';

const answer = (response: ServerResponse, outcome: Answer): void => {
  const { status, headers } = 'status' in outcome ? outcome : { status: 200 };
  response.writeHead(status, { 'content-type': 'application/json; charset=UTF-8', ...headers });
  response.end(JSON.stringify(outcome.body));
};

/**
 * Google on 127.0.0.1, over HTTPS: the OAuth token endpoint at `tokenUri`, and FCM's HTTP v1 API at `url`.
 * A registration token belongs to the project that it is first used with. Rejects if it cannot listen.
 */
export const startGoogle = async ({
  certificate,
  accounts,
  pushes,
  faults,
  now = Date.now,
}: GoogleOptions): Promise<{ url: string; tokenUri: string; close(): Promise<void> }> => {
  const oauth = createOauth(accounts, now);
  const projects = new Map<string, string>();
  const server = createServer(certificate);

  /** Takes a message that FCM has nothing against, and records what reaches a phone. */
  const take = (
    { token, validateOnly }: Send,
    projectId: string,
    headers: Record<string, string>,
    body: string,
  ): Answer => {
    if (token !== undefined) {
      const fault = faults.of('google', token);
      const failure = fault && refusalOfFault[fault];
      if (failure) return failure;
      if ((projects.get(token) ?? projectId) !== projectId) return senderIdMismatch;
    }
    if (validateOnly) return { body: { name: `projects/${projectId}/messages/fake_message_id` } };
    if (token !== undefined) {
      projects.set(token, projectId);
      const payload: unknown = JSON.parse(body);
      pushes.add({ provider: 'google', at: new Date(now()).toISOString(), token, headers, payload });
    }
    const id = `0:${now()}000%${randomBytes(8).toString('hex')}`;
    return { body: { name: `projects/${projectId}/messages/${id}` } };
  };

  const send = (request: IncomingMessage, projectId: string, body: string): Outcome => {
    const denied = oauth.refusalOf(request.headers.authorization, projectId);
    if (denied) return denied;
    const read = readSend(body);
    const fault = faults.of('google', 'value' in read ? read.value.token : undefined);
    if (fault === 'hang' || fault === 'reset') return fault;
    return 'refusal' in read
      ? read.refusal
      : take(read.value, projectId, plainHeaders(request.headers), body);
  };

  const outcomeOf = async (request: IncomingMessage): Promise<Outcome> => {
    const body = await text(request);
    if (request.method !== 'POST') return notFound;
    if (request.url === '/token') return oauth.exchange(new URLSearchParams(body), tokenUri);
    const projectId = /^\/v1\/projects\/([^/]+)\/messages:send$/.exec(request.url ?? '')?.[1];
    return projectId === undefined ? notFound : send(request, projectId, body);
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
  const tokenUri = `${url}/token`;
  return { url, tokenUri, close };
};

import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ApiEvent } from './api-event.ts';
import { createApiEvent } from './api-event.ts';
import type { FunctionName } from './function-names.ts';
import type { Functions } from './functions.ts';

/** The routes of the push2 endpoint, as `lib/push-api.ts` declares them. */
export const routes: Readonly<Record<string, { name: FunctionName; authorized: boolean }>> = {
  'POST /register': { name: 'register', authorized: true },
  'POST /push_call': { name: 'push-call', authorized: true },
  'POST /push_cancel': { name: 'push-cancel', authorized: true },
  'POST /push_message': { name: 'push-message', authorized: true },
  'POST /update': { name: 'update', authorized: true },
  'POST /delete': { name: 'delete', authorized: true },
  'GET /devices': { name: 'devices', authorized: true },
  'GET /health': { name: 'health', authorized: false },
};

/** What API Gateway answers by itself. */
const ownAnswers = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  413: 'Request Entity Too Large',
  500: 'Internal Server Error',
} as const;

/** Amazon API Gateway quotas for HTTP APIs. */
const longestBody = 10 * 1024 * 1024;
const verdictLifetimeMs = 60 * 60 * 1_000;

type Verdict = { isAuthorized: boolean; context?: Record<string, string> };
type Answer = { statusCode: number; headers?: Record<string, string>; body?: string };

export type ApiGateway = {
  handle(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void>;
  /** What ResetAuthorizersCache does. */
  resetAuthorizers(): void;
};

/** API Gateway's HTTP API: routes, the authorizer and its cache, and the answers that it gives by itself. */
export const createApiGateway = (functions: Functions, apiId: string): ApiGateway => {
  const verdicts = new Map<string, { verdict: Verdict; until: number }>();

  const own = (statusCode: keyof typeof ownAnswers): Answer => ({
    statusCode,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message: ownAnswers[statusCode] }),
  });

  const ask = async (event: ApiEvent, authorization: string): Promise<Verdict> => {
    const known = verdicts.get(authorization);
    if (known !== undefined && known.until > Date.now()) return known.verdict;
    const verdict = (await functions.invoke('authorize', {
      ...event,
      type: 'REQUEST',
      identitySource: [authorization],
    })) as Verdict;
    verdicts.set(authorization, { verdict, until: Date.now() + verdictLifetimeMs });
    return verdict;
  };

  const invoke = async (
    name: FunctionName,
    event: ApiEvent,
    context?: Record<string, string>,
  ): Promise<Answer> => {
    const authorizer = context && { authorizer: { lambda: context } };
    const requestContext = { ...event.requestContext, ...authorizer };
    return (await functions.invoke(name, { ...event, requestContext })) as Answer;
  };

  const answer = async (request: IncomingMessage, url: URL, body: Buffer): Promise<Answer> => {
    const routeKey = `${request.method} ${url.pathname}`;
    const route = Object.hasOwn(routes, routeKey) ? routes[routeKey] : undefined;
    if (route === undefined) return own(404);
    if (body.length > longestBody) return own(413);
    const event = createApiEvent(request, url, { routeKey, body, apiId });
    try {
      if (!route.authorized) return await invoke(route.name, event);
      const authorization = request.headers.authorization ?? '';
      if (authorization === '') return own(401);
      const verdict = await ask(event, authorization);
      return verdict.isAuthorized ? await invoke(route.name, event, verdict.context ?? {}) : own(403);
    } catch {
      // A function that throws says why in its own log.
      return own(500);
    }
  };

  return {
    handle: async (request, response, url) => {
      const { statusCode, headers = {}, body = '' } = await answer(request, url, await buffer(request));
      response.writeHead(statusCode, headers).end(body);
    },
    resetAuthorizers: () => verdicts.clear(),
  };
};

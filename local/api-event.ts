import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A request as API Gateway's HTTP API tells a function of it: payload format 2.0. */
export type ApiEvent = ReturnType<typeof createApiEvent>;

/** Bodies of these content types are handed on as text, all others in base64. */
const isText = (contentType: string): boolean =>
  contentType === '' || /^(text\/|application\/(json|javascript|xml|problem\+json))/i.test(contentType);

const headersOf = (request: IncomingMessage): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(',') : String(value),
    ]),
  );

const queryOf = (parameters: URLSearchParams): Record<string, string> =>
  Object.fromEntries(
    [...new Set(parameters.keys())].map((name) => [name, parameters.getAll(name).join(',')]),
  );

export const createApiEvent = (
  request: IncomingMessage,
  url: URL,
  { routeKey, body, apiId }: { routeKey: string; body: Buffer; apiId: string },
) => {
  const now = Date.now();
  const headers = headersOf(request);
  const text = isText(headers['content-type'] ?? '');
  const query = queryOf(url.searchParams);
  return {
    version: '2.0',
    routeKey,
    rawPath: url.pathname,
    rawQueryString: url.search.slice(1),
    headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    requestContext: {
      accountId: 'anonymous',
      apiId,
      domainName: headers['host'] ?? '',
      http: {
        method: request.method ?? '',
        path: url.pathname,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: new Date(now).toISOString(),
      timeEpoch: now,
    },
    ...(body.length > 0 && { body: body.toString(text ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !text,
  };
};

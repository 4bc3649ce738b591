import type { ApiRequest } from './routes.ts';

/** What a test says of a request; the rest is as API Gateway would send it. */
export type Sent = {
  /** Sent as JSON; a string as it is. */
  body?: unknown;
  query?: Record<string, string>;
  /** Beside the usual ones. */
  headers?: Record<string, unknown>;
  pbxId?: string;
  /** As the authorizer hands them on. */
  apps?: string;
  isBase64Encoded?: boolean;
  /** Epoch milliseconds. */
  timeEpoch?: number;
};

export const requestId = 'HJ3pIhBFDoEEJzQ=';

/** An event of an HTTP API, payload format 2.0, with a Lambda authorizer's context. */
export const anEvent = (route: ApiRequest, sent: Sent = {}) => {
  const [method, rawPath] = route.split(' ');
  const { body, query, headers, pbxId = 'pbx-1', apps, isBase64Encoded = false, timeEpoch } = sent;
  return {
    version: '2.0',
    routeKey: route,
    rawPath,
    rawQueryString: new URLSearchParams(query).toString(),
    headers: { 'content-type': 'application/json', host: 'push.example.com', ...headers },
    ...(query && { queryStringParameters: query }),
    requestContext: {
      accountId: '123456789012',
      apiId: 'a1b2c3',
      authorizer: { lambda: { pbxId, keyId: 'key000000001', ...(apps !== undefined && { apps }) } },
      domainName: 'push.example.com',
      http: { method, path: rawPath, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'pbx' },
      requestId,
      routeKey: route,
      stage: '$default',
      ...(timeEpoch !== undefined && { timeEpoch }),
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    isBase64Encoded,
  };
};

import { createServer } from 'node:http';
import {
  ApiGatewayV2Client,
  type ApiGatewayV2ClientConfig,
  GetAuthorizersCommand,
  UpdateAuthorizerCommand,
} from '@aws-sdk/client-apigatewayv2';
import { listenOnLoopback } from '../../local/loopback.ts';

const reset = /^\/v2\/apis\/([^/]+)\/stages\/[^/]+\/cache\/authorizers$/;

/**
 * API Gateway's ResetAuthorizersCache, in MiniStack's place: that deletes the whole stage instead (gaps.test.ts). From
 * the first one on nothing is cached.
 *
 * @param config of MiniStack
 */
export const startResets = async (config: ApiGatewayV2ClientConfig) => {
  const client = new ApiGatewayV2Client(config);
  /** APIs whose cache was reset. */
  const apis: string[] = [];

  const perform = async (method: string | undefined, path = ''): Promise<number> => {
    const [, ApiId] = reset.exec(path) ?? [];
    if (method !== 'DELETE' || ApiId === undefined) return 404;
    const { Items = [] } = await client.send(new GetAuthorizersCommand({ ApiId }));
    for (const { AuthorizerId } of Items) {
      const withoutCache = { ApiId, AuthorizerId, AuthorizerResultTtlInSeconds: 0 };
      await client.send(new UpdateAuthorizerCommand(withoutCache));
    }
    apis.push(ApiId);
    return 204;
  };

  const server = createServer((request, response) => {
    perform(request.method, request.url).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    );
  });
  const { port, close } = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, apis, close };
};

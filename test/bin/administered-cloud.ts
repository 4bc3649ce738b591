import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { createKeyTable } from '../../lambda/aws/key-table.ts';
import { createRegistrationTable } from '../../lambda/aws/registration-table.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { documentClient } from '../support/aws-clients.ts';
import { runAdmin } from './admin-command.ts';

const tableName = 'pns-test';
const apiId = 'api4711';

const snsArn = 'arn:aws:sns:eu-west-1:000000000000';
const outputs = {
  Url: 'https://x',
  ApiId: apiId,
  TableName: tableName,
  SnsArn: snsArn,
  Apps: 'demo',
  RegistrationDays: '270',
};

const stackXml = (outputs: Record<string, string>) => `
<DescribeStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><DescribeStacksResult><Stacks><member>
<StackName>pns-proxy</StackName><CreationTime>2026-11-22T12:00:00Z</CreationTime><StackStatus>CREATE_COMPLETE</StackStatus>
<Outputs>${Object.entries(outputs)
  .map(([key, value]) => `<member><OutputKey>${key}</OutputKey><OutputValue>${value}</OutputValue></member>`)
  .join('')}</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>`;

const errorXml = (code: string, message: string) =>
  `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;

/**
 * All that `pns-admin` speaks with: DynamoDB, and a server that is API Gateway, CloudFormation and the local
 * cloud's `/_local/info`. It serves the stack `pns-proxy`; `empty` is a stack of another program.
 */
export const startAdministeredCloud = async () => {
  const dynamoDb = await startDynamoDb({ tableName, onRemoved: async () => {} });
  const client = documentClient(dynamoDb.url);
  const resets: string[] = [];
  let resetsRefused = false;

  const describeStacks = (name: string | null) => {
    if (name === 'pns-proxy') return [200, stackXml(outputs)] as const;
    if (name === 'empty') return [200, stackXml({})] as const;
    return [400, errorXml('ValidationError', `Stack with id ${name} does not exist`)] as const;
  };

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const path = decodeURIComponent(request.url ?? '');
    if (path === '/_local/info') {
      const endpoints = { dynamodb: dynamoDb.url, apigateway: url, sns: url };
      const applications = { arn: snsArn, prefix: 'pns-proxy' };
      const served = { apps: ['demo'], registrationDays: 270, applications };
      const aws = { region: 'eu-west-1', tableName, apiId, ...served, ...endpoints };
      return response.end(JSON.stringify({ url, key: 'pns_x', apps: ['demo'], aws }));
    }
    if (request.method === 'DELETE' && path.endsWith('/cache/authorizers')) {
      resets.push(path);
      if (!resetsRefused) return response.writeHead(204).end();
      const type = { 'x-amzn-errortype': 'AccessDeniedException' };
      return response.writeHead(403, type).end('{"message":"not authorized to reset"}');
    }
    const input = new URLSearchParams(await text(request));
    if (path !== '/' || input.get('Action') !== 'DescribeStacks') return response.writeHead(404).end('{}');
    const [status, xml] = describeStacks(input.get('StackName'));
    return response.writeHead(status, { 'content-type': 'text/xml' }).end(xml);
  };
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  const { port, close } = await listenOnLoopback(server);
  const url = `http://127.0.0.1:${port}`;

  return {
    url,
    keys: createKeyTable(client, tableName),
    registrations: createRegistrationTable(client, tableName),
    /** The environment in which the AWS SDK finds all of it as if it were AWS. */
    environment: {
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_ENDPOINT_URL: url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamoDb.url,
    },
    admin: (...args: string[]) => runAdmin([...args, '--local', url]),
    /** Paths of the requests that asked for a reset since the last look. */
    resets: () => resets.splice(0),
    refuseResets: (refused: boolean) => {
      resetsRefused = refused;
    },
    close: async () => {
      client.destroy();
      await close();
      await dynamoDb.close();
    },
  };
};

export type AdministeredCloud = Awaited<ReturnType<typeof startAdministeredCloud>>;

/** What a reset asks of API Gateway ("API Gateway Version 2 API Reference", ResetAuthorizersCache). */
export const reset = `/v2/apis/${apiId}/stages/$default/cache/authorizers`;
/** Once a key is gone, and again when no authorizer that has read it before can still answer. */
export const twice = [reset, reset];

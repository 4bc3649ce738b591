import {
  ApiGatewayV2Client,
  CreateApiCommand,
  CreateStageCommand,
  GetStagesCommand,
  ResetAuthorizersCacheCommand,
} from '@aws-sdk/client-apigatewayv2';
import {
  CreateTableCommand,
  DynamoDBClient,
  ListTablesCommand,
  PutItemCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { MiniStack } from '../emulators/ministack.ts';
import { startMiniStack } from '../emulators/ministack.ts';
import { clientOf, createStack } from './gap-stack.ts';
import { pbxAt } from './pbx.ts';

let miniStack: MiniStack;
let client: ReturnType<typeof clientOf>;
beforeAll(async () => {
  miniStack = await startMiniStack('http://127.0.0.1:9');
  client = clientOf(miniStack.url);
});
afterAll(() => miniStack?.close());

const api = async (): Promise<string> => {
  const made = new CreateApiCommand({ Name: 'gap', ProtocolType: 'HTTP' });
  return (await new ApiGatewayV2Client(client).send(made)).ApiId ?? '';
};

const tableName = 'gap';
const template = {
  Resources: {
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      DeletionPolicy: 'Retain',
      Properties: {
        TableName: tableName,
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
        Replicas: [{ Region: 'us-east-1' }],
      },
    },
  },
};

/**
 * Where MiniStack is not as AWS, and these tests go around it or show less than they could. Each probe holds while the gap
 * is there: one that fails says that the way around it can go.
 */
it.each<[gap: string, inItsPlace: string, probe: () => Promise<unknown>, seen: unknown]>([
  [
    'answers /health of every API itself',
    'GET /health is tried in the local cloud alone',
    async () => {
      const answer = await pbxAt(miniStack.url, `http://${await api()}.execute-api.127.0.0.1`).get('/health');
      return [answer.status, 'services' in answer.body];
    },
    [200, true],
  ],
  [
    'deletes the stage instead of forgetting what the authorizer said',
    'test/deploy/resets.ts',
    async () => {
      const gateway = new ApiGatewayV2Client(client);
      const stage = { ApiId: await api(), StageName: '$default' };
      await gateway.send(new CreateStageCommand(stage));
      await gateway.send(new ResetAuthorizersCacheCommand(stage));
      return (await gateway.send(new GetStagesCommand(stage))).Items?.length;
    },
    0,
  ],
  [
    'makes an empty table where one of that name is to be imported',
    'the items are put back',
    async () => {
      const table = new DynamoDBClient(client);
      const { KeySchema, AttributeDefinitions } = template.Resources.Table.Properties;
      const made = { TableName: tableName, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' };
      await table.send(new CreateTableCommand(made as ConstructorParameters<typeof CreateTableCommand>[0]));
      await table.send(new PutItemCommand({ TableName: tableName, Item: { pk: { S: 'one' } } }));
      await createStack(miniStack.url, 'gap', template);
      return (await table.send(new ScanCommand({ TableName: tableName }))).Count;
    },
    0,
  ],
  [
    'knows no saved queries',
    'test/emulators/run-ministack.py takes them, and makes nothing of them',
    async () => {
      const answer = await fetch(miniStack.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': 'Logs_20140328.DescribeQueryDefinitions',
          authorization: 'AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/logs/aws4_request',
        },
        body: '{}',
      });
      return answer.ok;
    },
    false,
  ],
  [
    'refuses an alarm on metric math, which is taken here as one on the first of its metrics',
    'test/lib/monitoring-stack.test.ts evaluates the expressions',
    async () => {
      const stat = { Metric: { Namespace: 'gap', MetricName: 'First' }, Period: 300, Stat: 'Sum' };
      const Properties = {
        AlarmName: 'gap',
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        EvaluationPeriods: 1,
        Threshold: 1,
        Metrics: [
          { Id: 'all', Expression: 'first * 2' },
          { Id: 'first', MetricStat: stat, ReturnData: false },
        ],
      };
      const alarm = { Type: 'AWS::CloudWatch::Alarm', Properties };
      await createStack(miniStack.url, 'gap-alarm', { Resources: { Alarm: alarm } });
      const answer = await fetch(miniStack.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          authorization: 'AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/monitoring/aws4_request',
        },
        body: 'Action=DescribeAlarms&Version=2010-08-01',
      });
      return /<MetricName>(\w+)</.exec(await answer.text())?.[1];
    },
    'First',
  ],
  [
    'takes any credential for a platform application, and its endpoints have another form of ARN',
    "the project's own SNS",
    async () => {
      const sns = new SNSClient(client);
      const application = { Name: 'gap', Platform: 'GCM', Attributes: { PlatformCredential: 'none' } };
      const { PlatformApplicationArn } = await sns.send(new CreatePlatformApplicationCommand(application));
      const endpoint = { PlatformApplicationArn, Token: 'token' };
      const { EndpointArn } = await sns.send(new CreatePlatformEndpointCommand(endpoint));
      return EndpointArn?.split(':').at(-1)?.split('/')[0];
    },
    'app',
  ],
  [
    'asks nobody who he is or whether he may',
    'test/lib/grants.test.ts lists what each role may',
    async () => {
      const credentials = { accessKeyId: 'AKIAMADEUP0000000000', secretAccessKey: 'made up' };
      const { TableNames } = await new DynamoDBClient({ ...client, credentials }).send(
        new ListTablesCommand({}),
      );
      return Array.isArray(TableNames);
    },
    true,
  ],
])('MiniStack %s (in its place: %s)', async (_gap, _instead, probe, seen) => {
  expect(await probe()).toEqual(seen);
});

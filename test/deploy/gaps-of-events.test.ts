import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listenOnLoopback } from '../../local/loopback.ts';
import type { MiniStack } from '../emulators/ministack.ts';
import { startMiniStack } from '../emulators/ministack.ts';
import { clientOf, createStack } from './gap-stack.ts';

const minutes = 60_000;
const soon = { timeout: 20_000 };
const ref = (Ref: string) => ({ Ref });
const attribute = (...of: [id: string, name: string]) => ({ 'Fn::GetAtt': of });

/** Tells what it was called with, and fails. */
const code = `exports.handler = async (event) => {
  console.info({ operation: 'failing' });
  await fetch(process.env.TOLD, { method: 'POST', body: JSON.stringify(event) });
  throw new Error('failed');
};`;

const templateOf = (told: string) => ({
  Resources: {
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: { Statement: [] } } },
    Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: 'gap' } },
    Function: {
      Type: 'AWS::Lambda::Function',
      Properties: {
        ...{ Runtime: 'nodejs24.x', Handler: 'index.handler', Code: { ZipFile: code } },
        ...{ Role: attribute('Role', 'Arn'), Environment: { Variables: { TOLD: told } } },
        LoggingConfig: { LogFormat: 'JSON', LogGroup: ref('Log') },
      },
    },
    Topic: { Type: 'AWS::SNS::Topic' },
    Subscription: {
      Type: 'AWS::SNS::Subscription',
      Properties: {
        ...{ TopicArn: ref('Topic'), Protocol: 'lambda' },
        Endpoint: attribute('Function', 'Arn'),
      },
    },
    Table: {
      Type: 'AWS::DynamoDB::Table',
      Properties: {
        ...{ TableName: 'gap', BillingMode: 'PAY_PER_REQUEST' },
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        StreamSpecification: { StreamViewType: 'OLD_IMAGE' },
      },
    },
    Stream: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        ...{ EventSourceArn: attribute('Table', 'StreamArn'), FunctionName: ref('Function') },
        ...{ StartingPosition: 'TRIM_HORIZON', MaximumRetryAttempts: 0, BisectBatchOnFunctionError: true },
      },
    },
  },
  Outputs: { Function: { Value: ref('Function') }, Topic: { Value: ref('Topic') } },
});

type Told = { by?: string; Records?: { Sns?: object; dynamodb?: object }[] };
const told: Told[] = [];
const server = createServer((request, response) => {
  json(request).then(
    (event) => response.end(void told.push(event as Told)),
    () => response.destroy(),
  );
});

let miniStack: MiniStack;
let client: ReturnType<typeof clientOf>;
let outputs: Map<string | undefined, string>;
let closeServer: (() => Promise<void>) | undefined;
beforeAll(async () => {
  const { port, close } = await listenOnLoopback(server);
  closeServer = close;
  miniStack = await startMiniStack('http://127.0.0.1:9');
  client = clientOf(miniStack.url);
  outputs = await createStack(miniStack.url, 'gap', templateOf(`http://127.0.0.1:${port}`));
}, 2 * minutes);
afterAll(async () => {
  await miniStack?.close();
  await closeServer?.();
});

const invoke = (by: string) =>
  fetch(`${miniStack.url}/2015-03-31/functions/${outputs.get('Function')}/invocations`, {
    method: 'POST',
    headers: {
      'x-amz-invocation-type': 'Event',
      authorization: 'AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/lambda/aws4_request',
    },
    body: JSON.stringify({ by }),
  });
const count = (matches: (event: Told) => boolean) => told.filter(matches).length;

/** Where MiniStack is not as AWS with what calls functions, and with what they log: as in gaps.test.ts. */
it.each<[gap: string, inItsPlace: string, probe: () => Promise<unknown>, seen: unknown]>([
  [
    'lets no function log as JSON',
    'test/deploy/why.test.ts has the lines of the local cloud, which writes them as Lambda does',
    async () => {
      await invoke('log');
      const find = new FilterLogEventsCommand({ logGroupName: 'gap' });
      const lines = async () => {
        const { events = [] } = await new CloudWatchLogsClient(client).send(find);
        return events.map(({ message = '' }) => message).filter((line) => line.includes('failing'));
      };
      await expect.poll(async () => (await lines()).length, soon).toBeGreaterThan(0);
      return (await lines()).some((line) => line.startsWith('{"'));
    },
    false,
  ],
  [
    "hands a topic's event to a function once, and not again where that failed",
    'repeated events are shown; that they are repeated, test/lib',
    async () => {
      const topic = { TopicArn: outputs.get('Topic'), Message: 'once' };
      await new SNSClient(client).send(new PublishCommand(topic));
      const ofTopic = (event: Told) => event.Records?.[0]?.Sns !== undefined;
      await expect.poll(() => count(ofTopic), soon).toBeGreaterThan(0);
      // Tried again in the way that every event should be, which this one came after.
      await invoke('after');
      await expect.poll(() => count(({ by }) => by === 'after'), soon).toBeGreaterThan(1);
      return count(ofTopic);
    },
    1,
  ],
  [
    'hands a batch of a stream that failed on whole and without end, whatever it is told of retries and halves',
    'a batch of which one record can not be taken is shown; retries and halves, test/lib',
    async () => {
      const table = new DynamoDBClient(client);
      for (const pk of ['one', 'two'])
        await table.send(new PutItemCommand({ TableName: 'gap', Item: { pk: { S: pk } } }));
      const whole = ({ Records }: Told) => Records?.length === 2 && Records[0]?.dynamodb !== undefined;
      await expect.poll(() => count(whole), soon).toBeGreaterThan(2);
      return 'tried again, whole';
    },
    'tried again, whole',
  ],
])('MiniStack %s (in its place: %s)', async (_gap, _instead, probe, seen) => {
  expect(await probe()).toEqual(seen);
});

import { createServer, type RequestListener } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteEndpointCommand } from '@aws-sdk/client-sns';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createDynamoDb, createSns } from '../../lambda/aws/clients.ts';
import { listenOnLoopback } from '../../local/loopback.ts';

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0)) await stop();
});

/** The clients as the functions make them, facing a server that answers so. */
const facing = async (answer: RequestListener) => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    bodies.push(String(await buffer(request)));
    answer(request, response);
  });
  const { port, close } = await listenOnLoopback(server);
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SNS: url,
    AWS_ENDPOINT_URL_DYNAMODB: url,
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const [sns, dynamoDb] = [createSns(), createDynamoDb()];
  stops.push(
    () => sns.destroy(),
    () => dynamoDb.destroy(),
    close,
  );
  const asks = {
    sns: () => sns.send(new DeleteEndpointCommand({ EndpointArn: 'arn' })),
    dynamoDb: () =>
      dynamoDb.send(
        new PutCommand({ TableName: 'table', Item: { pk: 'a', absent: undefined, held: [undefined, 'b'] } }),
      ),
  };
  return { bodies, asks };
};

/** What a promise came to, or `waiting` long after it should have come to anything. */
const outcomeOf = (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => 'answered',
      (error: unknown) => (error instanceof Error ? error.name : error),
    ),
    delay(15_000, 'waiting', { ref: false }),
  ]);

describe('a server that fails', () => {
  const fail: RequestListener = (_, response) => response.writeHead(500).end();

  it('is asked once by the client of Amazon SNS: core repeats, with a TTL counted anew', async () => {
    const { asks, bodies } = await facing(fail);
    await expect(asks.sns()).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    expect(bodies).toHaveLength(1);
  });

  it('is asked twice by the client of DynamoDB', async () => {
    const { asks, bodies } = await facing(fail);
    await expect(asks.dynamoDb()).rejects.toMatchObject({ $metadata: { httpStatusCode: 500 } });
    expect(bodies).toHaveLength(2);
  });
});

const manners: Record<string, RequestListener> = {
  'never answers': () => undefined,
  'sends its head drop by drop': ({ socket }) => {
    socket.write('HTTP/1.1 200 OK\r\nx-drops: ');
    const dripping = setInterval(() => socket.write('.'), 100);
    socket.on('close', () => clearInterval(dripping));
  },
  'stalls in the middle of its answer': (_, response) => {
    response.writeHead(200, { 'content-length': 100 }).write('{');
  },
};

it.each(Object.entries(manners))('a server that %s is given up', async (_, answer) => {
  const { asks } = await facing(answer);
  expect(await Promise.all([outcomeOf(asks.sns()), outcomeOf(asks.dynamoDb())])).toEqual([
    'TimeoutError',
    'TimeoutError',
  ]);
});

it('leaves fields without a value out of what it writes to DynamoDB', async () => {
  const { asks, bodies } = await facing((_, response) => response.end('{}'));
  await asks.dynamoDb();
  expect(bodies.map((body) => JSON.parse(body))).toEqual([
    { TableName: 'table', Item: { pk: { S: 'a' }, held: { L: [{ S: 'b' }] } } },
  ]);
});

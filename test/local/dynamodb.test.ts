import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { type DynamoDb, startDynamoDb } from '../../local/dynamodb.ts';

const TableName = 'pns-proxy';
const opened: { close(): Promise<void> | void }[] = [];

afterEach(async () => {
  for (const each of opened.splice(0).reverse()) await each.close();
});

const clientOf = (url: string) => {
  const client = DynamoDBDocumentClient.from(
    new DynamoDBClient({
      endpoint: url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    }),
  );
  opened.push({ close: () => client.destroy() });
  return client;
};

type Options = Omit<Parameters<typeof startDynamoDb>[0], 'tableName' | 'onRemoved'>;

const start = async (
  options: Options & { onRemoved?: (records: DynamoDBRecord[]) => Promise<void> } = {},
) => {
  const records: DynamoDBRecord[] = [];
  const onRemoved = async (removed: DynamoDBRecord[]) => {
    records.push(...removed);
  };
  const db: DynamoDb = await startDynamoDb({ tableName: TableName, onRemoved, retryMs: 1, ...options });
  opened.push(db);
  return { db, table: clientOf(db.url), records };
};

const key = (token: string, pbx = 'office') => ({ pk: `TOKEN#${token}`, sk: `PBX#${pbx}#LINE#1` });
const row = (token: string, extension = '101', pbx = 'office') => ({
  ...key(token, pbx),
  extensionKey: `PBX#${pbx}#EXT#${extension}`,
  extensionSort: `TOKEN#${token}`,
  endpointArn: `arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/pns-proxy-demo/${token}`,
  registeredAt: 1,
});

const until = (holds: () => boolean) => vi.waitUntil(holds, { timeout: 10_000, interval: 5 });

describe('the table', () => {
  test('writes on conditions, and says which did not hold', async () => {
    const { table } = await start();
    const update = (condition: string) =>
      table.send(
        new UpdateCommand({
          TableName,
          Key: key('a'),
          UpdateExpression: 'SET registeredAt = :at',
          ConditionExpression: condition,
          ExpressionAttributeValues: { ':at': 5 },
          ReturnValues: 'ALL_OLD',
        }),
      );

    await expect(update('attribute_exists(pk)')).rejects.toThrow('conditional request failed');
    expect((await table.send(new GetCommand({ TableName, Key: key('a') }))).Item).toBeUndefined();
    await table.send(new PutCommand({ TableName, Item: row('a') }));
    expect((await update('attribute_exists(pk) AND registeredAt < :at')).Attributes).toEqual(row('a'));
    await expect(update('registeredAt < :at')).rejects.toThrow('conditional request failed');
  });

  test('finds the rows of an extension, whole, and of an endpoint, keys only', async () => {
    const { table } = await start();
    const rows = [row('a'), row('b'), row('c', '102'), row('a', '101', 'shop')];
    for (const Item of rows) await table.send(new PutCommand({ TableName, Item }));

    const ofExtension = await table.send(
      new QueryCommand({
        TableName,
        IndexName: 'byExtension',
        KeyConditionExpression: 'extensionKey = :key AND begins_with(extensionSort, :token)',
        ExpressionAttributeValues: { ':key': 'PBX#office#EXT#101', ':token': 'TOKEN#' },
      }),
    );
    const ofEndpoint = await table.send(
      new QueryCommand({
        TableName,
        IndexName: 'byEndpoint',
        KeyConditionExpression: 'endpointArn = :arn',
        ExpressionAttributeValues: { ':arn': row('a').endpointArn },
      }),
    );

    expect(ofExtension.Items).toEqual([row('a'), row('b')]);
    expect(ofEndpoint.Items).toHaveLength(2);
    expect(ofEndpoint.Items).toEqual(
      expect.arrayContaining(
        ['office', 'shop'].map((pbx) => ({ ...key('a', pbx), endpointArn: row('a').endpointArn })),
      ),
    );
  });

  test('refuses what DynamoDB refuses', async () => {
    const { db, table } = await start();

    const notJson = await fetch(db.url, { method: 'POST', body: '{' });
    expect(notJson.status).toBeGreaterThanOrEqual(400);
    await expect(table.send(new DeleteCommand({ TableName, Key: { pk: 'TOKEN#a' } }))).rejects.toThrow(
      'does not match the schema',
    );
    const twice = { DeleteRequest: { Key: key('a') } };
    await expect(
      table.send(new BatchWriteCommand({ RequestItems: { [TableName]: [twice, twice] } })),
    ).rejects.toThrow('duplicates');
  });

  test('is refused by a name that DynamoDB refuses', async () => {
    const starting = startDynamoDb({ tableName: 'a/b', onRemoved: async () => undefined });
    await expect(starting).rejects.toThrow('table name "a/b": expected 3 to 255 of');
  });

  test('answers others when a caller hangs up in the middle', async () => {
    const { db, table } = await start();
    const { port, hostname } = new URL(db.url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    socket.write('POST / HTTP/1.1\r\nhost: local\r\ncontent-length: 100\r\n\r\n{');
    socket.destroy();
    await once(socket, 'close');

    await table.send(new PutCommand({ TableName, Item: row('a') }));
    expect((await table.send(new GetCommand({ TableName, Key: key('a') }))).Item).toEqual(row('a'));
  });
});

describe('the stream', () => {
  test('has the old image of what was deleted, and the caller what it asked for', async () => {
    const { db, table, records } = await start();
    for (const token of ['a', 'b']) await table.send(new PutCommand({ TableName, Item: row(token) }));

    const silent = await table.send(new DeleteCommand({ TableName, Key: key('a') }));
    const old = await table.send(new DeleteCommand({ TableName, Key: key('b'), ReturnValues: 'ALL_OLD' }));
    await db.idle();

    expect(silent.Attributes).toBeUndefined();
    expect(old.Attributes).toEqual(row('b'));
    expect(records.map((record) => record.dynamodb?.OldImage?.['endpointArn'])).toEqual([
      { S: row('a').endpointArn },
      { S: row('b').endpointArn },
    ]);
    expect(records[0]).toMatchObject({
      eventName: 'REMOVE',
      eventSource: 'aws:dynamodb',
      dynamodb: {
        Keys: { pk: { S: 'TOKEN#a' }, sk: { S: 'PBX#office#LINE#1' } },
        OldImage: { registeredAt: { N: '1' } },
        StreamViewType: 'OLD_IMAGE',
      },
    });
    expect(records[0]).not.toHaveProperty('userIdentity');
    const [first, second] = records.map((record) => BigInt(record.dynamodb?.SequenceNumber ?? 0));
    expect(first).toBeLessThan(second ?? 0n);
  });

  test('has nothing of a delete that failed, or that found nothing, or of a write', async () => {
    const { db, table, records } = await start();
    await table.send(new PutCommand({ TableName, Item: row('a') }));
    await table.send(new PutCommand({ TableName, Item: row('a', '102') }));

    await expect(
      table.send(
        new DeleteCommand({
          TableName,
          Key: key('a'),
          ConditionExpression: 'registeredAt = :at',
          ExpressionAttributeValues: { ':at': 2 },
        }),
      ),
    ).rejects.toThrow('conditional request failed');
    await table.send(new DeleteCommand({ TableName, Key: key('nobody') }));
    await db.idle();

    expect(records).toEqual([]);
    expect((await table.send(new GetCommand({ TableName, Key: key('a') }))).Item).toEqual(row('a', '102'));
  });

  test('has what a batch removed', async () => {
    const { db, table, records } = await start();
    for (const token of ['a', 'b']) await table.send(new PutCommand({ TableName, Item: row(token) }));

    const requests = ['a', 'b', 'nobody'].map((token) => ({ DeleteRequest: { Key: key(token) } }));
    await table.send(
      new BatchWriteCommand({
        RequestItems: { [TableName]: [...requests, { PutRequest: { Item: row('c') } }] },
      }),
    );
    await db.idle();

    expect(records.map((record) => record.dynamodb?.OldImage?.['pk']?.S)).toEqual(['TOKEN#a', 'TOKEN#b']);
    expect((await table.send(new GetCommand({ TableName, Key: key('a') }))).Item).toBeUndefined();
    expect((await table.send(new GetCommand({ TableName, Key: key('c') }))).Item).toEqual(row('c'));
  });

  test('has every removal once, whatever runs at once', async () => {
    const { db, table, records } = await start();
    const made: number[] = [];
    const make = async (n: number) => {
      const put = new PutCommand({
        TableName,
        Item: { ...row('a'), registeredAt: n },
        ConditionExpression: 'attribute_not_exists(pk)',
      });
      await table.send(put).then(
        () => made.push(n),
        () => undefined,
      );
    };
    const removal = { DeleteRequest: { Key: key('a') } };
    const steps = Array.from({ length: 300 }, (_, n) => {
      if (n % 3 === 0) return make(n);
      if (n % 3 === 1) return table.send(new DeleteCommand({ TableName, Key: key('a') }));
      return table.send(new BatchWriteCommand({ RequestItems: { [TableName]: [removal] } }));
    });
    await Promise.all(steps);
    await table.send(new DeleteCommand({ TableName, Key: key('a') }));
    await db.idle();

    const removed = records.map((record) => Number(record.dynamodb?.OldImage?.['registeredAt']?.N));
    expect(made.length).toBeGreaterThan(1);
    expect(removed.toSorted((a, b) => a - b)).toEqual(made.toSorted((a, b) => a - b));
  });

  test('tries again what failed, and gives up a bad record alone, naming no token', async () => {
    const printed = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    opened.push({ close: () => printed.mockRestore() });
    const handled: string[] = [];
    const tried: string[] = [];
    let down = 3;
    const onRemoved = async (records: DynamoDBRecord[]) => {
      const tokens = records.map((record) => record.dynamodb?.Keys?.['pk']?.S ?? '');
      tried.push(...tokens);
      down -= 1;
      if (down >= 0 || tokens.includes('TOKEN#bad')) throw new Error('refused');
      handled.push(...tokens);
    };
    const { db, table } = await start({ onRemoved });
    const tokens = ['a', 'bad', 'b', 'c'];
    for (const token of tokens) await table.send(new PutCommand({ TableName, Item: row(token) }));

    await table.send(
      new BatchWriteCommand({
        RequestItems: { [TableName]: tokens.map((token) => ({ DeleteRequest: { Key: key(token) } })) },
      }),
    );
    await db.idle();

    expect(handled).toEqual(['TOKEN#a', 'TOKEN#b', 'TOKEN#c']);
    // In the whole batch, in its half, alone, and five times more.
    expect(tried.filter((token) => token === 'TOKEN#bad')).toHaveLength(8);
    expect(printed.mock.calls).toEqual([['table stream: a removed item was given up after 5 retries']]);
  });

  test('is handed over before closing, while the table still answers', async () => {
    const found: unknown[] = [];
    const db = await startDynamoDb({
      tableName: TableName,
      onRemoved: async () => {
        found.push((await table.send(new GetCommand({ TableName, Key: key('b') }))).Item);
      },
    });
    const table = clientOf(db.url);
    for (const token of ['a', 'b']) await table.send(new PutCommand({ TableName, Item: row(token) }));
    await table.send(new DeleteCommand({ TableName, Key: key('a') }));

    await db.close();

    expect(found).toEqual([row('b')]);
  });
});

describe('expiry', () => {
  test('removes what has expired, in the name of DynamoDB, and nothing else', async () => {
    const { table, records } = await start({ sweepMs: 20 });
    const now = Math.floor(Date.now() / 1000);
    await table.send(new PutCommand({ TableName, Item: { ...row('later'), expiresAt: now + 3600 } }));
    await table.send(new PutCommand({ TableName, Item: row('never') }));
    await table.send(new PutCommand({ TableName, Item: { ...row('past'), expiresAt: now - 10 } }));

    await until(() => records.length > 0);

    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({
      eventName: 'REMOVE',
      userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      dynamodb: { OldImage: { pk: { S: 'TOKEN#past' } } },
    });
    for (const [token, there] of [
      ['later', true],
      ['never', true],
      ['past', false],
    ] as const) {
      const { Item } = await table.send(new GetCommand({ TableName, Key: key(token) }));
      expect(Item !== undefined).toBe(there);
    }
  });
});

describe('a folder', () => {
  const folder = async () => {
    const dir = await mkdtemp(join(tmpdir(), 'pns-dynamodb-'));
    opened.push({ close: () => rm(dir, { recursive: true }) });
    return dir;
  };

  test('keeps the data between runs, indexes too', async () => {
    const dir = join(await folder(), 'made', 'on the way');
    const first = await startDynamoDb({ dir, tableName: TableName, onRemoved: async () => undefined });
    await clientOf(first.url).send(new PutCommand({ TableName, Item: row('a') }));
    await first.close();

    const { table } = await start({ dir });

    expect((await table.send(new GetCommand({ TableName, Key: key('a') }))).Item).toEqual(row('a'));
    const query = new QueryCommand({
      TableName,
      IndexName: 'byExtension',
      KeyConditionExpression: 'extensionKey = :key',
      ExpressionAttributeValues: { ':key': 'PBX#office#EXT#101' },
    });
    expect((await table.send(query)).Items).toEqual([row('a')]);
  });

  test('keeps what was acknowledged when the process is killed', async () => {
    const dir = await folder();
    const program = `
      const { startDynamoDb } = await import(${JSON.stringify(new URL('../../local/dynamodb.ts', import.meta.url).href)});
      const { url } = await startDynamoDb({
        dir: ${JSON.stringify(dir)}, tableName: '${TableName}', onRemoved: async () => undefined,
      });
      console.log(url);`;
    const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit');
    opened.push({ close: () => void child.kill('SIGKILL') });
    if (child.stdout === null) throw new Error('no output');
    const [printed] = await once(child.stdout, 'data');
    const killed = clientOf(String(printed).trim());
    for (let n = 0; n < 50; n += 1) await killed.send(new PutCommand({ TableName, Item: row(`t${n}`) }));
    child.kill('SIGKILL');
    await exited;

    const { table } = await start({ dir });

    const query = new QueryCommand({
      TableName,
      IndexName: 'byExtension',
      KeyConditionExpression: 'extensionKey = :key',
      ExpressionAttributeValues: { ':key': 'PBX#office#EXT#101' },
    });
    expect((await table.send(query)).Items).toHaveLength(50);
  });
});

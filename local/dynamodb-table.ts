import { setTimeout as sleep } from 'node:timers/promises';
import type { CreateTableCommandInput, KeySchemaElement } from '@aws-sdk/client-dynamodb';
import type { Engine, TableDescription } from './dynamodb-engine.ts';

const keySchema = (partition: string, sort?: string): KeySchemaElement[] => [
  { AttributeName: partition, KeyType: 'HASH' },
  ...(sort === undefined ? [] : [{ AttributeName: sort, KeyType: 'RANGE' as const }]),
];

/** The same as `lib/` deploys. */
export const definitionOf = (tableName: string): CreateTableCommandInput => ({
  TableName: tableName,
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: ['pk', 'sk', 'extensionKey', 'extensionSort', 'endpointArn'].map((name) => ({
    AttributeName: name,
    AttributeType: 'S',
  })),
  KeySchema: keySchema('pk', 'sk'),
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byExtension',
      KeySchema: keySchema('extensionKey', 'extensionSort'),
      Projection: { ProjectionType: 'ALL' },
    },
    {
      IndexName: 'byEndpoint',
      KeySchema: keySchema('endpointArn'),
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
});

/** Makes the table where it is missing, and gives it once it can be used. */
export const openTable = async ({ call }: Engine, tableName: string): Promise<TableDescription> => {
  const describe = async () => (await call('DescribeTable', { TableName: tableName }))?.Table;
  if ((await describe()) === undefined && (await call('CreateTable', definitionOf(tableName))) === undefined)
    throw new Error(`table name "${tableName}": expected 3 to 255 of A-Z, a-z, 0-9, "_", "-" and "."`);
  for (let look = 0; look < 1000; look += 1) {
    const table = await describe();
    if (table?.TableStatus === 'ACTIVE') return table;
    await sleep(1);
  }
  throw new Error(`local DynamoDB: table ${tableName} does not become active`);
};

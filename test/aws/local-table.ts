import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { documentClient } from '../support/aws-clients.ts';

/** A table in the local DynamoDB for the tests of a file, by what `create` makes of it; to be asked for within a test. */
export const useLocalTable = <Table>(
  create: (client: DynamoDBDocumentClient, tableName: string) => Table,
) => {
  const tableName = 'table';
  let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
  let client: DynamoDBDocumentClient;
  let table: Table;
  beforeAll(async () => {
    dynamoDb = await startDynamoDb({ tableName, onRemoved: async () => {} });
    client = documentClient(dynamoDb.url);
    table = create(client, tableName);
  });
  afterAll(async () => {
    client.destroy();
    await dynamoDb.close();
  });
  return () => ({ client, tableName, table });
};

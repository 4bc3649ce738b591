import { afterAll, beforeAll } from 'vitest';
import { createGuardTable, type GuardAdministration } from '../../lambda/aws/guard-table.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { documentClient } from '../support/aws-clients.ts';
import { describeGuardAdministration, describeGuardTable } from '../support/guard-table-contract.ts';
import { createMemoryGuardTable } from '../support/memory-guard-table.ts';

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
let client: ReturnType<typeof documentClient>;
let table: GuardAdministration;
beforeAll(async () => {
  dynamoDb = await startDynamoDb({ tableName: 'guard', onRemoved: async () => {} });
  client = documentClient(dynamoDb.url);
  table = createGuardTable(client, 'guard');
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});

const { table: memory } = createMemoryGuardTable();
describeGuardTable('in memory', () => memory);
describeGuardTable('on DynamoDB', () => table);
describeGuardAdministration('on DynamoDB', () => ({ client, tableName: 'guard', table }));

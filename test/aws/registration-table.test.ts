import { afterAll, beforeAll } from 'vitest';
import { createRegistrationTable } from '../../lambda/aws/registration-table.ts';
import type { RegistrationTable } from '../../lambda/core/ports.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { documentClient } from '../support/aws-clients.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { describeRegistrationTable } from '../support/registration-table-contract.ts';

const { table: memory } = createMemoryTable();
describeRegistrationTable('in memory', () => memory);

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
let client: ReturnType<typeof documentClient>;
let table: RegistrationTable;
beforeAll(async () => {
  dynamoDb = await startDynamoDb({ tableName: 'registrations', onRemoved: async () => {} });
  client = documentClient(dynamoDb.url);
  table = createRegistrationTable(client, 'registrations');
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});
describeRegistrationTable('on DynamoDB', () => table);

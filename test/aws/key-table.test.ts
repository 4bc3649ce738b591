import { afterAll, beforeAll } from 'vitest';
import { createKeyTable, type KeyAdministration } from '../../lambda/aws/key-table.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { documentClient } from '../support/aws-clients.ts';
import { describeKeyTable } from '../support/key-table-contract.ts';

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
let client: ReturnType<typeof documentClient>;
let table: KeyAdministration;
beforeAll(async () => {
  dynamoDb = await startDynamoDb({ tableName: 'keys', onRemoved: async () => {} });
  client = documentClient(dynamoDb.url);
  table = createKeyTable(client, 'keys');
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});
describeKeyTable('on DynamoDB', () => table);

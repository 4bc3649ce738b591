import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll } from 'vitest';
import { createGuardTable } from '../../lambda/aws/guard-table.ts';
import { createKeyTable } from '../../lambda/aws/key-table.ts';
import { createRegistrationTable } from '../../lambda/aws/registration-table.ts';
import { definitionOf } from '../../local/dynamodb-table.ts';
import { describeGuardAdministration, describeGuardTable } from './guard-table-contract.ts';
import { describeKeyTable } from './key-table-contract.ts';
import { describeRegistrationTable } from './registration-table-contract.ts';

/** A contract reads and writes hundreds of rows in one test. In milliseconds. */
const setUpMs = 60_000;

/**
 * Holds a DynamoDB to all that the system relies on of it, in a table that is made for it and deleted again. Its indexes
 * must not lag.
 *
 * @param configOf where it is, and what requests are signed with; asked once the tests run
 */
export const describeTables = (name: string, configOf: () => DynamoDBClientConfig): void => {
  const tableName = `contract-${randomUUID()}`;
  let dynamoDb: DynamoDBClient;
  let client: DynamoDBDocumentClient;
  beforeAll(async () => {
    dynamoDb = new DynamoDBClient(configOf());
    client = DynamoDBDocumentClient.from(dynamoDb, { marshallOptions: { removeUndefinedValues: true } });
    await dynamoDb.send(new CreateTableCommand(definitionOf(tableName)));
    const patience = { client: dynamoDb, maxWaitTime: setUpMs / 1_000, minDelay: 1, maxDelay: 1 };
    await waitUntilTableExists(patience, { TableName: tableName });
  }, setUpMs);
  afterAll(async () => {
    await dynamoDb.send(new DeleteTableCommand({ TableName: tableName }));
    dynamoDb.destroy();
  });

  describeRegistrationTable(name, () => createRegistrationTable(client, tableName));
  describeKeyTable(name, () => createKeyTable(client, tableName));
  describeGuardTable(name, () => createGuardTable(client, tableName));
  describeGuardAdministration(name, () => {
    return { client, tableName, table: createGuardTable(client, tableName) };
  });
};

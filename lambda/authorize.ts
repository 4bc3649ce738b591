import { createDynamoDb } from './aws/clients.ts';
import { createKeyTable } from './aws/key-table.ts';
import { readEnvironment } from './environment.ts';
import { handleAuthorization } from './http/authorizer.ts';

const keys = createKeyTable(createDynamoDb(), readEnvironment(process.env).table());

export const handler = handleAuthorization(keys);

import { it } from 'vitest';
import { describeTables } from '../support/table-contracts.ts';

/** Any DynamoDB, DynamoDB Local for one. Region and credentials are those of the environment. */
const endpoint = process.env['DYNAMODB_ENDPOINT'];
if (endpoint) describeTables(`at ${endpoint}`, () => ({ endpoint }));
else {
  const why = 'DYNAMODB_ENDPOINT names no DynamoDB, so nothing was run: see CONTRIBUTING.md';
  process.stdout.write(`${why}\n`);
  it.skip(why);
}

import { type DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { linesOf, readItemKey } from '../../lambda/aws/registration-item.ts';
import { createRegistrationTable } from '../../lambda/aws/registration-table.ts';
import type { RegistrationKey } from '../../lambda/core/registration.ts';
import { AdminError, describeFailure } from './failure.ts';
import { inBatches } from './in-batches.ts';

/** All registrations of one PBX. The whole table is read for them: no index knows them by PBX alone. */
export type PbxRegistrations = {
  count(pbxId: string): Promise<number>;
  /**
   * Gives how many were removed. The table's stream then releases their endpoints. May be repeated.
   *
   * @throws AdminError that says how many were removed before it failed
   */
  remove(pbxId: string): Promise<number>;
};

export const createPbxRegistrations = (
  dynamoDb: DynamoDBDocumentClient,
  TableName: string,
): PbxRegistrations => {
  const table = createRegistrationTable(dynamoDb, TableName);

  const pages = async function* (pbxId: string): AsyncGenerator<RegistrationKey[]> {
    const scan = {
      TableName,
      ConsistentRead: true,
      FilterExpression: 'begins_with(sk, :lines)',
      ExpressionAttributeValues: { ':lines': linesOf(pbxId) },
      ProjectionExpression: 'pk, sk',
    };
    for await (const { Items = [] } of paginateScan({ client: dynamoDb }, scan)) {
      yield Items.map(({ pk, sk }) => readItemKey({ pk, sk }));
    }
  };

  return {
    count: async (pbxId) => {
      let count = 0;
      for await (const keys of pages(pbxId)) count += keys.length;
      return count;
    },

    remove: async (pbxId) => {
      let removed = 0;
      const remove = async (key: RegistrationKey) => {
        if (await table.remove(key)) removed += 1;
      };
      try {
        for await (const keys of pages(pbxId)) await inBatches(keys, remove);
      } catch (error) {
        throw new AdminError(
          `${describeFailure(error)} (the keys of ${pbxId} are revoked and ${removed} registrations removed; repeat the command to remove the rest)`,
          { cause: error },
        );
      }
      return removed;
    },
  };
};

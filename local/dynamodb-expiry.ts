import type { Engine, Item } from './dynamodb-engine.ts';

/**
 * Removes the items whose `expiresAt` (epoch seconds) has passed, and tells of each. One that was renewed in
 * the meantime stays.
 */
export const removeExpired = async (
  { call }: Engine,
  tableName: string,
  onRemoved: (key: Item, oldImage: Item) => void,
): Promise<void> => {
  const expired = {
    TableName: tableName,
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(Date.now() / 1000)) } },
  };
  let from: Item | undefined;
  do {
    const page = await call('Scan', {
      ...expired,
      FilterExpression: 'expiresAt < :now',
      ProjectionExpression: 'pk, sk',
      // Short pages: other requests are answered in between.
      Limit: 200,
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    for (const key of page?.Items ?? []) {
      const removed = await call('DeleteItem', {
        ...expired,
        Key: key,
        ConditionExpression: 'expiresAt < :now',
        ReturnValues: 'ALL_OLD',
      });
      if (removed?.Attributes !== undefined) onRemoved(key, removed.Attributes);
    }
    from = page?.LastEvaluatedKey;
  } while (from !== undefined);
};

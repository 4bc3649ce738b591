import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { KeyTable } from '../core/authorize.ts';
import type { KeyRecord } from '../core/key.ts';
import { asking, whether } from './table-errors.ts';

/** What `pns-admin` does to keys, beside looking them up. */
export type KeyAdministration = KeyTable & {
  add(record: KeyRecord): Promise<void>;
  /** From the index: may lag behind the table. */
  ofPbx(pbxId: string): Promise<KeyRecord[]>;
  /** Gives whether a key was removed. */
  remove(keyId: string): Promise<boolean>;
};

const keyOf = (keyId: string) => ({ pk: `KEY#${keyId}`, sk: 'KEY' });

const readItem = (item: Record<string, unknown>): KeyRecord => {
  const { pk: _pk, sk: _sk, extensionKey: _key, extensionSort: _sort, ...record } = item;
  return record as KeyRecord;
};

export const createKeyTable = (dynamoDb: DynamoDBDocumentClient, TableName: string): KeyAdministration => ({
  get: async (keyId) => {
    const get = new GetCommand({ TableName, Key: keyOf(keyId), ConsistentRead: true });
    const { Item } = await asking(dynamoDb.send(get));
    return Item && readItem(Item);
  },
  add: async (record) => {
    const index = { extensionKey: `PBX#${record.pbxId}#KEYS`, extensionSort: record.keyId };
    const Item = { ...keyOf(record.keyId), ...index, ...record };
    await asking(
      dynamoDb.send(
        new PutCommand({
          TableName,
          Item,
          // The same secret is the SDK's own retry, after an answer that was lost.
          ConditionExpression: 'attribute_not_exists(pk) OR secretHash = :secretHash',
          ExpressionAttributeValues: { ':secretHash': record.secretHash },
        }),
      ),
    );
  },
  ofPbx: async (pbxId) => {
    const { Items = [] } = await asking(
      dynamoDb.send(
        new QueryCommand({
          TableName,
          IndexName: 'byExtension',
          KeyConditionExpression: 'extensionKey = :key',
          ExpressionAttributeValues: { ':key': `PBX#${pbxId}#KEYS` },
        }),
      ),
    );
    return Items.map(readItem);
  },
  remove: (keyId) =>
    whether(
      dynamoDb.send(
        new DeleteCommand({ TableName, Key: keyOf(keyId), ConditionExpression: 'attribute_exists(pk)' }),
      ),
    ),
});

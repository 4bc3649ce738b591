import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createKeyTable } from '../lambda/aws/key-table.ts';
import { hashOfSecret, makeKey, writeKey } from '../lambda/core/key.ts';

/** Makes keys as `pns-admin keys add` does, in the local table. */
export const createKeys = (endpoint: string, region: string, tableName: string) => {
  const client = new DynamoDBClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  const keys = createKeyTable(DynamoDBDocumentClient.from(client), tableName);
  return {
    /** Gives the key as a PBX sends it: it is not to be had again. */
    add: async (pbxId: string): Promise<string> => {
      const key = makeKey();
      const secretHash = hashOfSecret(key.secret);
      await keys.add({ keyId: key.keyId, pbxId, secretHash, createdAt: Date.now() });
      return writeKey(key);
    },
    close: () => client.destroy(),
  };
};

import { describe, expect, it } from 'vitest';
import type { KeyAdministration } from '../../lambda/aws/key-table.ts';
import type { KeyRecord } from '../../lambda/core/key.ts';
import { hashOfSecret, makeKey } from '../../lambda/core/key.ts';
import { noon } from './builders.ts';

const aKey = (pbxId: string, more: Partial<KeyRecord> = {}): KeyRecord => {
  const { keyId, secret } = makeKey();
  return { keyId, pbxId, secretHash: hashOfSecret(secret), createdAt: noon, ...more };
};

/** What the authorizer and `pns-admin keys` rely on of the keys' table, whatever stands behind it. */
export const describeKeyTable = (name: string, table: () => KeyAdministration): void => {
  describe(`key table: ${name}`, () => {
    it('gives a key as it was added, and nothing for one that was not', async () => {
      const key = aKey('pbx-keys', { apps: ['demo', 'brand'], replaces: 'abcdefghijkl' });
      await table().add(key);
      expect(await table().get(key.keyId)).toEqual(key);
      expect(await table().get(makeKey().keyId)).toBeUndefined();
    });

    it('takes the same key again, and no other one in its place', async () => {
      const key = aKey('pbx-again');
      await table().add(key);
      await table().add(key);
      await expect(table().add({ ...aKey('pbx-other'), keyId: key.keyId })).rejects.toMatchObject({
        name: 'ConditionalCheckFailedException',
      });
      expect(await table().get(key.keyId)).toEqual(key);
    });

    it('finds the keys of a PBX, and none of one whose name begins alike', async () => {
      const [one, two] = [aKey('pbx-many'), aKey('pbx-many')];
      for (const key of [one, two, aKey('pbx-many-more')]) await table().add(key);
      const found = (await table().ofPbx('pbx-many')).map(({ keyId }) => keyId);
      expect(found.toSorted()).toEqual([one.keyId, two.keyId].toSorted());
      expect(await table().ofPbx('pbx-man')).toEqual([]);
    });

    it('removes a key once', async () => {
      const key = aKey('pbx-removed');
      await table().add(key);
      expect(await table().remove(key.keyId)).toBe(true);
      expect(await table().remove(key.keyId)).toBe(false);
      expect(await table().get(key.keyId)).toBeUndefined();
      expect(await table().ofPbx('pbx-removed')).toEqual([]);
    });
  });
};

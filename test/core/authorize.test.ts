import { describe, expect, it } from 'vitest';
import type { KeyTable } from '../../lambda/core/authorize.ts';
import { authorize } from '../../lambda/core/authorize.ts';
import type { Key, KeyRecord } from '../../lambda/core/key.ts';
import { hashOfSecret, makeKey, writeKey } from '../../lambda/core/key.ts';
import { noon } from '../support/builders.ts';

const key = makeKey();
const recordOf = ({ keyId, secret }: Key, changes: Partial<KeyRecord> = {}): KeyRecord => ({
  keyId,
  pbxId: 'pbx-1',
  secretHash: hashOfSecret(secret),
  createdAt: noon,
  ...changes,
});

const keyTable = (...records: KeyRecord[]) => {
  const asked: string[] = [];
  const keys: KeyTable = {
    get: async (keyId) => {
      asked.push(keyId);
      return records.find((record) => record.keyId === keyId);
    },
  };
  return { keys, asked };
};

describe('authorize', () => {
  it('tells who a key speaks for, and which apps it is limited to', async () => {
    const bearer = `Bearer ${writeKey(key)}`;
    const { keyId } = key;
    expect(await authorize(keyTable(recordOf(key)).keys, bearer)).toEqual({ pbxId: 'pbx-1', keyId });
    expect(await authorize(keyTable(recordOf(key, { apps: ['demo'] })).keys, bearer)).toEqual({
      pbxId: 'pbx-1',
      keyId,
      apps: ['demo'],
    });
  });

  it('takes the scheme’s name in any case (RFC 9110, section 11.1)', async () => {
    const { keys } = keyTable(recordOf(key));
    expect(await authorize(keys, `bearer ${writeKey(key)}`)).toMatchObject({ pbxId: 'pbx-1' });
  });

  it.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['another scheme', `Basic ${writeKey(key)}`],
    ['no scheme', writeKey(key)],
    ['two keys', `Bearer ${writeKey(key)} ${writeKey(key)}`],
    ['no key', 'Bearer secret'],
    // Each way to write a header is a verdict of its own in API Gateway's cache.
    ['two spaces', `Bearer  ${writeKey(key)}`],
    ['a space behind it', `Bearer ${writeKey(key)} `],
    ['a mistyped key', `Bearer ${writeKey(key).slice(0, -1)}`],
  ])('refuses %s without asking the table', async (_, header) => {
    const { keys, asked } = keyTable(recordOf(key));
    expect(await authorize(keys, header)).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('refuses a key that is not there, and one with another secret', async () => {
    const { keyId } = key;
    const forged = writeKey({ keyId, secret: makeKey().secret });
    expect(await authorize(keyTable().keys, `Bearer ${writeKey(key)}`)).toBeUndefined();
    expect(await authorize(keyTable(recordOf(key)).keys, `Bearer ${forged}`)).toBeUndefined();
  });

  it('does not take a key that could not be looked up for a wrong one', async () => {
    const fault = new Error('the table could not be asked');
    const keys: KeyTable = { get: () => Promise.reject(fault) };
    await expect(authorize(keys, `Bearer ${writeKey(key)}`)).rejects.toBe(fault);
  });
});

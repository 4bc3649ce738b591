import type { Caller } from './caller.ts';
import type { KeyRecord } from './key.ts';
import { isSecretOf, readKey } from './key.ts';

/** Where keys are kept. Every method is one request to the table; reads are strongly consistent. */
export type KeyTable = { get(keyId: string): Promise<KeyRecord | undefined> };

/**
 * Who an `Authorization` header speaks for. Undefined only for a key known to be wrong.
 *
 * @throws whatever the table throws: a key that could not be looked up is not a wrong one
 */
export const authorize = async (keys: KeyTable, header: string | undefined): Promise<Caller | undefined> => {
  const [, text] = /^Bearer (\S+)$/i.exec(header ?? '') ?? [];
  const key = text === undefined ? undefined : readKey(text);
  if (key === undefined) return undefined;
  const record = await keys.get(key.keyId);
  if (record === undefined || !isSecretOf(record, key.secret)) return undefined;
  const { pbxId, keyId, apps } = record;
  return { pbxId, keyId, ...(apps !== undefined && { apps }) };
};

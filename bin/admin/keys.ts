import { setTimeout as delay } from 'node:timers/promises';
import type { Key, KeyRecord } from '../../lambda/core/key.ts';
import { hashOfSecret, makeKey } from '../../lambda/core/key.ts';
import { AdminError, describeFailure } from './failure.ts';
import type { Target } from './target.ts';

type Owner = Pick<KeyRecord, 'pbxId' | 'apps' | 'replaces'>;

/** Gives the new key: its secret is kept nowhere else. */
export const addKey = async ({ keys }: Pick<Target, 'keys'>, owner: Owner): Promise<Key> => {
  const key = makeKey();
  const { pbxId, apps, replaces } = owner;
  await keys.add({
    keyId: key.keyId,
    pbxId,
    secretHash: hashOfSecret(key.secret),
    createdAt: Date.now(),
    ...(apps !== undefined && { apps }),
    ...(replaces !== undefined && { replaces }),
  });
  return key;
};

/** What may be shown of a key. */
export type ListedKey = { keyId: string; apps?: readonly string[]; createdAt: string; replaces?: string };

/** Oldest first. A key of a moment ago may be missing. */
export const listKeys = async ({ keys }: Pick<Target, 'keys'>, pbxId: string): Promise<ListedKey[]> => {
  const records = await keys.ofPbx(pbxId);
  return records
    .toSorted((a, b) => a.createdAt - b.createdAt)
    .map(({ keyId, apps, createdAt, replaces }) => ({
      keyId,
      createdAt: new Date(createdAt).toISOString(),
      ...(apps !== undefined && { apps }),
      ...(replaces !== undefined && { replaces }),
    }));
};

/**
 * Removes keys, then makes API Gateway forget that it knew them: also where they were gone already, since a
 * repeat may follow a reset that failed. Gives the ids of those that were there.
 *
 * @throws AdminError where the keys are gone, but the cache was not reset
 */
export const revokeKeys = async (
  { keys, resetAuthorizersCache, authorizerTimeoutMs }: Target,
  keyIds: readonly string[],
): Promise<string[]> => {
  const removals = await Promise.allSettled(keyIds.map((keyId) => keys.remove(keyId)));
  // Twice: a verdict on a key read just before it was removed may be stored after the first reset.
  const resetAll = async () => {
    await resetAuthorizersCache();
    if (keyIds.length === 0) return;
    await delay(authorizerTimeoutMs);
    await resetAuthorizersCache();
  };
  const [reset] = await Promise.allSettled([resetAll()]);

  const revoked = keyIds.filter((_, index) => {
    const removal = removals[index];
    if (removal?.status === 'rejected') throw removal.reason;
    return removal?.value;
  });
  if (reset.status === 'rejected') {
    throw new AdminError(
      `${revoked.length > 0 ? `revoked: ${revoked.join(', ')}` : 'there was no key to revoke'}. But a revoked key may be honoured for up to an hour, since API Gateway's cache could not be reset (${describeFailure(reset.reason)}): repeat the command`,
      { cause: reset.reason },
    );
  }
  return revoked;
};

/** @throws AdminError where there was no such key; the cache is reset nevertheless */
export const revokeKey = async (target: Target, keyId: string): Promise<void> => {
  const revoked = await revokeKeys(target, [keyId]);
  if (revoked.length === 0) throw unknownKey(keyId);
};

const unknownKey = (keyId: string) =>
  new AdminError(
    `there is no key ${keyId}: mistyped, or revoked before. API Gateway's cache was reset, so that it lets in no key that is gone`,
  );

/**
 * Makes a successor of a key, for the same PBX and apps. The key stays live beside it, unless it has leaked
 * (`now`); the one that it had replaced itself is revoked, so that two of a line are live at most.
 *
 * @param show gets the successor as soon as it is live, and before anything is revoked
 * @returns the ids of the keys that were revoked
 * @throws AdminError where there is no such key, or it has a successor already; what is to be revoked is
 *   revoked then too, so that a repeat ends what failed before
 */
export const rotateKey = async (
  target: Target,
  keyId: string,
  { now, show }: { now: boolean; show(successor: Key, pbxId: string): void },
): Promise<string[]> => {
  const { keys } = target;
  const record = await keys.get(keyId);
  if (record === undefined) {
    await revokeKeys(target, []);
    throw unknownKey(keyId);
  }
  const { pbxId, apps } = record;
  const successor = (await keys.ofPbx(pbxId)).find(({ replaces }) => replaces === keyId);
  if (successor === undefined) {
    const owner = { pbxId, replaces: keyId, ...(apps !== undefined && { apps }) };
    show(await addKey(target, owner), pbxId);
  }

  const surplus = [record.replaces, now ? keyId : undefined].filter((id) => id !== undefined);
  const revoked = surplus.length > 0 ? await revokeKeys(target, surplus) : [];
  if (successor !== undefined) throw hasSuccessor(keyId, successor.keyId, now);
  return revoked;
};

const hasSuccessor = (keyId: string, successor: string, revoked: boolean) =>
  new AdminError(
    revoked
      ? `${keyId} is revoked, but no key was made: ${successor} had replaced it already. If that one is lost: pns-admin keys rotate ${successor} --now`
      : `no key was made: ${successor} replaces ${keyId} already. If that one is lost: pns-admin keys revoke ${successor}, then rotate again`,
  );

import type { KeyObject } from 'node:crypto';
import { compactVerify, decodeProtectedHeader } from 'jose';
import type { OrRefusal } from './apple-reasons.ts';

/** An APNs authentication key (.p8) as Apple knows it: the public half, and which apps it may push to. */
export type AppleKey = { teamId: string; keyId: string; publicKey: KeyObject; bundleIds: readonly string[] };

const MINUTE_MS = 60_000;
/** "Establishing a token-based connection to APNs": a token is refused one hour after its `iat` … */
const LIFETIME_MS = 60 * MINUTE_MS;
/** … and a key's next one if it was issued within 20 minutes of the last. */
const UPDATE_MS = 20 * MINUTE_MS;

const issuedAtOf = (payload: Uint8Array, teamId: string): number | undefined => {
  const claims: unknown = JSON.parse(Buffer.from(payload).toString());
  if (typeof claims !== 'object' || claims === null) return undefined;
  if (!('iss' in claims) || claims.iss !== teamId) return undefined;
  return 'iat' in claims && typeof claims.iat === 'number' ? claims.iat : undefined;
};

/**
 * Checks the `authorization` header as Apple does and gives the key that signed it. `keys` is read anew for
 * every request, so that keys may be added; `now` gives epoch milliseconds.
 */
export const createProviderTokenCheck = (keys: readonly AppleKey[], now: () => number) => {
  const accepted = new Map<AppleKey, readonly number[]>();

  const verify = async (token: string): Promise<{ key: AppleKey; issuedAt: number } | undefined> => {
    try {
      const { kid } = decodeProtectedHeader(token);
      const key = keys.find(({ keyId }) => keyId === kid);
      if (!key) return undefined;
      const { payload } = await compactVerify(token, key.publicKey, { algorithms: ['ES256'] });
      const issuedAt = issuedAtOf(payload, key.teamId);
      return issuedAt === undefined ? undefined : { key, issuedAt };
    } catch {
      return undefined;
    }
  };

  /** Only the `iat` tells tokens apart: two signings of one instant are one token. */
  const isUpdateTooSoon = (key: AppleKey, issuedAt: number): boolean => {
    const known = (accepted.get(key) ?? []).filter((earlier) => now() - earlier * 1000 <= LIFETIME_MS);
    if (known.includes(issuedAt)) return false;
    if (known.some((earlier) => Math.abs(issuedAt - earlier) * 1000 < UPDATE_MS)) return true;
    accepted.set(key, [...known, issuedAt]);
    return false;
  };

  return async (authorization: string | undefined): Promise<OrRefusal<AppleKey>> => {
    const token = /^bearer +(.+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return { reason: 'MissingProviderToken' };
    const verified = await verify(token);
    if (!verified) return { reason: 'InvalidProviderToken' };
    const { key, issuedAt } = verified;
    const age = now() - issuedAt * 1000;
    if (age < 0) return { reason: 'InvalidProviderToken' };
    if (age > LIFETIME_MS) return { reason: 'ExpiredProviderToken' };
    return isUpdateTooSoon(key, issuedAt) ? { reason: 'TooManyProviderTokenUpdates' } : { value: key };
  };
};

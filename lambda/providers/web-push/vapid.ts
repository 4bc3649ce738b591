import type { KeyObject } from 'node:crypto';
import { createPrivateKey } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Clock } from '../../core/ports.ts';
import { PushRefusal } from '../../core/ports.ts';
import { unlessUseless } from '../credential-error.ts';
import { createKept } from '../kept.ts';
import type { Secret, WebPushSettings } from '../provider-settings.ts';
import type { VapidKeys } from './credentials.ts';
import { readVapidKeys } from './credentials.ts';
import { createLru } from './lru.ts';

const minutes = (count: number): number => count * 60_000;
const hours = (count: number): number => minutes(count * 60);

/** A secret is read again after this long: an operator may have mended it. */
const secretKeptMs = minutes(5);
/** And it does for so long where Secrets Manager tells none. */
const secretGoodForMs = hours(6);

/** A token lives for at most 24 hours (RFC 8292, section 2), and a push service's clock may be off. */
const tokenLifetimeMs = hours(12);
/** Push services check faster what they have seen before (RFC 8292, section 2). */
const tokenKeptMs = hours(6);

/** For how many push services an app keeps a token. */
const mostOrigins = 100;

/** As the signer wants it: RFC 7518, section 6.2. */
const signingKeyOf = ({ publicKey, privateKey: d }: VapidKeys): KeyObject => {
  const point = Buffer.from(publicKey, 'base64url');
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  return createPrivateKey({ key: { kty: 'EC', crv: 'P-256', x, y, d }, format: 'jwk' });
};

export type Vapid = {
  /**
   * The value of `Authorization` for a push service, named by its origin. Rejects with PushRefusal: `application-disabled`
   * where the secret does not hold the keys that the settings name.
   */
  authorizationFor(origin: string): Promise<string>;
  /** Signs anew for this push service next time: it has refused this one. */
  forget(origin: string, authorization: string): void;
};

/** Tells push services who sends, for one app (RFC 8292). */
export const createVapid = (
  { subject, publicKey, ...secret }: WebPushSettings,
  readSecret: (secret: Secret) => Promise<string>,
  { now }: Pick<Clock, 'now'>,
): Vapid => {
  const privateKey = createKept(async () => {
    const text = await readSecret(secret);
    const keys = unlessUseless(() => readVapidKeys(text, { publicKey }));
    // Where Secrets Manager fails, the keys are none the worse.
    return {
      value: keys && signingKeyOf(keys),
      until: now() + secretKeptMs,
      ...(keys && { goodUntil: now() + secretGoodForMs }),
    };
  }, now);

  const authorizations = createLru(mostOrigins, (origin) =>
    createKept(async () => {
      const key = await privateKey.get();
      if (key === undefined) throw new PushRefusal('application-disabled');
      const signed = await new SignJWT()
        .setProtectedHeader({ typ: 'JWT', alg: 'ES256' })
        .setAudience(origin)
        .setSubject(subject)
        .setExpirationTime(Math.floor((now() + tokenLifetimeMs) / 1_000))
        .sign(key);
      const goodUntil = now() + tokenLifetimeMs - hours(1);
      return { value: `vapid t=${signed}, k=${publicKey}`, until: now() + tokenKeptMs, goodUntil };
    }, now),
  );

  return {
    authorizationFor: async (origin) => {
      if ((await privateKey.get()) === undefined) throw new PushRefusal('application-disabled');
      return authorizations(origin).get();
    },
    forget: (origin, authorization) => authorizations(origin).forget(authorization),
  };
};

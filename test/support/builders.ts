import { createECDH } from 'node:crypto';
import type { App, Apps } from '../../lambda/core/apps.ts';
import type { Caller } from '../../lambda/core/caller.ts';
import type { Platform } from '../../lambda/core/contract.ts';
import type { Call } from '../../lambda/core/notice.ts';
import type { Push } from '../../lambda/core/payload.ts';
import { pushesOf } from '../../lambda/core/payload.ts';
import type { Registration } from '../../lambda/core/registration.ts';
import { hashOf } from '../../lambda/core/token.ts';
import { createTrace } from '../../lambda/core/trace.ts';

/** 2026-11-22T12:00:00Z: the moment at which tests happen. */
export const noon = 1_795_348_800_000;

export const apps: Apps = {
  demo: { fcm: true, bundleId: 'com.example.demo', hms: { v2: true, v3: true, voip: true }, webpush: true },
};

export const caller = (pbxId = 'pbx-1'): Caller => ({ pbxId, keyId: 'key-1' });

/** A call's. */
export const aUuid = '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d';

/** A push token of Google's look, its own for each name. */
export const fcmToken = (name: string): string => `fcm-${name}:APA91b${hashOf(name)}`;

/** A push token of Apple's look. */
export const appleToken = (name: string): string => hashOf(name);

const p256dh = (name: string): string => {
  const browser = createECDH('prime256v1');
  browser.setPrivateKey(hashOf(name), 'hex');
  return browser.getPublicKey('base64url');
};

/** A browser's push subscription, as it is registered: its own address and keys for each name. */
export const aSubscription = (name: string, origin = 'https://push.example.com'): string =>
  JSON.stringify({
    endpoint: `${origin}/${hashOf(name)}`,
    expirationTime: null,
    keys: {
      p256dh: p256dh(name),
      auth: Buffer.from(hashOf(name), 'hex').subarray(0, 16).toString('base64url'),
    },
  });

export const aRegistration = (changes: Partial<Registration> & { token: string }): Registration => ({
  tokenHash: hashOf(changes.token),
  pbxId: 'pbx-1',
  line: 1,
  app: 'demo',
  platform: 'fcm',
  environment: 'production',
  extension: '101',
  registeredAt: noon,
  claimedAt: noon,
  expiresAt: noon + 1_000_000,
  ...changes,
});

/** A push as it is to leave at a moment. */
export const pushOf = (...[to, app, told, now]: Parameters<typeof pushesOf>): Push | undefined =>
  pushesOf(to, app, told, now)(now);

/** The push of a call that rings `ttlSeconds` from now on. */
export const callPush = <P extends Platform>(
  platform: P,
  app: App,
  call: Omit<Call, 'type'>,
  ttlSeconds: number,
): Push & { platform: P } => {
  const push = pushOf({ platform }, app, { ...call, type: 'call' }, call.expiresAt - ttlSeconds * 1_000);
  if (push === undefined) throw new Error('it is too late for this push');
  return push as Push & { platform: P };
};

/** A trace that nobody reads. */
export const aTrace = () => createTrace(() => 0);

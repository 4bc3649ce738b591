import type { Apps } from '../../lambda/core/apps.ts';
import type { Caller } from '../../lambda/core/caller.ts';
import type { Registration } from '../../lambda/core/registration.ts';
import { hashOf } from '../../lambda/core/token.ts';
import { createTrace } from '../../lambda/core/trace.ts';

/** 2026-11-22T12:00:00Z: the moment at which tests happen. */
export const noon = 1_795_348_800_000;

export const apps: Apps = { demo: { fcm: true, bundleId: 'com.example.demo' } };

export const caller = (pbxId = 'pbx-1'): Caller => ({ pbxId, keyId: 'key-1' });

/** A push token of Google's look, its own for each name. */
export const fcmToken = (name: string): string => `fcm-${name}:APA91b${hashOf(name)}`;

/** A push token of Apple's look. */
export const appleToken = (name: string): string => hashOf(name);

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

/** A trace that nobody reads. */
export const aTrace = () => createTrace(() => 0);

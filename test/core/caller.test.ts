import { describe, expect, it } from 'vitest';
import type { Apps } from '../../lambda/core/apps.ts';
import { serves } from '../../lambda/core/apps.ts';
import { appOf, visibleTo } from '../../lambda/core/caller.ts';
import { apps, aRegistration, caller, fcmToken } from '../support/builders.ts';

const two: Apps = { demo: { fcm: true, bundleId: 'com.example.demo' }, pocket: { fcm: true } };
const limited = { ...caller(), apps: ['pocket'] };

describe('appOf', () => {
  it('takes the app that is named, and where there is but one app, that', () => {
    expect(appOf(two, caller(), { platform: 'fcm', app: 'pocket' })).toBe('pocket');
    expect(appOf(apps, caller(), { platform: 'fcm' })).toBe('demo');
    expect(appOf(two, limited, { platform: 'fcm', app: 'pocket' })).toBe('pocket');
  });

  it('asks which of several apps is meant, of a key for one of them too', () => {
    for (const who of [caller(), limited]) {
      expect(() => appOf(two, who, { platform: 'fcm' })).toThrow(
        expect.objectContaining({
          code: 'invalid-request',
          complaints: [expect.objectContaining({ path: 'app' })],
        }),
      );
    }
  });

  it.each([
    ['unknown-app', caller(), 'fcm', 'other'],
    ['unknown-app', caller(), 'fcm', 'constructor'],
    ['unknown-app', caller(), 'fcm', '__proto__'],
    ['app-not-allowed', limited, 'fcm', 'demo'],
    ['platform-not-served', caller(), 'apns-voip', 'pocket'],
    ['platform-not-served', caller(), 'apns', 'pocket'],
  ] as const)('refuses with %s', (code, who, platform, app) => {
    expect(() => appOf(two, who, { platform, app })).toThrow(expect.objectContaining({ code }));
  });
});

describe('serves', () => {
  it('serves Google with a Firebase project, and Apple with a bundle ID, both of Apple’s platforms at once', () => {
    const apple = { pocket: { bundleId: 'com.example.pocket' } };
    expect(serves(apple, 'pocket', { platform: 'fcm' })).toBe(false);
    expect(serves(apple, 'pocket', { platform: 'apns' })).toBe(true);
    expect(serves(apple, 'pocket', { platform: 'apns-voip' })).toBe(true);
    expect(serves(two, 'toString', { platform: 'apns' })).toBe(false);
  });

  it('serves Huawei by the API that the token is of: a credential of the one is none of the other', () => {
    const old = { pocket: { hms: { v2: true } } } as const;
    const harmony = { pocket: { hms: { v3: true } } } as const;
    expect(serves(old, 'pocket', { platform: 'hms' })).toBe(true);
    expect(serves(old, 'pocket', { platform: 'hms', harmonyOs: true })).toBe(false);
    expect(serves(harmony, 'pocket', { platform: 'hms' })).toBe(false);
    expect(serves(harmony, 'pocket', { platform: 'hms', harmonyOs: true })).toBe(true);
    expect(serves(two, 'pocket', { platform: 'hms' })).toBe(false);
  });

  it('serves browsers with VAPID keys', () => {
    expect(serves({ pocket: { webpush: true } }, 'pocket', { platform: 'webpush' })).toBe(true);
    expect(serves(two, 'pocket', { platform: 'webpush' })).toBe(false);
  });
});

describe('visibleTo', () => {
  it('hides other apps’ registrations from a limited key, and none from any other', () => {
    const row = aRegistration({ token: fcmToken('ann') });
    expect(visibleTo(limited)(row)).toBe(false);
    expect(visibleTo(limited)({ ...row, app: 'pocket' })).toBe(true);
    expect(visibleTo(caller())(row)).toBe(true);
    expect(visibleTo({ ...caller(), apps: [] })(row)).toBe(false);
  });
});

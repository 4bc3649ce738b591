import { describe, expect, it } from 'vitest';
import type { Apps } from '../../lambda/core/apps.ts';
import { serves } from '../../lambda/core/apps.ts';
import { appOf, visibleTo } from '../../lambda/core/caller.ts';
import { apps, aRegistration, caller, fcmToken } from '../support/builders.ts';

const two: Apps = { demo: { fcm: true, bundleId: 'com.example.demo' }, pocket: { fcm: true } };
const limited = { ...caller(), apps: ['pocket'] };

describe('appOf', () => {
  it('takes the app that is named, and where there is but one app, that', () => {
    expect(appOf(two, caller(), 'fcm', 'pocket')).toBe('pocket');
    expect(appOf(apps, caller(), 'fcm', undefined)).toBe('demo');
    expect(appOf(two, limited, 'fcm', 'pocket')).toBe('pocket');
  });

  it('asks which of several apps is meant, of a key for one of them too', () => {
    for (const who of [caller(), limited]) {
      expect(() => appOf(two, who, 'fcm', undefined)).toThrow(
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
    expect(() => appOf(two, who, platform, app)).toThrow(expect.objectContaining({ code }));
  });
});

describe('serves', () => {
  it('serves Google with a Firebase project, and Apple with a bundle ID, both of Apple’s platforms at once', () => {
    const apple = { pocket: { bundleId: 'com.example.pocket' } };
    expect(serves(apple, 'pocket', 'fcm')).toBe(false);
    expect(serves(apple, 'pocket', 'apns')).toBe(true);
    expect(serves(apple, 'pocket', 'apns-voip')).toBe(true);
    expect(serves(two, 'toString', 'apns')).toBe(false);
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

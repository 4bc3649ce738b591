import { beforeEach, describe, expect, it } from 'vitest';
import type { Registration } from '../../lambda/core/registration.ts';
import { appleToken, aRegistration, caller, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const android = aRegistration({ token: fcmToken('android'), registeredAt: noon - 9, claimedAt: noon - 9 });
const voip = aRegistration({ token: appleToken('voip'), platform: 'apns-voip', deviceId: 'iphone' });
const alert = aRegistration({ token: appleToken('alert'), platform: 'apns', deviceId: 'iphone' });
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const pushedTo = () => core.sns.published.map(({ token }) => token);

describe('push_call: which tokens a push goes to', () => {
  it('an iPhone’s VoIP token alone', async () => {
    await core.seed(alert, voip);
    expect(await core.pushCall()).toMatchObject({ devices: 1, accepted: 1 });
    expect(pushedTo()).toEqual([voip.token]);
  });

  it('an alert token only where the phone gets calls as alerts', async () => {
    await core.seed(alert);
    expect(await core.pushCall()).toMatchObject({ devices: 0 });
    await core.seed({ ...alert, callAlerts: true });
    expect(await core.pushCall()).toMatchObject({ devices: 1, accepted: 1 });
    expect(pushedTo()).toEqual([alert.token]);
  });

  it('a token once, whatever lines it has', async () => {
    await core.seed(android, { ...android, line: 2 });
    expect(await core.pushCall()).toMatchObject({ devices: 1, accepted: 1 });
    expect(pushedTo()).toEqual([android.token]);
  });

  it('no refused one, no dead one, none of another PBX or extension', async () => {
    await core.seed(
      { ...android, disabledAt: noon - 1, disabledReason: 'token-refused' },
      aRegistration({ token: fcmToken('dead'), expiresAt: noon }),
      aRegistration({ token: fcmToken('foreign'), pbxId: 'pbx-2' }),
      aRegistration({ token: fcmToken('other'), extension: '102' }),
    );
    expect(await core.pushCall()).toMatchObject({ devices: 0, accepted: 0 });
    expect(pushedTo()).toEqual([]);
  });

  it('those of a limited key’s apps alone, and says nothing of others', async () => {
    await core.seed(android, voip);
    const answer = await core.pushCall({}, { ...caller(), apps: ['pocket'] });
    expect(answer).toMatchObject({ devices: 0, accepted: 0, phones: [] });
    expect(pushedTo()).toEqual([]);
  });

  it('none of an app or platform that is served no more: that phone is told of, the others ring', async () => {
    core.ports.apps = { demo: { fcm: true } };
    await core.seed(android, voip, aRegistration({ token: fcmToken('gone'), app: 'gone' }));
    const { phones } = await core.pushCall();
    expect(phones.map((phone) => phone.reason)).toEqual([
      undefined,
      'platform-not-served',
      'platform-not-served',
    ]);
    expect(pushedTo()).toEqual([android.token]);
  });
});

describe('push_call: a phone with several tokens', () => {
  const [one, two] = ['one', 'two'].map((name) =>
    aRegistration({ token: appleToken(name), platform: 'apns-voip', deviceId: 'iphone' }),
  );
  const refusing = (reasons: Record<string, 'throttled' | 'not-authorized'>) => {
    core.sns.intercept(({ subject }) => reasons[subject]);
  };
  const [first, second] = [1, 2].map(
    (number) => `arn:aws:sns:local:endpoint/demo/apns-voip/production/${number}`,
  );

  it('is reached where one of them is', async () => {
    if (one && two) await core.seed(one, two);
    refusing({ [String(first)]: 'not-authorized' });
    expect(await core.pushCall()).toMatchObject({ devices: 1, accepted: 1, phones: [{ accepted: true }] });
  });

  it('is told of by the reason that may pass', async () => {
    if (one && two) await core.seed(one, two);
    refusing({ [String(first)]: 'not-authorized', [String(second)]: 'throttled' });
    const phone = { deviceId: 'iphone', accepted: false, reason: 'throttled', retryable: true };
    expect(await core.pushCall()).toMatchObject({ devices: 1, accepted: 0, phones: [phone] });
  });
});

describe('push_call: a phone with an Apple token and one of another platform', () => {
  const android = aRegistration({ token: fcmToken('android'), deviceId: 'phone' });
  const anIPhone = (name: string, more: Partial<Registration> = { platform: 'apns-voip' }) =>
    aRegistration({ token: appleToken(name), deviceId: 'phone', ...more });

  it.each<[string, Partial<Registration>]>([
    ['for calls', { platform: 'apns-voip' }],
    ['for alerts', { platform: 'apns', callAlerts: true }],
  ])('is Apple’s, in whatever order the two come: nobody pushes to it twice (%s)', async (_, apple) => {
    const iPhones = Array.from({ length: 8 }, (_, n) => anIPhone(`${n}`, apple));
    const orders = iPhones.map(({ tokenHash }) => tokenHash < android.tokenHash);
    expect(orders).toEqual(expect.arrayContaining([true, false]));
    for (const iPhone of iPhones) {
      core = createCorePorts();
      await core.seed(android, iPhone);
      const phones = [{ deviceId: 'phone', platform: iPhone.platform, accepted: true }];
      expect(await core.pushCall()).toMatchObject({ devices: 1, accepted: 1, phones });
    }
  });

  it('is Apple’s where only the other one took the push', async () => {
    await core.seed(android, anIPhone('iphone'));
    core.sns.intercept(({ subject }) => (subject.includes('/apns-voip/') ? 'throttled' : undefined));
    const phones = [{ deviceId: 'phone', platform: 'apns-voip', accepted: true }];
    expect(await core.pushCall()).toMatchObject({ accepted: 1, phones });
  });
});

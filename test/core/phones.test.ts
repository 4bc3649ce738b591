import { describe, expect, it } from 'vitest';
import { countPhones, phonesToRing } from '../../lambda/core/phones.ts';
import { appleToken, aRegistration, fcmToken } from '../support/builders.ts';

const android = aRegistration({ token: fcmToken('android') });
const voip = aRegistration({ token: appleToken('voip'), platform: 'apns-voip', deviceId: 'iphone' });
const alert = aRegistration({ token: appleToken('alert'), platform: 'apns', deviceId: 'iphone' });
const ringing = (rows: Parameters<typeof phonesToRing>[0]) =>
  phonesToRing(rows).map((phone) => phone.map(({ token }) => token));

describe('phones', () => {
  it('are told apart by deviceId, and where there is none by token', () => {
    expect(countPhones([android, voip, alert])).toBe(2);
    expect(countPhones([android, { ...android, line: 2 }])).toBe(1);
    expect(countPhones([])).toBe(0);
  });

  it('are not mixed up with each other where a deviceId looks like a token’s hash', () => {
    expect(countPhones([android, { ...voip, deviceId: android.tokenHash }])).toBe(2);
    expect(countPhones([android, { ...voip, deviceId: `token:${android.tokenHash}` }])).toBe(2);
  });
});

describe('phonesToRing', () => {
  it('pushes to an iPhone’s VoIP token alone, in whatever order its tokens come', () => {
    expect(ringing([alert, voip])).toEqual([[voip.token]]);
    expect(ringing([voip, { ...alert, callAlerts: true }])).toEqual([[voip.token]]);
  });

  it('pushes to an alert token only where the phone asked for calls as alerts', () => {
    expect(ringing([alert])).toEqual([]);
    expect(ringing([{ ...alert, callAlerts: false }])).toEqual([]);
    expect(ringing([{ ...alert, callAlerts: true }])).toEqual([[alert.token]]);
  });

  it('pushes to each token once, whatever lines it has', () => {
    expect(ringing([voip, { ...voip, line: 2 }, alert])).toEqual([[voip.token]]);
    expect(ringing([android, { ...android, line: 2 }])).toEqual([[android.token]]);
  });

  it('pushes to every token that may be a phone’s: an app that was installed anew has two for a while', () => {
    const anew = { ...voip, ...aRegistration({ token: appleToken('anew') }), platform: 'apns-voip' as const };
    expect(ringing([voip, { ...anew, deviceId: 'iphone' }])).toEqual([[voip.token, anew.token]]);
  });
});

import { describe, expect, it } from 'vitest';
import { countPhones, phonesToTell, phonesWithoutToken } from '../../lambda/core/phones.ts';
import { appleToken, aRegistration, fcmToken } from '../support/builders.ts';

const android = aRegistration({ token: fcmToken('android') });
const voip = aRegistration({ token: appleToken('voip'), platform: 'apns-voip', deviceId: 'iphone' });
const alert = aRegistration({ token: appleToken('alert'), platform: 'apns', deviceId: 'iphone' });
type Rows = Parameters<typeof countPhones>[0];
const tokensOf = (phones: readonly Rows[]) => phones.map((phone) => phone.map(({ token }) => token));
const ringing = (rows: Rows) => tokensOf(phonesToTell('call', rows));

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

describe('phones to ring', () => {
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

describe.each(['cancel', 'message', 'voicemail', 'missed_call'] as const)(
  'phones to tell of a %s',
  (type) => {
    const told = (rows: Rows) => tokensOf(phonesToTell(type, rows));

    it('gives an iPhone’s VoIP token none of it, also where there is no other', () => {
      expect(told([voip, alert])).toEqual([[alert.token]]);
      expect(told([voip])).toEqual([]);
      expect(tokensOf(phonesWithoutToken(type, [voip]))).toEqual([[voip.token]]);
      expect(phonesWithoutToken(type, [voip, alert, android])).toEqual([]);
    });

    it.each(['fcm', 'hms', 'webpush'] as const)('goes to each token once: %s', (platform) => {
      const row = { ...android, platform };
      expect(told([row, { ...row, line: 2 }])).toEqual([[row.token]]);
    });
  },
);

describe('phones without a token for calls', () => {
  it('are iPhones that have registered one for messages alone', () => {
    expect(tokensOf(phonesWithoutToken('call', [alert, android]))).toEqual([[alert.token]]);
    expect(phonesWithoutToken('call', [voip, alert])).toEqual([]);
    expect(phonesWithoutToken('call', [{ ...alert, callAlerts: true }])).toEqual([]);
  });
});

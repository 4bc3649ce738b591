import { beforeEach, describe, expect, it } from 'vitest';
import { cancelReasons } from '../../lambda/core/contract.ts';
import { pushCancel } from '../../lambda/core/push-cancel.ts';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { uuidOfCall } from '../../lambda/core/uuid.ts';
import {
  appleToken,
  aRegistration,
  aSubscription,
  aUuid,
  caller,
  fcmToken,
  noon,
} from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const [registeredAt, claimedAt] = [noon - 9, noon - 9];
const vouched = { registeredAt, claimedAt };
const android = aRegistration({ ...vouched, token: fcmToken('android'), deviceId: 'pixel' });
const huawei = aRegistration({ ...vouched, token: fcmToken('huawei'), platform: 'hms' });
const browser = aRegistration({ ...vouched, token: aSubscription('browser'), platform: 'webpush' });
const iphone = { ...vouched, deviceId: 'iphone' };
const voip = aRegistration({ ...iphone, token: appleToken('voip'), platform: 'apns-voip' });
const alert = aRegistration({ ...iphone, token: appleToken('alert'), platform: 'apns' });
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const pushedTo = () => core.sns.published.map(({ token }) => token);

describe('push_cancel', () => {
  it('tells every phone, each once, and no VoIP token', async () => {
    await core.seed(android, huawei, browser, voip, alert);
    expect(await core.pushCancel()).toEqual({
      devices: 4,
      accepted: 4,
      uuid: aUuid,
      phones: [
        { deviceId: 'pixel', platform: 'fcm', accepted: true },
        { fingerprint: fingerprintOf(huawei.token), platform: 'hms', accepted: true },
        { fingerprint: fingerprintOf(browser.token), platform: 'webpush', accepted: true },
        { deviceId: 'iphone', platform: 'apns', accepted: true },
      ],
    });
    expect(pushedTo()).toEqual([android, huawei, browser, alert].map(({ token }) => token));
  });

  it('is one read and one wave, and no write', async () => {
    await core.seed(android, huawei);
    await core.pushCancel();
    expect(core.calls).toEqual(['table.ofExtension', 'sns.publish', 'sns.publish']);
  });

  it.each(cancelReasons)('says why: %s', async (reason) => {
    await core.seed(android);
    await core.pushCancel({ reason });
    expect(core.sns.published[0]?.push.body).toMatchObject({ data: { type: 'cancel', reason, uuid: aUuid } });
    expect(core.trace.fields).toMatchObject({ reason, uuid: aUuid, extension: '101' });
  });

  it('tells of an iPhone that has a VoIP token alone that it cannot be told', async () => {
    await core.seed(voip);
    expect(await core.pushCancel()).toMatchObject({
      devices: 0,
      accepted: 0,
      phones: [{ deviceId: 'iphone', accepted: false, reason: 'no-token-for-messages', retryable: false }],
    });
    expect(pushedTo()).toEqual([]);
    expect(core.trace.fields).toMatchObject({ passedOver: [{ reason: 'no-token-for-messages' }] });
  });

  it('tells those named alone, or all but those named', async () => {
    await core.seed(android, huawei, browser, voip, alert);
    await core.pushCancel({ only: ['iphone', fingerprintOf(huawei.token)] });
    expect(pushedTo()).toEqual([huawei.token, alert.token]);

    core.sns.published.length = 0;
    await core.pushCancel({ except: ['iphone', fingerprintOf(huawei.token)] });
    expect(pushedTo()).toEqual([android.token, browser.token]);

    core.sns.published.length = 0;
    expect(await core.pushCancel({ only: ['nobody'] })).toMatchObject({ devices: 0, phones: [] });
    expect(pushedTo()).toEqual([]);
  });

  it('names its call as push_call did: in lower case, or by the call ID', async () => {
    const { uuid } = await core.pushCall({ callId: 'a@b' });
    expect(await core.pushCancel({ uuid: aUuid.toUpperCase() })).toMatchObject({ uuid: aUuid });
    const byCallId = { to: '101', callId: 'a@b', reason: 'timed_out' } as const;
    expect(await pushCancel(core.ports, caller(), byCallId, core.trace, noon)).toMatchObject({ uuid });
    expect(uuid).toBe(uuidOfCall('pbx-1', 'a@b'));
  });

  it('tells the phones of its own PBX and extension alone', async () => {
    const foreign = aRegistration({ token: fcmToken('foreign'), pbxId: 'pbx-2' });
    const other = aRegistration({ token: fcmToken('other'), extension: '102' });
    await core.seed(android, foreign, other);
    await core.pushCancel();
    await core.pushCancel({}, caller('pbx-3'));
    expect(pushedTo()).toEqual([android.token]);
  });

  it('is remembered by the phone for as long as its call may ring', async () => {
    await core.seed(android);
    await core.pushCancel();
    expect(core.sns.published[0]?.push).toMatchObject({
      ttlSeconds: 300,
      body: { data: { sentAt: '2026-11-22T12:00:00.000Z', expiresAt: '2026-11-22T12:05:00.000Z' } },
    });
  });

  it('counts for the brake as a call does', async () => {
    core.ports.brake = { take: () => 2 };
    await core.seed(android);
    await expect(core.pushCancel()).rejects.toMatchObject({ code: 'too-many-calls', retryAfterSeconds: 2 });
    expect(pushedTo()).toEqual([]);
  });
});

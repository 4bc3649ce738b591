import { beforeEach, describe, expect, it } from 'vitest';
import { ServiceError } from '../../lambda/core/errors.ts';
import type { Registration } from '../../lambda/core/registration.ts';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { uuidOfCall } from '../../lambda/core/uuid.ts';
import { appleToken, aRegistration, caller, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const uuid = '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d';
const android = aRegistration({ token: fcmToken('android'), registeredAt: noon - 9, claimedAt: noon - 9 });
const voip = aRegistration({ token: appleToken('voip'), platform: 'apns-voip', deviceId: 'iphone' });
const alert = aRegistration({ token: appleToken('alert'), platform: 'apns', deviceId: 'iphone' });
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const pushedTo = () => core.sns.published.map(({ token }) => token);

describe('push_call: the ordinary call', () => {
  it('is one read and one wave of pushes, all under way at once, and no write', async () => {
    const phones = Array.from({ length: 10 }, (_, index) => aRegistration({ token: fcmToken(`${index}`) }));
    await core.seed(...phones);
    let [underWay, most] = [0, 0];
    let everybodyIsThere = () => {};
    const assembled = new Promise<undefined>((resolve) => {
      everybodyIsThere = () => resolve(undefined);
    });
    core.sns.intercept(() => {
      underWay += 1;
      most = Math.max(most, underWay);
      if (underWay === phones.length) everybodyIsThere();
      return assembled;
    });

    const answer = await core.pushCall({ uuid });

    expect(answer).toMatchObject({ devices: 10, accepted: 10, uuid });
    expect(most).toBe(10);
    expect(core.calls).toEqual(['table.ofExtension', ...Array(10).fill('sns.publish')]);
    expect(pushedTo()).toEqual(phones.map(({ token }) => token));
  });

  it('tells of each phone under its deviceId, or its fingerprint', async () => {
    await core.seed(android, voip);
    expect(await core.pushCall({ uuid })).toEqual({
      devices: 2,
      accepted: 2,
      uuid,
      phones: [
        { fingerprint: fingerprintOf(android.token), platform: 'fcm', accepted: true },
        { deviceId: 'iphone', platform: 'apns-voip', accepted: true },
      ],
    });
  });

  it('wakes those named alone, by deviceId with all its tokens or by fingerprint, and nobody where none is known', async () => {
    const [first, second] = [fcmToken('first'), fcmToken('second')].map((token) => aRegistration({ token }));
    const tablet = [1, 2].map((n) => aRegistration({ token: fcmToken(`tablet ${n}`), deviceId: 'tablet' }));
    if (first === undefined || second === undefined) throw new Error('no registrations');
    await core.seed(first, second, ...tablet);

    const answer = await core.pushCall({ only: [fingerprintOf(first.token), 'tablet'] });
    expect(answer).toMatchObject({ devices: 2, accepted: 2 });
    expect(pushedTo().toSorted()).toEqual([first, ...tablet].map(({ token }) => token).toSorted());

    expect(await core.pushCall({ only: ['nobody'] })).toMatchObject({ devices: 0, phones: [] });
    expect(pushedTo()).toHaveLength(3);
  });

  it('marks a test, and nothing else as one', async () => {
    await core.seed(android);
    await core.pushCall({ test: true });
    expect(core.trace.fields).toMatchObject({ test: true });
    await core.pushCall({ test: false });
    await core.pushCall();
    const marks = core.sns.published.map(({ push }) => Object(Object(push.body).data).test);
    expect(marks).toEqual(['true', undefined, undefined]);
  });

  it('carries what the PBX sent, and when the call came and ends', async () => {
    await core.seed(android);
    await core.pushCall({ uuid, callId: 'a@b', from: '+49', fromName: 'Bob', ringSeconds: 20 });
    expect(core.sns.published[0]?.push).toMatchObject({
      ttlSeconds: 20,
      body: {
        data: {
          uuid,
          callId: 'a@b',
          caller: '+49',
          callerName: 'Bob',
          callee: '101',
          pbx: 'pbx-1',
          sentAt: '2026-11-22T12:00:00.000Z',
          expiresAt: '2026-11-22T12:00:20.000Z',
        },
      },
    });
  });

  it('has nobody to wake where nobody is registered', async () => {
    expect(await core.pushCall({ uuid })).toEqual({ devices: 0, accepted: 0, uuid, phones: [] });
    expect(core.calls).toEqual(['table.ofExtension']);
  });
});

describe('push_call: the UUID', () => {
  it('is the PBX’s own, in lower case', async () => {
    expect(await core.pushCall({ uuid: uuid.toUpperCase(), callId: 'a@b' })).toMatchObject({ uuid });
  });

  it('is made from the call ID where there is none, and anew where there is neither', async () => {
    expect(await core.pushCall({ callId: 'a@b' })).toMatchObject({ uuid: uuidOfCall('pbx-1', 'a@b') });
    const [one, two] = [await core.pushCall(), await core.pushCall()];
    expect(one.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(one.uuid).not.toBe(two.uuid);
  });
});

describe('push_call: what its log line tells', () => {
  it('of each push: which phone, and what SNS calls it', async () => {
    await core.seed(android, voip, alert);
    await core.pushCall({ uuid, callId: 'a@b', ringSeconds: 20, test: true });
    const messageId = expect.any(String);
    expect(core.trace.fields).toMatchObject({
      extension: '101',
      uuid,
      callId: 'a@b',
      ringSeconds: 20,
      test: true,
    });
    expect(core.trace.fields['pushes']).toEqual([
      {
        ...{ fingerprint: fingerprintOf(android.token), platform: 'fcm', app: 'demo' },
        outcome: 'accepted',
        messageId,
      },
      {
        ...{ fingerprint: fingerprintOf(voip.token), deviceId: 'iphone', platform: 'apns-voip', app: 'demo' },
        ...{ outcome: 'accepted', messageId },
      },
    ]);
    // The iPhone rings: that its other token is for messages explains nothing.
    expect(core.trace.fields).not.toHaveProperty('passedOver');
  });

  it('since when a token has been refused', async () => {
    await core.seed({ ...android, disabledAt: noon - 60_000, disabledReason: 'token-refused' });
    await core.pushCall();
    expect(core.trace.fields['pushes']).toMatchObject([
      { outcome: 'token-refused', refusedAt: '2026-11-22T11:59:00.000Z' },
    ]);
  });

  it('of each phone that was found and not asked for, and why', async () => {
    const other = (name: string, changes: Partial<Registration> = {}) =>
      aRegistration({ token: fcmToken(name), deviceId: name, ...changes });
    await core.seed(
      other('named'),
      other('unnamed'),
      other('dead', { expiresAt: noon }),
      other('foreign', { app: 'pocket' }),
      alert,
    );
    await core.pushCall({ only: ['named', 'dead', 'foreign', 'iphone'] }, { ...caller(), apps: ['demo'] });
    const passedOver = core.trace.fields['passedOver'] as { deviceId: string; reason: string }[];
    expect(Object.fromEntries(passedOver.map(({ deviceId, reason }) => [deviceId, reason]))).toEqual({
      unnamed: 'not-named',
      dead: 'registration-expired',
      foreign: 'app-not-allowed',
      iphone: 'no-token-for-calls',
    });
    expect(core.trace.fields['pushes']).toMatchObject([{ deviceId: 'named', outcome: 'accepted' }]);
  });

  it('even where the call was refused: whose it is', async () => {
    core.ports.brake = { take: () => 7 };
    await expect(core.pushCall({ uuid, callId: 'a@b' })).rejects.toThrow();
    expect(core.trace.fields).toMatchObject({ extension: '101', uuid, callId: 'a@b', ringSeconds: 30 });
  });
});

describe('push_call: what is in its way', () => {
  it('the brake: 429 and when to come again, and nothing is read', async () => {
    core.ports.brake = { take: () => 7 };
    await expect(core.pushCall()).rejects.toMatchObject({ code: 'too-many-calls', retryAfterSeconds: 7 });
    expect(core.calls).toEqual([]);
  });

  it('the table: its error, and nothing is sent', async () => {
    const down = new ServiceError('unavailable', 'the table could not be asked');
    core.before('table.ofExtension', () => Promise.reject(down));
    await expect(core.pushCall()).rejects.toBe(down);
    expect(core.calls).toEqual([]);
  });

  it('a write that the table does not take: that phone is told of, and the others ring', async () => {
    await core.ports.table.claim(android);
    await core.seed(voip);
    core.calls.length = 0;
    core.before('table.setEndpoint', () => Promise.reject(new ServiceError('unavailable', 'down')));
    expect(await core.pushCall()).toMatchObject({
      devices: 2,
      accepted: 1,
      phones: [{ accepted: false, reason: 'unavailable', retryable: true }, { accepted: true }],
    });
    expect(pushedTo()).toEqual([voip.token]);
    expect(core.trace.fields).toMatchObject({ tableError: 'ServiceError' });
  });

  it.each([
    ['application-disabled', false],
    ['not-authorized', false],
    ['invalid-notification', false],
    ['throttled', true],
    ['unavailable', true],
  ] as const)(
    'SNS, with %s: told with whether it may pass, and the row is left alone',
    async (reason, retryable) => {
      await core.seed(android);
      const rows = core.rows();
      core.sns.intercept(() => reason);
      const phone = { fingerprint: fingerprintOf(android.token), platform: 'fcm', accepted: false };
      expect(await core.pushCall({ uuid })).toEqual({
        devices: 1,
        accepted: 0,
        uuid,
        phones: [{ ...phone, reason, retryable }],
      });
      expect(core.rows()).toEqual(rows);
      expect(core.calls.filter((call) => call.startsWith('table.'))).toEqual(['table.ofExtension']);
    },
  );

  it('takes an empty call ID for none: two calls have two UUIDs', async () => {
    const [first, second] = [
      await core.pushCall({ to: '101', callId: '' }),
      await core.pushCall({ to: '101', callId: '' }),
    ];
    expect(first.uuid).not.toBe(second.uuid);
  });

  it('names a phone whose token was refused, without counting or pushing to it', async () => {
    const live = aRegistration({ token: fcmToken('live'), deviceId: 'live' });
    const stale = aRegistration({ token: fcmToken('stale'), deviceId: 'live' });
    const dead = aRegistration({ token: fcmToken('dead'), deviceId: 'dead' });
    await core.seed(live, stale, dead);
    for (const row of [stale, dead]) {
      const stored = { ...row, verifiedAt: row.registeredAt };
      await core.ports.table.setRefusal(
        row,
        { at: noon - 5, reason: 'token-refused' },
        row.expiresAt,
        stored,
      );
    }
    const answer = await core.pushCall({ to: '101' });
    expect(answer).toMatchObject({ devices: 1, accepted: 1 });
    expect(answer.phones).toEqual([
      { deviceId: 'live', platform: 'fcm', accepted: true },
      { deviceId: 'dead', platform: 'fcm', accepted: false, reason: 'token-refused', retryable: false },
    ]);
    expect(core.sns.published.map(({ token }) => token)).toEqual([live.token]);
  });
});

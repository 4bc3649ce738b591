import { beforeEach, describe, expect, it } from 'vitest';
import { days } from '../../lambda/core/duration.ts';
import { aRegistration, aSubscription, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const vouched = { registeredAt: noon - 60_000, claimedAt: noon - 60_000 };
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});

describe.each([
  ['hms', fcmToken('huawei')],
  ['webpush', aSubscription('browser')],
] as const)('a platform that SNS does not serve: %s', (platform, token) => {
  const request = { token, platform };
  const [row] = [aRegistration({ ...vouched, token, platform })];
  const ring = async () => {
    core.calls.length = 0;
    const { phones } = await core.pushCall();
    const [phone] = phones;
    return { outcome: phone?.accepted ? 'accepted' : phone?.reason, calls: core.calls.slice(1) };
  };

  it('is registered without a request to SNS, and rung by its token', async () => {
    expect(await core.register(request)).toEqual({ status: 'created', devices: 1 });
    expect(core.calls).toEqual(['table.claim', 'table.ofExtension']);
    expect(core.rows()[0]).not.toHaveProperty('endpointArn');
    expect(await ring()).toEqual({ outcome: 'accepted', calls: ['sns.publish'] });
    expect(core.sns.published).toMatchObject([{ token: core.rows()[0]?.token, push: { platform } }]);
  });

  it('gives a token up on the provider’s word, for 30 days', async () => {
    await core.seed(row);
    core.sns.refuseToken(row.token);
    expect(await ring()).toEqual({
      outcome: 'token-refused',
      calls: ['sns.publish', 'guard.readGuard', 'guard.countRefusal', 'table.setRefusal'],
    });
    expect(core.rows()).toMatchObject([
      { disabledAt: noon, disabledReason: 'token-refused', expiresAt: noon + days(30) },
    ]);
    expect(await ring()).toEqual({ outcome: 'token-refused', calls: [] });
  });

  it('rings again once it is registered again', async () => {
    await core.seed({ ...row, disabledAt: noon - 1, disabledReason: 'token-refused' });
    expect(await ring()).toEqual({ outcome: 'token-refused', calls: [] });
    await core.register(request);
    expect(await ring()).toMatchObject({ outcome: 'accepted' });
  });

  it('keeps a token that was registered while it was refused', async () => {
    await core.seed(row);
    core.sns.refuseToken(row.token);
    core.before('table.setRefusal', () =>
      core.ports.table.claim({ ...row, registeredAt: noon + 1, claimedAt: noon + 1 }),
    );
    expect(await ring()).toMatchObject({ outcome: 'registration-changed' });
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
  });

  it('keeps a token while the fleet guard’s flag is set', async () => {
    await core.seed(row);
    core.sns.refuseToken(row.token);
    await core.guard.table.tripGuard('demo', noon, undefined);
    expect(await ring()).toEqual({ outcome: 'token-refused', calls: ['sns.publish', 'guard.readGuard'] });
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
    expect(core.trace.fields).toMatchObject({ keptByGuard: 1 });
  });

  it.each([
    'application-disabled',
    'invalid-notification',
    'not-authorized',
    'address-not-public',
    'provider-down',
  ] as const)('asks once and costs no token where it is told %s', async (reason) => {
    await core.seed(row);
    core.sns.intercept(() => reason);
    expect(await ring()).toEqual({ outcome: reason, calls: ['sns.publish'] });
    expect(core.rows()[0]).not.toHaveProperty('disabledAt');
  });

  it.each([
    ['throttled', 1],
    ['unavailable', 2],
  ] as const)('asks again where it is told %s, and rings', async (reason, times) => {
    await core.seed(row);
    let refusals: number = times;
    core.sns.intercept(() => (refusals-- > 0 ? reason : undefined));
    expect(await ring()).toEqual({ outcome: 'accepted', calls: Array(times + 1).fill('sns.publish') });
  });

  it('asks twice, and no oftener, where it is told to ask less', async () => {
    await core.seed(row);
    core.sns.intercept(() => 'throttled');
    expect(await ring()).toEqual({ outcome: 'throttled', calls: Array(2).fill('sns.publish') });
  });

  it('rings with a fraction of a millisecond left, as a PBX that counts in floats gives it', async () => {
    await core.seed(row);
    for (const ringSeconds of [5.1234567, 6.0004, 4.2224999])
      expect(await core.pushCall({ ringSeconds })).toMatchObject({ accepted: 1 });
  });

  it('gives up after 1.5 s, while a phone of another provider has what is left of 4 s', async () => {
    const android = aRegistration({ ...vouched, token: fcmToken('android') });
    await core.seed(row, android);
    const begun = core.time.clock.now();
    const last: Record<string, number> = {};
    core.sns.intercept(({ subject }) => {
      last[subject === row.token ? 'direct' : 'sns'] = core.time.clock.now() - begun;
      return 'unavailable';
    });
    await core.pushCall();
    expect(last['direct']).toBeLessThan(1_500);
    expect(last['sns']).toBeGreaterThan(1_500);
    expect(last['sns']).toBeLessThan(4_000);
  });

  it('is removed without a request to SNS', async () => {
    await core.seed(row);
    expect(await core.delete({ token })).toEqual({ deleted: 1 });
    expect(core.rows()).toEqual([]);
    expect(core.calls.filter((call) => call.startsWith('sns.'))).toEqual([]);
  });
});

describe('Huawei’s two APIs', () => {
  it('are told apart by the registration', async () => {
    await core.register({ token: fcmToken('old'), platform: 'hms' });
    await core.register({ token: fcmToken('new'), platform: 'hms', harmonyOs: true });
    await core.pushCall();
    expect(core.sns.published).toMatchObject([{ push: { api: 'v2' } }, { push: { api: 'v3' } }]);
  });
});

describe('a browser', () => {
  const token = aSubscription('ann');
  const rekeyed = JSON.stringify({
    ...JSON.parse(token),
    keys: JSON.parse(aSubscription('bob')).keys,
  });

  it('is the same phone with other keys, and gets what it can read', async () => {
    await core.register({ token, platform: 'webpush' });
    expect(await core.register({ token: rekeyed, platform: 'webpush' })).toEqual({
      status: 'refreshed',
      devices: 1,
    });
    await core.pushCall();
    expect(core.sns.published).toHaveLength(1);
    expect(JSON.parse(core.sns.published[0]?.token ?? '')).toMatchObject({ keys: JSON.parse(rekeyed).keys });
  });

  it('is the same phone however its JSON is written', async () => {
    await core.register({ token, platform: 'webpush' });
    const { endpoint, keys } = JSON.parse(token);
    const other = JSON.stringify({ keys, other: 1, endpoint });
    expect(await core.delete({ token: other })).toEqual({ deleted: 1 });
  });

  it('goes on under a new address once it is updated', async () => {
    await core.register({ token, platform: 'webpush' });
    expect(await core.update(token, aSubscription('new'))).toEqual({ updated: 1 });
    await core.pushCall();
    expect(core.sns.published.map((push) => JSON.parse(push.token).endpoint)).toEqual([
      JSON.parse(aSubscription('new')).endpoint,
    ]);
  });

  it('is told to register new keys of the same address, which an update would lose', async () => {
    await core.register({ token, platform: 'webpush' });
    await expect(core.update(token, rekeyed)).rejects.toMatchObject({
      code: 'invalid-token',
      complaints: [{ path: 'newToken' }],
    });
    expect(await core.update(token, token)).toEqual({ updated: 1 });
  });

  it('does not take an update to an iPhone’s token', async () => {
    await core.register({ token, platform: 'webpush' });
    await expect(core.update(token, fcmToken('android'))).rejects.toMatchObject({ code: 'invalid-token' });
  });
});

import { beforeEach, describe, expect, it } from 'vitest';
import { devices } from '../../lambda/core/devices.ts';
import { fingerprintOf } from '../../lambda/core/token.ts';
import {
  appleToken,
  aRegistration,
  aSubscription,
  aTrace,
  caller,
  fcmToken,
  noon,
} from '../support/builders.ts';
import { createCorePorts } from './core-ports.ts';

const token = fcmToken('ann');
const fingerprint = fingerprintOf(token);
const before = { registeredAt: noon - 60_000, claimedAt: noon - 60_000 };
const row = aRegistration({ token, ...before });
let core: ReturnType<typeof createCorePorts>;
beforeEach(() => {
  core = createCorePorts();
});
const milliseconds = { tableMs: expect.any(Number), snsMs: expect.any(Number) };

/** Alarms, saved queries and `pns-admin why` read these lines; whoever reads them learns no token. */
describe('what an operation tells in its log line', () => {
  it('register: whose token it is, by its fingerprint, and what became of it', async () => {
    await core.register({ token });
    expect(core.trace.fields).toEqual({
      ...milliseconds,
      ...{ extension: '101', platform: 'fcm', app: 'demo', fingerprint, line: 1 },
      ...{ endpoint: 'verified', status: 'created', devices: 1 },
    });
  });

  it('register: that SNS was not asked', async () => {
    await core.seed({ ...row, verifiedAt: noon - 1 });
    await core.register({ token });
    expect(core.trace.fields).toMatchObject({ endpoint: 'trusted', status: 'refreshed' });
  });

  it('register: what became of the endpoint of the app that the token has left', async () => {
    const voip = { token: appleToken('ann'), platform: 'apns-voip' } as const;
    await core.seed(aRegistration({ ...voip, environment: 'sandbox', ...before }));
    await core.register(voip);
    expect(core.trace.fields).toMatchObject({ endpoint: 'verified', formerEndpoint: 'deleted' });
  });

  it('register: why that endpoint stays', async () => {
    const voip = { token: appleToken('ann'), platform: 'apns-voip' } as const;
    await core.seed(aRegistration({ ...voip, environment: 'sandbox', ...before }));
    core.sns.intercept(({ method }) => (method === 'deleteEndpoint' ? 'unavailable' : undefined));
    await core.register(voip);
    expect(core.trace.fields).toMatchObject({ endpoint: 'verified', formerEndpoint: 'unavailable' });
  });

  it('register: that SNS was not asked about an app that is served no more', async () => {
    await core.seed({ ...row, app: 'former' });
    await core.register({ token });
    expect(core.trace.fields).toMatchObject({ endpoint: 'verified', formerEndpoint: 'platform-not-served' });
    expect(core.calls.filter((call) => call === 'sns.deleteEndpoint')).toEqual([]);
  });

  it('update: both tokens by their fingerprints, and how many registrations', async () => {
    const newToken = fcmToken('new');
    await core.seed(row, { ...row, line: 2, extension: '102' });
    await core.update(token, newToken);
    expect(core.trace.fields).toEqual({
      ...{ fingerprint, newFingerprint: fingerprintOf(newToken), registrations: 2 },
      ...{ endpoint: 'verified', extension: '101 102', updated: 2 },
    });
  });

  it('delete: by token, which extensions it was of', async () => {
    await core.seed(row, { ...row, line: 2, extension: '102' });
    await core.delete({ token });
    expect(core.trace.fields).toEqual({
      ...{ fingerprint, line: undefined, extension: '101 102', registrations: 2, deleted: 2 },
    });
  });

  it('delete: by extension, which of its phones', async () => {
    await core.seed(row);
    await core.delete({ extension: '101', deviceId: 'other', fingerprint });
    expect(core.trace.fields).toEqual({
      ...{ extension: '101', deviceId: 'other', fingerprint, registrations: 0, deleted: 0 },
    });
  });

  it('devices: how many registrations', async () => {
    await core.seed(row);
    const trace = aTrace();
    await devices(core.ports, caller(), { extension: '101' }, trace);
    expect(trace.fields).toEqual({ extension: '101', registrations: 1 });
  });

  it('push_call: how many were woken, and how many were not, by reason and by platform', async () => {
    const voip = aRegistration({ token: appleToken('voip'), platform: 'apns-voip', deviceId: 'iphone' });
    const refused = { disabledAt: noon - 1, disabledReason: 'token-refused' } as const;
    await core.seed(
      row,
      voip,
      ...['one', 'two'].map((name) => aRegistration({ token: fcmToken(name), deviceId: name, ...refused })),
    );
    core.sns.intercept(({ method, subject }) =>
      method === 'publish' && subject.includes('apns') ? 'not-authorized' : undefined,
    );
    await core.pushCall();
    expect(core.trace.fields).toMatchObject({ registrations: 4, devices: 2, accepted: 1 });
    expect(core.trace.fields['failed']).toEqual({
      reason: { 'token-refused': 2, 'not-authorized': 1 },
      platform: { fcm: 2, 'apns-voip': 1 },
    });
    expect(core.trace.fields).not.toHaveProperty('test');
  });

  it('feedback: each registration by its fingerprint, PBX and line, and what was done', async () => {
    await core.seed(row);
    const endpointArn = core.sns.endpointOf(row, token);
    await core.feedback({ endpointArn, failureType: 'InvalidPlatformToken', at: noon, messageId: 'm-1' });
    expect(core.trace.fields).toEqual({
      ...{ failureType: 'InvalidPlatformToken', messageId: 'm-1', endpointArn },
      failedAt: '2026-11-22T12:00:00.000Z',
      registrations: [{ fingerprint, pbxId: 'pbx-1', line: 1, verdict: 'refused' }],
    });
  });

  it('feedback: that the endpoint was enabled, for a phone that has registered since', async () => {
    await core.seed({ ...row, registeredAt: noon + 1 });
    const endpointArn = core.sns.endpointOf(row, token);
    await core.feedback({ endpointArn, failureType: 'EndpointDisabled', at: noon });
    expect(core.trace.fields).toMatchObject({
      endpoint: 'enabled',
      registrations: [{ verdict: 'registered-since' }],
    });
  });

  it('push_call: of a browser whose push service is down no reason that an alarm counts, since the PBX has chosen it', async () => {
    const browser = { ...before, token: aSubscription('ann'), platform: 'webpush' } as const;
    await core.seed(aRegistration(browser));
    core.sns.intercept(() => 'provider-down');
    expect(await core.pushCall()).toMatchObject({ phones: [{ reason: 'provider-down', retryable: true }] });
    expect(core.trace.fields).toMatchObject({ failed: { reason: {}, platform: { webpush: 1 } } });
    core.sns.intercept(() => 'not-authorized');
    await core.pushCall();
    expect(core.trace.fields).toMatchObject({ failed: { reason: { 'not-authorized': 1 } } });
  });
});

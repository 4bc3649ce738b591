import { PublishCommand, SetPlatformApplicationAttributesCommand } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createApplication,
  createEndpoint,
  isApplicationEnabled,
  isEndpointEnabled,
  publish,
} from './actions.ts';
import { appleCredential, bundleId, type Cloud, startCloud, strangerKey } from './cloud.ts';

const start = 1_790_000_000_000;
const token = 'ab'.repeat(32);
const call = { aps: {}, type: 'call', uuid: 'u' };
const voipAttributes = {
  'APNS.PUSH_TYPE': 'voip',
  'APNS.TOPIC': `${bundleId}.voip`,
  'APNS.PRIORITY': '10',
  'APNS.COLLAPSE_ID': '0190f5d2-1c5e-4b7a-9d3e-5a8f6c2b1e00',
};

let time: number;
let cloud: Cloud;
let voipApplication: string;
let voip: string;
beforeEach(async () => {
  time = start;
  cloud = await startCloud({ now: () => time, retryDelaysMs: [5, 5], requestTimeoutMs: 500 });
  voipApplication = await createApplication(cloud, 'APNS_VOIP');
  voip = await createEndpoint(cloud.client, voipApplication, token.toUpperCase());
});
afterEach(() => cloud.close());

const delivered = async () => {
  await cloud.sns.idle();
  expect(cloud.failures()).toEqual([]);
  expect(cloud.pushes.list()).toHaveLength(1);
  return cloud.pushes.list()[0];
};

describe('a push to Apple', () => {
  it('carries what the attributes ask for', async () => {
    await publish(cloud.client, voip, call, { ...voipAttributes, 'APNS_VOIP.TTL': '30' });
    expect(await delivered()).toMatchObject({
      provider: 'apple',
      environment: 'production',
      token,
      headers: {
        'apns-push-type': 'voip',
        'apns-topic': `${bundleId}.voip`,
        'apns-priority': '10',
        'apns-collapse-id': voipAttributes['APNS.COLLAPSE_ID'],
        'apns-expiration': String(start / 1000 + 30),
      },
      payload: call,
    });
  });

  it.each([
    ['an alert', { aps: { alert: 'Missed call' } }, 'alert', '10'],
    ['a background push', { aps: { 'content-available': 1 } }, 'background', '5'],
  ])('is inferred to be %s, for the bundle', async (_, payload, pushType, priority) => {
    const alerts = await createEndpoint(cloud.client, await createApplication(cloud, 'APNS'), token);
    await publish(cloud.client, alerts, payload, { 'APNS.TTL': '30' });
    expect(await delivered()).toMatchObject({
      headers: {
        'apns-push-type': pushType,
        'apns-priority': priority,
        'apns-topic': bundleId,
        'apns-expiration': String(start / 1000 + 30),
      },
      payload,
    });
  });

  it('is never inferred to be VoIP: Apple refuses it', async () => {
    await publish(cloud.client, voip, call, { 'APNS.TOPIC': `${bundleId}.voip` });
    await cloud.sns.idle();
    expect(cloud.pushes.list()).toEqual([]);
    expect(cloud.failures()).toEqual(['InvalidNotification']);
  });

  it('goes to the sandbox from a sandbox application', async () => {
    const sandbox = await createApplication(cloud, 'APNS_VOIP_SANDBOX');
    await publish(cloud.client, await createEndpoint(cloud.client, sandbox, token), call, voipAttributes);
    expect(await delivered()).toMatchObject({ environment: 'sandbox', token });
  });

  it('that is only text comes as an alert', async () => {
    const alerts = await createEndpoint(cloud.client, await createApplication(cloud, 'APNS'), token);
    await cloud.client.send(new PublishCommand({ TargetArn: alerts, Message: 'hello' }));
    expect(await delivered()).toMatchObject({ payload: { aps: { alert: 'hello' } } });
  });

  it('with TTL 0 is now or never, but on VoIP never', async () => {
    const alerts = await createEndpoint(cloud.client, await createApplication(cloud, 'APNS'), token);
    await publish(cloud.client, alerts, { aps: { alert: 'x' } }, { 'APNS.TTL': '0' });
    expect(await delivered()).toMatchObject({ headers: { 'apns-expiration': '0' } });
    await publish(cloud.client, voip, call, { ...voipAttributes, 'APNS_VOIP.TTL': '0' });
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual(['NotificationTTLExpired']);
    expect(cloud.pushes.list()).toHaveLength(1);
  });

  it('shares one provider token between applications, and renews it', async () => {
    const alerts = await createEndpoint(
      cloud.client,
      await createApplication(cloud, 'APNS'),
      'cd'.repeat(32),
    );
    for (let minutes = 0; minutes < 150; minutes += 10) {
      time = start + minutes * 60_000;
      await publish(cloud.client, voip, call, voipAttributes);
      await publish(cloud.client, alerts, { aps: { alert: 'x' } });
      await cloud.sns.idle();
    }
    expect(cloud.failures()).toEqual([]);
    expect(cloud.pushes.list()).toHaveLength(30);
  });
});

describe('what Apple refuses', () => {
  it('tells of a dead token, and disables its endpoint', async () => {
    cloud.faults.set({ token }, '410');
    await publish(cloud.client, voip, call, voipAttributes);
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual(['InvalidPlatformToken']);
    expect(await isEndpointEnabled(cloud.client, voip)).toBe(false);
  });

  it('disables an endpoint whose token is of another topic, and tells that it was updated', async () => {
    await publish(cloud.client, voip, call, voipAttributes);
    await cloud.sns.idle();
    const events = 'arn:aws:sns:eu-west-1:000000000000:updates';
    const application = await createApplication(cloud, 'APNS', { EventEndpointUpdated: events });
    const alerts = await createEndpoint(cloud.client, application, token);
    await publish(cloud.client, alerts, { aps: { alert: 'x' } });
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual(['InvalidPlatformToken']);
    expect(await isEndpointEnabled(cloud.client, alerts)).toBe(false);
    expect(await isEndpointEnabled(cloud.client, voip)).toBe(true);
    expect(cloud.events).toContainEqual(
      expect.objectContaining({
        topicArn: events,
        body: expect.objectContaining({ EventType: 'EndpointUpdated', Attributes: { Enabled: 'false' } }),
      }),
    );
  });

  it('disables the application where its key is unknown, and serves again once it is set right', async () => {
    const PlatformCredential = String(strangerKey);
    const set = (Attributes: Record<string, string>) =>
      cloud.client.send(
        new SetPlatformApplicationAttributesCommand({ PlatformApplicationArn: voipApplication, Attributes }),
      );
    await set({ PlatformCredential });
    await publish(cloud.client, voip, call, voipAttributes);
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual(['InvalidCredentials']);
    expect(await isApplicationEnabled(cloud.client, voipApplication)).toBe(false);
    expect(await isEndpointEnabled(cloud.client, voip)).toBe(true);
    await set({ ...appleCredential, Enabled: 'true' });
    await publish(cloud.client, voip, call, voipAttributes);
    await cloud.sns.idle();
    expect(cloud.pushes.list()).toHaveLength(1);
  });

  it.each([
    ['429', 'Throttled'],
    ['503', 'DependencyUnavailable'],
    ['500', 'UnexpectedFailure'],
    ['reset', 'DependencyUnavailable'],
    ['hang', 'DependencyUnavailable'],
  ] as const)('is tried again after %s, then told as %s', async (fault, failure) => {
    cloud.faults.set({ token }, fault);
    await publish(cloud.client, voip, call, voipAttributes);
    await cloud.sns.idle();
    expect(cloud.events.map(({ body }) => [body['FailureType'], body['DeliveryAttempts']])).toEqual([
      [failure, 3],
    ]);
    expect(await isEndpointEnabled(cloud.client, voip)).toBe(true);
    expect(cloud.pushes.list()).toEqual([]);
  });

  it('sends one at a time where Apple takes no more, and loses none', async () => {
    cloud.faults.set({ provider: 'apple' }, 'one-stream');
    const tokens = Array.from({ length: 100 }, (_, n) => n.toString(16).padStart(64, '0'));
    const endpoints = await Promise.all(
      tokens.map((each) => createEndpoint(cloud.client, voipApplication, each)),
    );
    await Promise.all(endpoints.map((each) => publish(cloud.client, each, call, voipAttributes)));
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual([]);
    expect(
      cloud.pushes
        .list()
        .map((push) => push.token)
        .sort(),
    ).toEqual(tokens);
  });

  it('times no push out that only waits for its turn behind one that hangs', async () => {
    const patient = await startCloud({ retryDelaysMs: [], requestTimeoutMs: 500 });
    try {
      const application = await createApplication(patient, 'APNS_VOIP');
      const tokens = Array.from({ length: 5 }, (_, n) => n.toString(16).padStart(64, '0'));
      const [first, ...rest] = await Promise.all(
        [token, ...tokens].map((each) => createEndpoint(patient.client, application, each)),
      );
      patient.faults.set({ provider: 'apple' }, 'one-stream');
      await publish(patient.client, rest[0] ?? '', call, voipAttributes);
      await patient.sns.idle();
      patient.faults.set({ token }, 'hang');
      await publish(patient.client, first ?? '', call, voipAttributes);
      await Promise.all(rest.map((each) => publish(patient.client, each, call, voipAttributes)));
      await patient.sns.idle();
      expect(patient.failures()).toEqual(['DependencyUnavailable']);
      expect(patient.pushes.list()).toHaveLength(6);
    } finally {
      await patient.close();
    }
  });
});

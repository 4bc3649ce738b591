import { PublishCommand } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  createApplication,
  createEndpoint,
  isApplicationEnabled,
  isEndpointEnabled,
  publish,
} from './actions.ts';
import { type Cloud, failureTopic, googleAccountJson, startCloud } from './cloud.ts';

const token = 'fQ3xT9:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx';
const call = (android: Record<string, unknown> = {}) => ({
  fcmV1Message: { message: { android: { priority: 'high', ...android }, data: { type: 'call', uuid: 'u' } } },
});

/** A moment that is a whole second, so that what is left of it is exact. */
const start = 1_790_000_000_000;
let time: number;
let cloud: Cloud;
let application: string;
let endpoint: string;
beforeEach(async () => {
  time = start;
  cloud = await startCloud({ now: () => time, retryDelaysMs: [5, 5], requestTimeoutMs: 500 });
  application = await createApplication(cloud, 'GCM');
  endpoint = await createEndpoint(cloud.client, application, token);
});
afterEach(() => cloud.close());

const delivered = async () => {
  await cloud.sns.idle();
  expect(cloud.failures()).toEqual([]);
  expect(cloud.pushes.list()).toHaveLength(1);
  return cloud.pushes.list()[0];
};

describe('a push to Google', () => {
  it('is the v1 message, with the token and the time that is left', async () => {
    await publish(cloud.client, endpoint, call(), { 'FCM.TTL': '30' });
    expect(await delivered()).toMatchObject({
      provider: 'google',
      token,
      payload: {
        message: { token, android: { priority: 'high', ttl: '30s' }, data: { type: 'call', uuid: 'u' } },
      },
    });
  });

  it.each<[string, Record<string, unknown>, Record<string, string>, string]>([
    ['the attribute before the body', { ttl: '60s' }, { 'GCM.TTL': '30' }, '30s'],
    ['FCM.TTL before GCM.TTL', {}, { 'GCM.TTL': '20', 'FCM.TTL': '30' }, '30s'],
    ['the body, without an attribute', { ttl: '60.5s' }, {}, '60s'],
    ["the body, with another platform's attribute", { ttl: '60s' }, { 'APNS.TTL': '30' }, '60s'],
    ['four weeks, where nobody says', {}, {}, '2419200s'],
    ['now or never', {}, { 'FCM.TTL': '0' }, '0s'],
  ])('lives for %s', async (_, android, attributes, ttl) => {
    await publish(cloud.client, endpoint, call(android), attributes);
    expect(await delivered()).toMatchObject({ payload: { message: { android: { ttl } } } });
  });

  it('in the legacy shape becomes a v1 message', async () => {
    const payload = {
      notification: { title: 'Missed call', body: 'from 101', android_channel_id: 'calls' },
      data: { type: 'missed_call' },
      time_to_live: 60,
      collapse_key: 'missed',
    };
    await publish(cloud.client, endpoint, payload);
    expect(await delivered()).toMatchObject({
      payload: {
        message: {
          token,
          notification: { title: 'Missed call', body: 'from 101' },
          data: { type: 'missed_call' },
          android: {
            priority: 'high',
            ttl: '60s',
            collapse_key: 'missed',
            notification: { title: 'Missed call', channel_id: 'calls' },
            data: { type: 'missed_call' },
          },
          apns: { payload: { aps: { alert: { title: 'Missed call', body: 'from 101' } } } },
          webpush: { notification: { title: 'Missed call' }, data: { type: 'missed_call' } },
        },
      },
    });
  });

  it('that is only to be validated reaches nobody', async () => {
    await publish(cloud.client, endpoint, { fcmV1Message: { ...call().fcmV1Message, validate_only: true } });
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual([]);
    expect(cloud.pushes.list()).toEqual([]);
  });

  it('that is only text comes as data', async () => {
    await cloud.client.send(new PublishCommand({ TargetArn: endpoint, Message: 'hello' }));
    expect(await delivered()).toMatchObject({ payload: { message: { data: { default: 'hello' } } } });
  });
});

describe('what Google refuses', () => {
  it('tells of a dead token, disables its endpoint, and refuses the next push', async () => {
    cloud.faults.set({ token }, 'UNREGISTERED');
    const messageId = await publish(cloud.client, endpoint, call());
    await cloud.sns.idle();
    expect(cloud.events).toEqual([
      {
        topicArn: failureTopic,
        subject: 'DeliveryFailure event for app phone (GCM)',
        body: {
          DeliveryAttempts: 1,
          EndpointArn: endpoint,
          EventType: 'DeliveryFailure',
          FailureMessage: 'Platform token associated with the endpoint is not valid',
          FailureType: 'InvalidPlatformToken',
          MessageId: messageId,
          Resource: application,
          Service: 'SNS',
          Time: new Date(start).toISOString(),
        },
      },
    ]);
    expect(JSON.stringify(cloud.events)).not.toContain(token);
    expect(await isEndpointEnabled(cloud.client, endpoint)).toBe(false);
    await expect(publish(cloud.client, endpoint, call())).rejects.toMatchObject({
      name: 'EndpointDisabledException',
    });
  });

  it('keeps the endpoint where the message is at fault', async () => {
    const reserved = { fcmV1Message: { message: { data: { from: '101' } } } };
    await publish(cloud.client, endpoint, reserved);
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual(['InvalidNotification']);
    expect(await isEndpointEnabled(cloud.client, endpoint)).toBe(true);
    expect(cloud.pushes.list()).toEqual([]);
  });

  it.each([
    ['429', 'Throttled'],
    ['503', 'DependencyUnavailable'],
    ['500', 'UnexpectedFailure'],
    ['reset', 'DependencyUnavailable'],
    ['hang', 'DependencyUnavailable'],
  ] as const)('is tried again after %s, then told as %s', async (fault, failure) => {
    cloud.faults.set({ provider: 'google' }, fault);
    await publish(cloud.client, endpoint, call());
    await cloud.sns.idle();
    expect(cloud.events.map(({ body }) => [body['FailureType'], body['DeliveryAttempts']])).toEqual([
      [failure, 3],
    ]);
    expect(await isEndpointEnabled(cloud.client, endpoint)).toBe(true);
  });

  it('disables the application where its credential is refused, and no endpoint', async () => {
    const stranger = { ...googleAccountJson(cloud.tokenUri), client_email: 'nobody@phone-project.iam' };
    const wrong = await createApplication(
      cloud,
      'GCM',
      { PlatformCredential: JSON.stringify(stranger) },
      'wrong',
    );
    const its = await createEndpoint(cloud.client, wrong, token);
    await publish(cloud.client, its, call());
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual(['InvalidCredentials']);
    expect(await isApplicationEnabled(cloud.client, wrong)).toBe(false);
    expect(await isEndpointEnabled(cloud.client, its)).toBe(true);
    await expect(publish(cloud.client, its, call())).rejects.toMatchObject({
      name: 'PlatformApplicationDisabledException',
    });
    await publish(cloud.client, endpoint, call());
    expect(await cloud.pushes.next((push) => push.token === token, 5000)).toBeDefined();
  });

  it('asks for a new access token once the old one has ended', async () => {
    await publish(cloud.client, endpoint, call());
    await cloud.sns.idle();
    time += 2 * 60 * 60 * 1000;
    await publish(cloud.client, endpoint, call());
    await cloud.sns.idle();
    expect(cloud.failures()).toEqual([]);
    expect(cloud.pushes.list()).toHaveLength(2);
  });
});

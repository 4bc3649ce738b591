import { ListEndpointsByPlatformApplicationCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import { startCloud } from './support.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());
afterEach(async () => {
  await cloud.pbx.send('/_local/faults', { method: 'DELETE' });
  await cloud.pbx.send('/_local/pushes', { method: 'DELETE' });
});

const register = (extension: string, token: string, more: object = {}) =>
  cloud.pbx.post('/register', { extension, token, platform: 'fcm', ...more });
const iphone = { platform: 'apns-voip', deviceId: 'iphone' };

describe('a call rings two phones', () => {
  it('pushes to Google and to Apple, in their own protocols, what the payload promises', async () => {
    const [android, apple] = [fcmToken('two-phones'), appleToken('two-phones')];
    expect((await register('200', android)).body).toEqual({ status: 'created', devices: 1 });
    expect((await register('200', apple, iphone)).body).toEqual({ status: 'created', devices: 2 });

    const before = Date.now();
    const uuid = 'c0ffee00-0000-4000-8000-000000000200';
    const call = { to: '200', from: '+38761000000', fromName: 'Ann', callId: 'abc@pbx', uuid };
    const { status, body } = await cloud.pbx.post('/push_call', call);

    expect(status).toBe(200);
    expect(body).toMatchObject({ devices: 2, accepted: 2, uuid });
    const toGoogle = await cloud.pushes.next(({ provider }) => provider === 'google', 5_000);
    const toApple = await cloud.pushes.next(({ provider }) => provider === 'apple', 5_000);
    const data = {
      type: 'call',
      uuid,
      callId: 'abc@pbx',
      caller: '+38761000000',
      callerName: 'Ann',
      callee: '200',
      pbx: 'pbx-1',
      sentAt: expect.any(String),
      expiresAt: expect.any(String),
    };
    expect(toGoogle.token).toBe(android);
    expect(toGoogle.payload).toEqual({
      message: {
        token: android,
        data,
        android: { priority: 'high', ttl: expect.stringMatching(/^2[0-9]s$/) },
      },
    });
    expect(toApple.token).toBe(apple);
    expect(toApple.payload).toEqual({ aps: {}, ...data });
    expect(toApple.headers).toMatchObject({
      'apns-push-type': 'voip',
      'apns-topic': 'com.example.demo.voip',
      'apns-priority': '10',
      'apns-collapse-id': uuid,
    });
    // Invariant 4, at the last hop.
    const expiresAt = Number(toApple.headers['apns-expiration']);
    expect(expiresAt).toBeGreaterThan(before / 1_000);
    expect(expiresAt).toBeLessThanOrEqual((Date.now() + 30_000) / 1_000);
  });

  it('pushes an alert where a phone gets its calls so', async () => {
    const token = appleToken('alerts');
    await register('201', token, { platform: 'apns', callAlerts: true, environment: 'sandbox' });
    expect((await cloud.pbx.post('/push_call', { to: '201', from: '100' })).body).toMatchObject({
      accepted: 1,
    });
    const push = await cloud.pushes.next((one) => one.token === token, 5_000);
    expect(push.environment).toBe('sandbox');
    expect(push.headers).toMatchObject({ 'apns-push-type': 'alert', 'apns-topic': 'com.example.demo' });
  });
});

describe('a phone that the provider refuses', () => {
  it('is marked with the reason once Google has said so, and rings again after it has registered again', async () => {
    const token = fcmToken('refused');
    await register('202', token);
    await cloud.setFault({ token, fault: 'UNREGISTERED' });

    expect((await cloud.pbx.post('/push_call', { to: '202' })).body).toMatchObject({ accepted: 1 });
    await cloud.idle();
    const { body } = await cloud.pbx.get('/devices?extension=202');
    expect(body['devices']).toEqual([expect.objectContaining({ disabledReason: 'token-refused' })]);
    expect((await cloud.pbx.post('/push_call', { to: '202' })).body).toMatchObject({
      devices: 0,
      accepted: 0,
      phones: [{ platform: 'fcm', accepted: false, reason: 'token-refused', retryable: false }],
    });
    // Why it stayed silent: the push that was accepted and the refusal name the same message.
    const lines = cloud.logs.map((line) => JSON.parse(line).message);
    const [pushed] = lines.filter(({ extension, accepted }) => extension === '202' && accepted === 1);
    const [told] = lines.filter(({ messageId }) => messageId === pushed.pushes[0].messageId);
    expect(told).toMatchObject({
      operation: 'feedback',
      failureType: 'InvalidPlatformToken',
      endpointArn: expect.stringContaining(':endpoint/GCM/pns-proxy-demo/'),
      registrations: [
        { fingerprint: pushed.pushes[0].fingerprint, pbxId: 'pbx-1', line: 1, verdict: 'refused' },
      ],
    });

    await cloud.pbx.send('/_local/faults', { method: 'DELETE' });
    expect((await register('202', token)).body).toEqual({ status: 'refreshed', devices: 1 });
    expect((await cloud.pbx.post('/push_call', { to: '202' })).body).toMatchObject({ accepted: 1 });
    expect((await cloud.pushes.next((one) => one.token === token, 5_000)).provider).toBe('google');
  });

  it('is marked on Apple’s 410, too', async () => {
    const token = appleToken('gone');
    await register('203', token, iphone);
    await cloud.setFault({ token, fault: '410' });
    await cloud.pbx.post('/push_call', { to: '203' });
    await cloud.idle();
    const { body } = await cloud.pbx.get('/devices?extension=203');
    expect(body['devices']).toEqual([expect.objectContaining({ disabledReason: 'token-refused' })]);
  });
});

describe('a phone that is logged out', () => {
  it('loses its endpoint once nobody else needs it', async () => {
    const sns = new SNSClient({
      region: cloud.info.aws.region,
      endpoint: cloud.snsUrl,
      credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    });
    const tokens = async () => {
      const PlatformApplicationArn = 'arn:aws:sns:eu-west-1:000000000000:app/GCM/pns-proxy-demo';
      const { Endpoints = [] } = await sns.send(
        new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn }),
      );
      return Endpoints.map(({ Attributes }) => Attributes?.['Token']);
    };
    const other = await cloud.otherPbx('pbx-2');
    const token = fcmToken('shared');
    await register('204', token);
    await other.post('/register', { extension: '1', token, platform: 'fcm' });

    expect((await cloud.pbx.post('/delete', { token })).body).toEqual({ deleted: 1 });
    await cloud.idle();
    expect(await tokens()).toContain(token);

    expect((await other.post('/delete', { extension: '1' })).body).toEqual({ deleted: 1 });
    await cloud.idle();
    expect(await tokens()).not.toContain(token);
    sns.destroy();
  });
});

describe('logs', () => {
  it('one line a request, with what became of it, and never a token, key or name', async () => {
    const token = fcmToken('logged');
    await register('208', token, { deviceName: 'Secret phone' });
    const callId = 'log-me@pbx';
    await cloud.pbx.post('/push_call', { to: '208', from: '+38761222333', fromName: 'Zlata Zlatić', callId });
    await cloud.pbx.post('/register', { extension: '208', token: `${token} with a space`, platform: 'fcm' });
    await cloud.idle();

    const lines = cloud.logs.map((line) => JSON.parse(line));
    const line = lines.find(({ message }) => message.callId === callId);
    expect(line).toMatchObject({
      level: 'INFO',
      requestId: expect.any(String),
      message: {
        operation: 'push_call',
        pbxId: 'pbx-1',
        extension: '208',
        uuid: expect.any(String),
        registrations: 1,
        devices: 1,
        accepted: 1,
        statusCode: 200,
        pushes: [
          {
            platform: 'fcm',
            app: 'demo',
            outcome: 'accepted',
            fingerprint: expect.stringMatching(/^[0-9a-f]{8}$/),
          },
        ],
        tableMs: expect.any(Number),
        pushMs: expect.any(Number),
        durationMs: expect.any(Number),
      },
    });
    const all = cloud.logs.join('\n');
    const [, , secret = ''] = cloud.info.key.split('_');
    for (const hidden of [token, secret, 'Zlata', '+38761222333', 'Secret phone'])
      expect(all).not.toContain(hidden);
  });
});

describe('--settings', () => {
  it('serves several apps, each through its own platform applications', async () => {
    const apple = { teamId: 'TEAMTEAM01', keyId: 'KEYKEYKEY1', secret: 'apple' };
    const settings = parseSettings({
      region: 'us-east-1',
      apps: {
        red: {
          fcm: { projectId: 'red-project', secret: 'red' },
          apple: { ...apple, bundleId: 'com.example.red' },
        },
        blue: { apple: { ...apple, bundleId: 'com.example.blue' } },
      },
    });
    const two = await startCloud({ settings });
    try {
      expect(two.info.apps).toEqual(['red', 'blue']);
      const token = appleToken('blue');
      const wanted = { extension: '1', token, platform: 'apns-voip' };
      expect((await two.pbx.post('/register', wanted)).body).toMatchObject({ code: 'invalid-request' });
      expect((await two.pbx.post('/register', { ...wanted, app: 'green' })).body).toMatchObject({
        code: 'unknown-app',
      });
      const android = { extension: '1', token: fcmToken('blue'), platform: 'fcm', app: 'blue' };
      expect((await two.pbx.post('/register', android)).body).toMatchObject({ code: 'platform-not-served' });
      expect((await two.pbx.post('/register', { ...wanted, app: 'blue' })).status).toBe(200);
      await two.pbx.post('/push_call', { to: '1' });
      const push = await two.pushes.next((one) => one.token === token, 5_000);
      expect(push.headers['apns-topic']).toBe('com.example.blue.voip');
    } finally {
      await two.close();
    }
  });
});

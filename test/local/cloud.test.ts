import { ListEndpointsByPlatformApplicationCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { revokeKey } from '../../bin/admin/keys.ts';
import { openTarget } from '../../bin/admin/target.ts';
import { makeKey, writeKey } from '../../lambda/core/key.ts';
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

describe('keys', () => {
  const call = { to: '205' };
  const token = fcmToken('well-guarded');
  beforeAll(() => register('205', token));
  const expectSilence = async () => {
    await cloud.idle();
    expect(cloud.pushes.list()).toEqual([]);
  };
  const askedWith = (authorization: Record<string, string>) =>
    fetch(`${cloud.info.url}/push_call`, {
      method: 'POST',
      headers: authorization,
      body: JSON.stringify(call),
    });

  it('no key: API Gateway’s own 401', async () => {
    const response = await askedWith({});
    expect(response.status).toBe(401);
    expect(await response.json()).toEqual({ message: 'Unauthorized' });
    await expectSilence();
  });

  it.each([
    ['no key at all', 'Bearer nonsense'],
    ['another scheme', `Basic ${Buffer.from('a:b').toString('base64')}`],
    ['a mistyped key', 'mistyped'],
    ['a key that nobody has', 'unknown'],
  ])('%s: API Gateway’s own 403', async (_, kind) => {
    const { key } = cloud.info;
    const mistyped = `Bearer ${key.slice(0, -1)}${key.endsWith('0') ? '1' : '0'}`;
    const authorization =
      kind === 'mistyped' ? mistyped : kind === 'unknown' ? `Bearer ${writeKey(makeKey())}` : kind;
    const response = await askedWith({ authorization });
    expect(response.status).toBe(403);
    expect(await response.json()).toEqual({ message: 'Forbidden' });
    await expectSilence();
  });

  it('a revoked key, though API Gateway had let it in before: 403', async () => {
    const leaked = await cloud.otherPbx('pbx-4');
    expect((await leaked.post('/push_call', call)).status).toBe(200);
    const [, keyId = ''] = leaked.key.split('_');
    await revokeKey(await openTarget({ stack: '', local: cloud.info.url }), keyId);
    const wanted = { extension: '205', token: fcmToken('intruder'), platform: 'fcm' };
    expect((await leaked.post('/register', wanted)).status).toBe(403);
    const { body } = await cloud.pbx.get('/devices?extension=205');
    expect(body['devices']).toHaveLength(1);
    await expectSilence();
  });

  it('a PBX neither sees, rings nor deletes the phones of another', async () => {
    const mine = fcmToken('mine');
    await register('206', mine);
    const other = await cloud.otherPbx('pbx-3');
    expect((await other.get('/devices?extension=206')).body['devices']).toEqual([]);
    expect((await other.post('/push_call', { to: '206' })).body).toMatchObject({ devices: 0, accepted: 0 });
    expect((await other.post('/delete', { extension: '206' })).body).toEqual({ deleted: 0 });
    expect((await other.post('/delete', { token: mine })).body).toEqual({ deleted: 0 });
    expect((await other.post('/update', { oldToken: mine, newToken: fcmToken('theirs') })).status).toBe(404);
    expect((await cloud.pbx.get('/devices?extension=206')).body['devices']).toHaveLength(1);
    expect((await cloud.pbx.post('/_local/keys', { pbxId: 'Not A PBX' })).status).toBe(400);
  });
});

describe('what API Gateway answers by itself', () => {
  it.each([
    ['GET', '/push_call'],
    ['PUT', '/register'],
    ['POST', '/devices?extension=1'],
    ['POST', '/nowhere'],
    ['POST', '/register/'],
  ])('%s %s: 404', async (method, path) => {
    const { status, body } = await cloud.pbx.send(path, { method, ...(method !== 'GET' && { body: '{}' }) });
    expect(status).toBe(404);
    expect(body).toEqual({ message: 'Not Found' });
  });

  it('a body over 10 MB: 413', async () => {
    const { status } = await cloud.pbx.send('/register', {
      method: 'POST',
      body: 'x'.repeat(10 * 1024 * 1024 + 1),
    });
    expect(status).toBe(413);
  });

  it('takes a body that it had to encode', async () => {
    const { status, body } = await cloud.pbx.send('/push_call', {
      method: 'POST',
      body: JSON.stringify({ to: '207' }),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect([status, body['devices']]).toEqual([200, 0]);
  });

  it('/health needs no key', async () => {
    const response = await fetch(`${cloud.info.url}/health`);
    expect([response.status, await response.text()]).toEqual([200, 'ok']);
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

describe('faults of the providers', () => {
  it.each(['hang', '500', 'reset', '429'])('Google %s: Apple’s push arrives all the same', async (fault) => {
    const extension = `3-${fault}`;
    const [android, apple] = [fcmToken(extension), appleToken(extension)];
    await register(extension, android);
    await register(extension, apple, iphone);
    await cloud.setFault({ provider: 'google', fault });
    expect((await cloud.pbx.post('/push_call', { to: extension, ringSeconds: 4 })).body).toMatchObject({
      accepted: 2,
    });
    expect((await cloud.pushes.next(({ token }) => token === apple, 5_000)).provider).toBe('apple');
    expect(cloud.pushes.list().filter(({ token }) => token === android)).toEqual([]);
  });

  it('one stream at a time at Apple: every push arrives', async () => {
    const phones = Array.from({ length: 10 }, (_, index) => appleToken(`one-stream-${index}`));
    for (const [index, token] of phones.entries()) {
      await register('209', token, { platform: 'apns-voip', deviceId: `phone-${index}` });
    }
    await cloud.setFault({ provider: 'apple', fault: 'one-stream' });
    for (let round = 0; round < 3; round += 1) await cloud.pbx.post('/push_call', { to: '209' });
    await cloud.idle();
    const arrived = cloud.pushes.list().filter(({ provider }) => provider === 'apple');
    for (const token of phones) expect(arrived.filter((push) => push.token === token)).toHaveLength(3);
  });

  it('says what was expected of a fault', async () => {
    const { status, text } = await cloud.setFault({ provider: 'apple', fault: 'nonsense' });
    expect(status).toBe(400);
    expect(text).toContain('expected one of 410');
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

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Attempt, Client } from '../../client/src/index.ts';
import { createClient } from '../../client/src/index.ts';
import { startCloud } from '../local/support.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import { failureOf } from './support.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
let client: Client;
const attempts: Attempt[] = [];
beforeAll(async () => {
  cloud = await startCloud();
  const { url, key } = cloud.info;
  client = createClient({ url, key, onAttempt: (attempt) => attempts.push(attempt) });
});
afterAll(async () => {
  client.close();
  await cloud.close();
});

describe('the client and the whole cloud', () => {
  it('registers, rings, moves and removes phones', async () => {
    const [android, iphone] = [fcmToken('client'), appleToken('client')];
    const phone = { extension: '300', token: android, platform: 'fcm', deviceId: 'pixel' } as const;
    expect(await client.register(phone)).toEqual({ status: 'created', devices: 1 });
    expect(await client.register(phone)).toEqual({ status: 'refreshed', devices: 1 });
    const other = { extension: '300', token: iphone, platform: 'apns-voip', deviceId: 'iphone' } as const;
    expect(await client.register(other)).toEqual({ status: 'created', devices: 2 });

    const result = await client.pushCall({ to: '300', from: '+38761000000', ringSeconds: 20 });
    expect(result).toMatchObject({ devices: 2, accepted: 2, uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) });
    const push = await cloud.pushes.next(({ provider }) => provider === 'google', 5_000);
    expect(push.payload).toMatchObject({
      message: { data: { type: 'call', uuid: result.uuid, callee: '300' } },
    });
    // 20 s at most, and the server takes those that fit.
    expect(push.payload).toMatchObject({
      message: { android: { ttl: expect.stringMatching(/^(1\d|20)s$/) } },
    });

    const newToken = fcmToken('client-2');
    expect(await client.update({ oldToken: android, newToken })).toEqual({ updated: 1 });
    const { extension, devices } = await client.devices('300');
    expect(extension).toBe('300');
    expect(devices.map(({ deviceId }) => deviceId).sort()).toEqual(['iphone', 'pixel']);

    expect(await client.delete({ token: iphone })).toEqual({ deleted: 1 });
    expect(await client.delete({ extension: '300' })).toEqual({ deleted: 1 });
    expect((await client.devices('300')).devices).toEqual([]);
    expect(attempts.every(({ status, attempt }) => status === 200 && attempt === 1)).toBe(true);
  });

  it('a call ID alone gives the same UUID each time', async () => {
    const first = await client.pushCall({ to: '301', callId: 'same@pbx' });
    expect((await client.pushCall({ to: '301', callId: 'same@pbx' })).uuid).toBe(first.uuid);
    expect(first).toMatchObject({ devices: 0, phones: [] });
  });

  it('tells what the functions refuse, with where and their request ID', async () => {
    const wrong = await failureOf(client.register({ extension: '30 0', token: 'x', platform: 'fcm' }));
    expect(wrong).toMatchObject({
      code: 'invalid-request',
      status: 400,
      requestId: expect.stringMatching(/./),
      retryable: false,
      unknown: false,
      attempts: 1,
      errors: [{ path: 'extension', expected: expect.any(String) }],
    });
    const unknown = await failureOf(client.update({ oldToken: fcmToken('a'), newToken: fcmToken('b') }));
    expect(unknown).toMatchObject({ code: 'unknown-token', status: 404, retryable: false });
  });

  it('tells what API Gateway refuses', async () => {
    const stranger = createClient({ url: cloud.info.url, key: `${cloud.info.key}x` });
    expect(await failureOf(stranger.devices('300'))).toMatchObject({
      code: 'gateway-403',
      status: 403,
      retryable: false,
      unknown: false,
    });
    const lost = createClient({ url: `${cloud.info.url}/no/such/stage`, key: cloud.info.key });
    expect(await failureOf(lost.devices('300'))).toMatchObject({ code: 'gateway-404' });
    stranger.close();
    lost.close();
  });
});

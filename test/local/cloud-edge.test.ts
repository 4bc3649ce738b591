import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { revokeKey } from '../../bin/admin/keys.ts';
import { openTarget } from '../../bin/admin/target.ts';
import { makeKey, writeKey } from '../../lambda/core/key.ts';
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

import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FcmPush } from '../../../lambda/core/payload-fcm.ts';
import { PushRefusal } from '../../../lambda/core/ports.ts';
import { apis, createHuaweiWorld, hmsToken } from './huawei-world.ts';

let world: Awaited<ReturnType<typeof createHuaweiWorld>>;
beforeEach(async () => {
  world = await createHuaweiWorld();
});
afterEach(() => world.huawei.close());

describe('a push to Huawei', () => {
  it('goes out on v2 with the token in the message', async () => {
    const token = hmsToken('ann');
    await expect(world.publish('v2', token)).resolves.toMatch(/^\d{20,}$/);
    const [push, ...more] = world.pushes.list();
    expect(more).toEqual([]);
    expect(push).toMatchObject({ provider: 'huawei', token });
    expect(push?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(push?.headers).not.toHaveProperty('push-type');
    expect(push?.payload).toEqual({
      message: {
        data: expect.stringContaining('"type":"call"'),
        android: { ttl: '30s', urgency: 'HIGH', category: 'VOIP' },
        token: [token],
      },
    });
  });

  it('goes out on v3 with the token as its target, and its type in a header', async () => {
    const token = hmsToken('ben');
    await expect(world.publish('v3', token)).resolves.toMatch(/^\d{20,}$/);
    const [push, ...more] = world.pushes.list();
    expect(more).toEqual([]);
    expect(push).toMatchObject({ token, headers: { 'push-type': '10' } });
    expect(push?.payload).toEqual({
      payload: { extraData: expect.stringContaining('"type":"call"') },
      pushOptions: { ttl: 30 },
      target: { token: [token] },
    });
    expect(world.asked()).toEqual({ tokens: 0, pushes: 1, secrets: 1 });
  });

  it.each([
    ['an app without Huawei', 'v2', { app: 'other', token: hmsToken('ann') }],
    ['an endpoint of SNS', 'v2', { endpointArn: 'arn:aws:sns:eu-west-1:1:endpoint/GCM/demo/1' }],
  ] as const)('is refused, and nothing sent, for %s', async (_, api, to) => {
    const sent = world.gateway.publish(to, world.aCall(api), AbortSignal.timeout(5_000));
    await expect(sent).rejects.toMatchObject({ reason: 'platform-not-served' });
    expect(world.asked()).toEqual({ tokens: 0, pushes: 0, secrets: 0 });
  });

  it('is refused where it is none of Huawei', async () => {
    const push: FcmPush = { platform: 'fcm', body: {}, ttlSeconds: 30 };
    const sent = world.gateway.publish({ app: 'demo', token: 't' }, push, AbortSignal.timeout(5_000));
    await expect(sent).rejects.toMatchObject({ reason: 'platform-not-served' });
  });
});

describe.each(apis)("Huawei's answer on %s", (api) => {
  it.each([
    ['80300002', 'application-disabled'],
    ['80300007', 'token-refused'],
    ['80300037', 'application-disabled'],
    ['80600003', 'unavailable'],
    ['81000001', 'unavailable'],
    ['429', 'throttled'],
    ['500', 'unavailable'],
    ['503', 'throttled'],
    ['reset', 'unavailable'],
  ] as const)('%s is told as %s, after one request', async (fault, reason) => {
    world.faults.set({ provider: 'huawei' }, fault);
    expect(await world.outcome(api)).toBe(reason);
    expect(world.asked().pushes).toBe(1);
    expect(world.pushes.list()).toEqual([]);
  });

  it('of a token that another project uses is a refusal of the token', async () => {
    const token = hmsToken('moved');
    expect(await world.outcome(api === 'v2' ? 'v3' : 'v2', token)).toBe('accepted');
    expect(await world.outcome(api, token)).toBe('token-refused');
    expect(world.pushes.list()).toHaveLength(1);
  });

  it('of a token of no such form is a refusal of the token', async () => {
    expect(await world.outcome(api, 'short')).toBe('token-refused');
  });

  it('never names the token where it refuses it', async () => {
    world.faults.set({ provider: 'huawei' }, '80300007');
    const error: unknown = await world.publish(api, hmsToken('secret')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(PushRefusal);
    expect(`${Object(error).stack}${Object(error).cause}`).not.toContain('secret');
  });
});

describe.each(apis)('what Huawei has not granted, on %s,', (api) => {
  const sentAs = () =>
    world.pushes
      .list()
      .map(({ payload, headers }) => Object(payload).message?.android.urgency ?? headers['push-type']);

  it('goes out at once as what needs no grant, and so for ten minutes', async () => {
    world.project.voip = false;
    expect(await world.outcome(api)).toBe('accepted');
    expect(world.asked().pushes).toBe(2);
    world.time.pass(599_000);
    expect(await world.outcome(api)).toBe('accepted');
    expect(world.asked().pushes).toBe(1);
    expect(sentAs()).toEqual(api === 'v2' ? [undefined, undefined] : ['0', '0']);
  });

  it('is asked for again after that', async () => {
    world.project.voip = false;
    await world.publish(api);
    world.project.voip = true;
    world.time.pass(600_001);
    world.asked();
    await world.publish(api);
    expect(world.asked().pushes).toBe(1);
    expect(sentAs().at(-1)).toBe(api === 'v2' ? 'HIGH' : '10');
  });

  it('is an operator’s to mend where nothing is left to fall back on', async () => {
    world.faults.set({ provider: 'huawei' }, '80300011');
    expect(await world.outcome(api)).toBe('application-disabled');
    expect(world.asked().pushes).toBe(2);
  });
});

describe.each(apis)('a push on %s that is not answered', (api) => {
  it('is given up after a second', async () => {
    world.faults.set({ provider: 'huawei' }, 'hang');
    expect(await world.outcome(api)).toBe('unavailable');
    expect(world.asked().pushes).toBe(1);
  });

  it('is given up as soon as it is aborted, before one that is not', async () => {
    world.faults.set({ provider: 'huawei' }, 'hang');
    const ended: string[] = [];
    const aborted = world.outcome(api, hmsToken('ann'), AbortSignal.timeout(50)).then((outcome) => {
      ended.push(`aborted: ${outcome}`);
    });
    const other = world.outcome(api, hmsToken('ben')).then((outcome) => {
      ended.push(`other: ${outcome}`);
    });
    await Promise.all([aborted, other]);
    expect(ended).toEqual(['aborted: unavailable', 'other: unavailable']);
  });

  it('does not go out where it was aborted before', async () => {
    expect(await world.outcome(api, hmsToken('ann'), AbortSignal.abort())).toBe('unavailable');
    expect(world.asked().pushes).toBe(0);
  });
});

describe('a server that is not there', () => {
  it('makes the push unavailable, on both APIs', async () => {
    const gone = { push: 'https://127.0.0.1:1', oauth: 'https://127.0.0.1:1' };
    const other = await createHuaweiWorld({ hosts: gone });
    expect(await other.outcome('v2')).toBe('unavailable');
    expect(await other.outcome('v3')).toBe('unavailable');
    await other.huawei.close();
  });

  it('that hangs where access tokens come from holds up nobody for longer than he waits, and v3 not at all', async () => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const oauth = `https://127.0.0.1:${Object(silent.address()).port}`;
    const other = await createHuaweiWorld({ hosts: { push: world.huawei.push, oauth } });
    const ended: string[] = [];
    const noting = (name: string) => (outcome: string) => void ended.push(`${name}: ${outcome}`);
    await Promise.all([
      other.outcome('v2').then(noting('patient')),
      other.outcome('v2', hmsToken('ann'), AbortSignal.timeout(300)).then(noting('impatient')),
      other.outcome('v3').then(noting('v3')),
    ]);
    expect(ended).toEqual(['v3: accepted', 'impatient: unavailable', 'patient: unavailable']);
    await other.huawei.close();
    silent.close();
  });
});

describe('what Huawei knows us by', () => {
  it.each(apis)('is one for push after push, for the better part of an hour: %s', async (api) => {
    for (let minute = 0; minute < 54; minute += 9) {
      expect(await world.outcome(api)).toBe('accepted');
      world.time.pass(9 * 60_000);
    }
    expect(new Set(world.bearers).size).toBe(1);
    expect(world.bearers).toHaveLength(6);
  });

  it.each(apis)('is got anew before it expires: %s', async (api) => {
    await world.publish(api);
    world.time.pass(56 * 60_000);
    await world.publish(api);
    await world.publish(api);
    expect(new Set(world.bearers).size).toBe(2);
    expect(world.bearers[2]).toBe(world.bearers[1]);
  });

  it('is used until it expires where a new one is refused: the secret is changed at Huawei first', async () => {
    await world.publish('v2');
    world.project.clients[0] = { clientId: '4001', clientSecret: 'secret-2' };
    world.time.pass(56 * 60_000);
    for (let calls = 0; calls < 3; calls += 1) expect(await world.outcome('v2')).toBe('accepted');
    world.secrets['client'] = { clientId: '4001', clientSecret: 'secret-2' };
    world.time.pass(11_000);
    await world.publish('v2');
    expect(new Set(world.bearers).size).toBe(2);
  });

  it('is asked for once in a while where Huawei says that it is asked too much', async () => {
    await world.publish('v2');
    world.time.pass(56 * 60_000);
    delete world.secrets['client'];
    world.asked();
    for (let calls = 0; calls < 50; calls += 1) expect(await world.outcome('v2')).toBe('accepted');
    expect(world.asked().secrets).toBeLessThanOrEqual(2);
  });

  it('is used until it expires where no other is to be had', async () => {
    await world.publish('v2');
    delete world.secrets['client'];
    world.time.pass(58 * 60_000);
    expect(await world.outcome('v2')).toBe('accepted');
  });
});

describe('an app whose secret cannot be read', () => {
  it('shuts Huawei for no other app', async () => {
    for (let second = 0; second < 8; second += 1) {
      expect(await world.outcome('v2', hmsToken('b'), undefined, 'broken')).toBe('unavailable');
      world.time.pass(1_000);
    }
    expect(await world.outcome('v2')).toBe('accepted');
  });
});

describe('a Huawei that breaks off every answer', () => {
  it('is asked no more after a while, whatever another app’s secret does', async () => {
    await world.publish('v2');
    world.faults.set({ provider: 'huawei' }, 'reset');
    for (let second = 0; second < 6; second += 1) {
      await world.outcome('v2');
      await world.outcome('v2', hmsToken('b'), undefined, 'broken');
      world.time.pass(800);
    }
    world.asked();
    expect(await world.outcome('v2')).toBe('provider-down');
    expect(world.asked()).toMatchObject({ pushes: 0 });
  });
});

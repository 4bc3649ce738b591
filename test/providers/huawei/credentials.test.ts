import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:https';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenOnLoopback } from '../../../local/loopback.ts';
import { apis, createHuaweiWorld, hmsToken } from './huawei-world.ts';

let world: Awaited<ReturnType<typeof createHuaweiWorld>>;
beforeEach(async () => {
  world = await createHuaweiWorld();
});
afterEach(() => world.huawei.close());

const anotherKey = generateKeyPairSync('rsa', { modulusLength: 2_048 });
const anotherPem = anotherKey.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

/** A new secret at Huawei and in Secrets Manager; the old one is of no use any longer. */
const rotate = () => {
  world.huawei.revoke();
  world.project.clients = [{ clientId: '4001', clientSecret: 'secret-2' }];
  world.project.serviceAccounts = [{ keyId: 'key-2', subAccount: '107001', publicKey: anotherKey.publicKey }];
  world.secrets['client'] = { clientId: '4001', clientSecret: 'secret-2' };
  world.secrets['account'] = { ...world.secrets['account'], key_id: 'key-2', private_key: anotherPem };
};

describe('an access token', () => {
  it('is asked for once, however many pushes wait for it', async () => {
    const names = ['a', 'b', 'c', 'd', 'e'];
    const outcomes = await Promise.all(names.map((name) => world.outcome('v2', hmsToken(name))));
    expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    expect(world.asked()).toEqual({ tokens: 1, pushes: 5, secrets: 1 });
  });

  it('is used until five minutes before it expires, and never after', async () => {
    await world.publish('v2');
    world.time.pass(54 * 60_000);
    await world.publish('v2');
    expect(world.asked().tokens).toBe(1);
    world.time.pass(2 * 60_000);
    await world.publish('v2');
    expect(world.asked()).toEqual({ tokens: 1, pushes: 1, secrets: 1 });
  });

  it('that Huawei gives none of for now leaves the credential as it is', async () => {
    world.faults.set({ provider: 'huawei' }, '500');
    expect(await world.outcome('v2')).toBe('unavailable');
    world.faults.clear();
    expect(await world.outcome('v2')).toBe('accepted');
    expect(world.asked()).toEqual({ tokens: 1, pushes: 2, secrets: 1 });
  });
});

describe("an OAuth server's answer", () => {
  it.each([
    [400, '{"error":1101,"sub_error":12304}', 'application-disabled'],
    [403, '', 'application-disabled'],
    [429, '', 'throttled'],
    [500, '', 'unavailable'],
    [502, '<html>', 'unavailable'],
    [503, '', 'throttled'],
    [200, '<html>', 'unavailable'],
    [200, 'null', 'unavailable'],
    [200, '{"access_token":"t"}', 'unavailable'],
    [200, '{"access_token":5,"expires_in":3600}', 'unavailable'],
  ])('of status %i that reads %j is told as %s, and nothing is sent', async (status, body, reason) => {
    const oauth = createServer(world.certificate, (_request, response) => {
      response.writeHead(status).end(body);
    });
    const { port, close } = await listenOnLoopback(oauth);
    const hosts = { push: world.huawei.push, oauth: `https://127.0.0.1:${port}` };
    const other = await createHuaweiWorld({ hosts });
    expect(await other.outcome('v2')).toBe(reason);
    expect(world.asked().pushes).toBe(0);
    await Promise.all([close(), other.huawei.close()]);
  });
});

describe('the token of a service account', () => {
  it('is signed anew before it expires, so that none is refused', async () => {
    for (const minutes of [54, 3, 3, 61]) {
      expect(await world.outcome('v3')).toBe('accepted');
      expect(world.asked().pushes).toBe(1);
      world.time.pass(minutes * 60_000);
    }
    expect(await world.outcome('v3')).toBe('accepted');
    expect(world.asked().pushes).toBe(1);
  });
});

describe.each(apis)('a token of ours that Huawei refuses, on %s,', (api) => {
  it.each(['80200001', '80200003', '80200005'] as const)(
    'with %s is got anew, once, and then an operator must act',
    async (code) => {
      await world.publish(api);
      world.asked();
      world.faults.set({ provider: 'huawei' }, code);
      expect(await world.outcome(api)).toBe('application-disabled');
      expect(world.asked()).toEqual({ tokens: api === 'v2' ? 1 : 0, pushes: 2, secrets: 1 });
      expect(world.pushes.list()).toHaveLength(1);
    },
  );

  it('is got anew in the same push, with the secret as it is now', async () => {
    await world.publish(api);
    world.asked();
    rotate();
    expect(await world.outcome(api)).toBe('accepted');
    expect(world.asked()).toEqual({ tokens: api === 'v2' ? 1 : 0, pushes: 2, secrets: 1 });
    expect(world.pushes.list()).toHaveLength(2);
  });

  it('is got anew once for all that were refused at the same time', async () => {
    await world.publish(api);
    world.asked();
    rotate();
    const names = ['a', 'b', 'c', 'd'];
    const outcomes = await Promise.all(names.map((name) => world.outcome(api, hmsToken(name))));
    expect(outcomes).toEqual(names.map(() => 'accepted'));
    expect(world.asked()).toMatchObject({ tokens: api === 'v2' ? 1 : 0, secrets: 1 });
  });

  it('is not asked about for ten seconds once a new one is refused as well', async () => {
    world.faults.set({ provider: 'huawei' }, '80200001');
    await world.outcome(api);
    world.asked();
    world.faults.clear();
    world.time.pass(9_000);
    expect(await world.outcome(api)).toBe('application-disabled');
    expect(world.asked()).toEqual({ tokens: 0, pushes: 0, secrets: 0 });
    world.time.pass(1_001);
    expect(await world.outcome(api)).toBe('accepted');
  });
});

describe('a secret', () => {
  const wrong = {
    v2: [
      ['of another client', { clientId: '4002', clientSecret: 'secret-1' }],
      ['without a client’s secret', { clientId: '4001' }],
      ['whose fields are no texts', { clientId: 4001, clientSecret: ['secret-1'] }],
      ['that is empty', {}],
    ],
    v3: [
      ['of another project', { project_id: '7002' }],
      ['without a key', { private_key: '' }],
      [
        'whose key is none',
        { private_key: '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n' },
      ],
      ['without an account', { sub_account: 5 }],
    ],
  } as const;
  const cases = apis.flatMap((api) => wrong[api].map(([what, held]) => [api, what, held] as const));

  it.each(cases)('on %s %s sends nothing, costs no token, and is looked at again', async (api, _, held) => {
    const name = api === 'v2' ? 'client' : 'account';
    const right = world.secrets[name] ?? {};
    world.secrets[name] = api === 'v2' ? held : { ...right, ...held };
    expect(await world.outcome(api)).toBe('application-disabled');
    expect(await world.outcome(api)).toBe('application-disabled');
    expect(world.asked()).toEqual({ tokens: 0, pushes: 0, secrets: 2 });

    world.secrets[name] = right;
    world.time.pass(10_001);
    expect(await world.outcome(api)).toBe('accepted');
  });

  it.each(['null', '[]', '"text"', '{"clientId":"4001"', ''])('that reads %s is none', async (text) => {
    for (const name of ['client', 'account']) Object.assign(world.secrets, { [name]: text });
    for (const api of apis) expect(await world.outcome(api)).toBe('application-disabled');
    expect(world.asked()).toMatchObject({ tokens: 0, pushes: 0 });
  });

  it('that Huawei refuses is asked about twice at most, and then an operator must act', async () => {
    world.project.clients = [{ clientId: '4001', clientSecret: 'secret-2' }];
    expect(await world.outcome('v2')).toBe('application-disabled');
    expect(await world.outcome('v2')).toBe('application-disabled');
    expect(world.asked()).toEqual({ tokens: 1, pushes: 0, secrets: 2 });

    world.secrets['client'] = { clientId: '4001', clientSecret: 'secret-2' };
    world.time.pass(10_001);
    expect(await world.outcome('v2')).toBe('accepted');
  });

  it('that was kept, and is refused, is read anew in the same push', async () => {
    world.faults.set({ provider: 'huawei' }, '500');
    await world.outcome('v2');
    world.faults.clear();
    world.time.pass(56 * 60_000);
    await world.publish('v2');
    world.asked();
    rotate();
    expect(await world.outcome('v2')).toBe('accepted');
  });

  it('is kept for five minutes, so that an OAuth server that fails does not cost a read a push', async () => {
    const down = await createHuaweiWorld({
      hosts: { push: world.huawei.push, oauth: 'https://127.0.0.1:1' },
    });
    for (let tries = 0; tries < 3; tries += 1) expect(await down.outcome('v2')).toBe('unavailable');
    expect(down.asked().secrets).toBe(1);
    down.time.pass(300_001);
    await down.outcome('v2');
    expect(down.asked().secrets).toBe(1);
    await down.huawei.close();
  });

  it('that may not be read is told as the reader tells it', async () => {
    delete world.secrets['client'];
    expect(await world.outcome('v2')).toBe('not-authorized');
    expect(await world.outcome('v3')).toBe('accepted');
  });

  it('is in no error', async () => {
    for (const name of ['client', 'account']) {
      Object.assign(world.secrets, { [name]: '{"clientSecret":"hush-hush" and more' });
    }
    for (const api of apis) {
      const error: unknown = await world.publish(api).catch((thrown: unknown) => thrown);
      expect(`${Object(error).stack}${Object(error).cause?.stack}`).not.toContain('hush');
    }
  });
});

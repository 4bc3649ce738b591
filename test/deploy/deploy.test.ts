import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { appleToken, fcmToken } from '../support/builders.ts';
import { endpointsOfDemo, ringBoth } from './both-phones.ts';
import type { Deployment } from './cdk.ts';
import { operatorOf } from './operator.ts';
import type { Pbx } from './pbx.ts';
import { pbxAt } from './pbx.ts';
import type { World } from './world.ts';
import { demoOnly, startWorld, voipTopic, withBrand, withDirect } from './world.ts';

const minutes = 60_000;
const soon = { timeout: 20_000 };

let world: World;
let deployment: Deployment;
let pbx: Pbx;
/** The settings that were deployed last. */
let served: object;

beforeAll(async () => {
  world = await startWorld();
  await world.cdk.bootstrap(demoOnly);
}, 10 * minutes);
afterAll(() => world?.close(), minutes);

const { admin, addKey } = operatorOf(() => world.adminEnvironment);

it(
  'deploys with the CDK as it is, and tells where',
  async () => {
    deployment = await world.cdk.deploy(demoOnly);
    expect(deployment, deployment.output).toMatchObject({ succeeded: true });
    expect(deployment.outputs).toMatchObject({
      Url: expect.stringContaining('execute-api'),
      TableName: expect.any(String),
    });
    pbx = pbxAt(world.miniStack.url, String(deployment.outputs['Url']));
  },
  5 * minutes,
);

describe('keys', () => {
  it('are asked for, and one that is none is refused', async () => {
    expect(await pbx.get('/devices?extension=101')).toMatchObject({ status: 401 });
    expect(await pbx.withKey('pns_x').get('/devices?extension=101')).toMatchObject({ status: 403 });
  });

  it('are added, and revoked within seconds', async () => {
    const revoked = await addKey('--pbx', 'pbx-2');
    const other = pbx.withKey(revoked);
    expect(await other.get('/devices?extension=101')).toMatchObject({ status: 200 });
    await admin('keys', 'revoke', revoked.split('_')[1] ?? '');
    await expect.poll(async () => (await other.get('/devices?extension=101')).status, soon).toBe(403);
    expect(world.resets).toContain(deployment.outputs['ApiId']);
    pbx = pbx.withKey(await addKey('--pbx', 'pbx-1'));
  });
});

describe('a call', () => {
  const [android, iphone] = [fcmToken('deployed'), appleToken('deployed')];

  it('rings an Android phone through Google and an iPhone through pushy', async () => {
    await world.pushy.addToken(voipTopic, iphone);
    const register = (more: object) => pbx.post('/register', { extension: '101', ...more });
    expect((await register({ token: android, platform: 'fcm' })).body).toEqual({
      status: 'created',
      devices: 1,
    });
    const apple = { token: iphone, platform: 'apns-voip', deviceId: 'iphone' };
    expect((await register(apple)).body).toEqual({ status: 'created', devices: 2 });

    const { body } = await pbx.post('/push_call', { to: '101', from: '+38761000000', callId: 'a@b' });
    expect(body).toMatchObject({ devices: 2, accepted: 2 });
    const isCall = (payload: unknown) => Object(payload).uuid === body['uuid'];
    const { token } = await world.pushes.next(
      ({ provider, payload }) => provider === 'google' && isCall(Object(payload).message?.data),
      20_000,
    );
    expect(token).toBe(android);
    await expect.poll(() => world.pushy.verdicts, soon).toHaveLength(1);
    const [verdict] = world.pushy.verdicts;
    expect(verdict).toMatchObject({ reason: undefined, payload: { type: 'call', uuid: body['uuid'] } });
    expect(verdict?.headers).toMatchObject({
      ':path': `/3/device/${iphone}`,
      'apns-push-type': 'voip',
      'apns-topic': voipTopic,
    });
  });

  it('is looked for in the logs that the stack names', async () => {
    // MiniStack's functions do not log as JSON (gaps-of-events.test.ts), so that it is not found: why.test.ts.
    await expect(admin('why', '--call', 'a@b')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no such call or message in the log groups \S*PushCallLog/),
    });
  });
});

describe('what a PBX asks for', () => {
  const token = fcmToken('renewed');

  it('a token is changed, and its endpoint with it', async () => {
    const oldToken = fcmToken('deployed');
    expect(await pbx.post('/update', { oldToken, newToken: token })).toMatchObject({
      status: 200,
      body: { updated: 1 },
    });
    const { body } = await pbx.get('/devices?extension=101');
    expect(body['devices']).toHaveLength(2);
    expect(await world.endpointTokens('GCM')).toContain(token);
    // The stream tells the function that deletes it.
    await expect.poll(() => world.endpointTokens('GCM'), soon).not.toContain(oldToken);
  });

  it('a phone logs out, and is rung no more', async () => {
    expect((await pbx.post('/delete', { token })).body).toEqual({ deleted: 1 });
    await expect.poll(() => world.endpointTokens('GCM'), soon).not.toContain(token);
    expect((await pbx.get('/devices?extension=101')).body['devices']).toHaveLength(1);
  });

  it('another PBX neither sees nor rings its phones', async () => {
    const other = pbx.withKey(await addKey('--pbx', 'pbx-3'));
    expect((await other.get('/devices?extension=101')).body['devices']).toEqual([]);
    expect((await other.post('/push_call', { to: '101' })).body).toMatchObject({ devices: 0 });
    expect((await other.post('/delete', { token: appleToken('deployed') })).body).toEqual({ deleted: 0 });
  });
});

describe('a token that a provider refuses', () => {
  const token = fcmToken('uninstalled');

  it('is marked by what SNS reports, is not pushed to any more, and rings again once it has registered anew', async () => {
    await pbx.post('/register', { extension: '103', token, platform: 'fcm' });
    world.faults.set({ token }, 'UNREGISTERED');
    expect((await pbx.post('/push_call', { to: '103' })).body).toMatchObject({ devices: 1, accepted: 1 });
    const device = async () => {
      const { body } = await pbx.get('/devices?extension=103');
      return (body['devices'] as object[])[0];
    };
    await expect.poll(device, soon).toMatchObject({ disabledReason: 'token-refused' });
    expect((await pbx.post('/push_call', { to: '103' })).body).toMatchObject({
      devices: 0,
      accepted: 0,
      phones: [{ accepted: false, reason: 'token-refused' }],
    });
    world.faults.clear();
    await pbx.post('/register', { extension: '103', token, platform: 'fcm' });
    expect((await pbx.post('/push_call', { to: '103' })).body).toMatchObject({ devices: 1, accepted: 1 });
  });
});

/** What SNS was asked that makes an application or an endpoint, or takes one away. */
const replaced = () => world.asked.filter((action) => /^(Create|Delete)(Platform|Endpoint)/.test(action));

describe('an update of the deployment', () => {
  const iphone = appleToken('deployed');
  const { demo } = demoOnly.apps;
  const settingsWith = (secretVersion: string, apple: object) => ({
    ...demoOnly,
    apps: { demo: { fcm: { ...demo.fcm, secretVersion }, apple: { ...demo.apple, ...apple } } },
  });
  const keyId = 'ROTATED123';
  let rotated: ReturnType<typeof settingsWith>;

  it(
    'with rotated credentials sets them in place, and keeps every endpoint',
    async () => {
      const { putSecret, rotateGoogleKey, rotateAppleKey } = world.rotations;
      const before = await endpointsOfDemo(world);
      expect(before).toMatchObject({
        android: { [fcmToken('uninstalled')]: expect.any(String) },
        iphones: { [iphone]: expect.any(String) },
      });
      await ringBoth(world, pbx);
      const fcmVersion = await putSecret(demo.fcm.secret, await rotateGoogleKey());
      const appleVersion = await putSecret(demo.apple.secret, await rotateAppleKey(keyId));
      rotated = settingsWith(fcmVersion, { keyId, secretVersion: appleVersion });
      world.asked.length = 0;
      const updated = await world.cdk.deploy(rotated);
      expect(updated, updated.output).toMatchObject({ succeeded: true, outputs: deployment.outputs });
      expect(world.asked).toContain('SetPlatformApplicationAttributes');
      expect(replaced()).toEqual([]);
      expect(await endpointsOfDemo(world)).toEqual(before);
      // Apple and Google take the new keys alone by now.
      await ringBoth(world, pbx);
      expect(await endpointsOfDemo(world)).toEqual(before);
    },
    5 * minutes,
  );

  it(
    'with a credential of another project is refused before SNS is asked, and leaves all as it was',
    async () => {
      const { putSecret, rotateGoogleKey } = world.rotations;
      const before = await endpointsOfDemo(world);
      const version = await putSecret(demo.fcm.secret, await rotateGoogleKey('brand-12345'));
      world.asked.length = 0;
      const refused = await world.cdk.deploy(settingsWith(version, rotated.apps.demo.apple));
      expect(refused.succeeded).toBe(false);
      expect(refused.output).toContain('project_id');
      expect(refused.output).not.toContain('PRIVATE KEY');
      // The rollback's, with what was there before.
      expect(world.asked.filter((action) => action.startsWith('SetPlatform'))).toEqual([
        'SetPlatformApplicationAttributes',
      ]);
      expect(replaced()).toEqual([]);
      expect(await endpointsOfDemo(world)).toEqual(before);
      await ringBoth(world, pbx);
    },
    5 * minutes,
  );

  it(
    'with credentials of Huawei and Web Push that are others’ is refused, with every fault, and leaves all as it was',
    async () => {
      const { huawei, webPush } = withDirect.apps.demo;
      const others = {
        huawei: { ...huawei, projectId: '7', v2: { ...huawei.v2, clientId: '999' } },
        webPush: { ...webPush, secret: huawei.v2.secret },
      };
      world.asked.length = 0;
      const refused = await world.cdk.deploy({
        ...rotated,
        apps: { demo: { ...rotated.apps.demo, ...others } },
      });
      expect(refused.succeeded).toBe(false);
      for (const fault of [
        'apps.demo.huawei.v2: secret "pns/demo/huawei-v2" (version AWSCURRENT): clientId: expected "999"',
        'apps.demo.huawei.v3: secret "pns/demo/huawei-v3" (version AWSCURRENT): project_id: expected "7"',
        'apps.demo.webPush: secret "pns/demo/huawei-v2" (version AWSCURRENT): publicKey: expected',
      ])
        expect(refused.output.replaceAll('\\"', '"')).toContain(fault);
      expect(refused.output).not.toContain('PRIVATE KEY');
      expect(replaced()).toEqual([]);
      await ringBoth(world, pbx);
    },
    5 * minutes,
  );

  it(
    'with an app more serves it, and the one before as before',
    async () => {
      const { putSecret, rotateGoogleKey } = world.rotations;
      const { brand } = withBrand.apps;
      const secretVersion = await putSecret(brand.fcm.secret, await rotateGoogleKey(brand.fcm.projectId));
      const apps = { ...rotated.apps, brand: { fcm: { ...brand.fcm, secretVersion } } };
      served = { ...rotated, apps };
      const updated = await world.cdk.deploy(served);
      expect(updated, updated.output).toMatchObject({ succeeded: true });
      const register = { extension: '105', token: fcmToken('brand'), platform: 'fcm' };
      expect(await pbx.post('/register', register)).toMatchObject({
        status: 400,
        body: { code: 'invalid-request', errors: [{ path: 'app' }] },
      });
      expect(await pbx.post('/register', { ...register, app: 'brand' })).toMatchObject({ status: 200 });
      expect(
        await pbx.post('/register', { ...register, token: iphone, app: 'brand', platform: 'apns-voip' }),
      ).toMatchObject({ status: 400, body: { code: 'platform-not-served' } });
      expect((await pbx.post('/push_call', { to: '105' })).body).toMatchObject({ devices: 1, accepted: 1 });
      await ringBoth(world, pbx);
    },
    5 * minutes,
  );
});

describe('a removed deployment', () => {
  let tableName: string;
  let items: Awaited<ReturnType<World['itemsOf']>>;
  let kept: object;
  const everyEndpoint = async () => ({
    ...(await endpointsOfDemo(world)),
    brand: await world.endpoints('GCM', 'brand'),
  });

  it(
    'leaves the platform applications and the table',
    async () => {
      tableName = String(deployment.outputs['TableName']);
      items = await world.itemsOf(tableName);
      kept = await everyEndpoint();
      expect(kept).toEqual({
        android: { [fcmToken('uninstalled')]: expect.any(String) },
        iphones: { [appleToken('deployed')]: expect.any(String) },
        brand: { [fcmToken('brand')]: expect.any(String) },
      });
      world.asked.length = 0;
      const removed = await world.cdk.destroy();
      expect(removed, removed.output).toMatchObject({ succeeded: true });
      expect(await pbx.post('/push_call', { to: '101' })).toMatchObject({ status: 404 });
      expect(await world.itemsOf(tableName)).toEqual(items);
      expect(replaced()).toEqual([]);
      expect(await everyEndpoint()).toEqual(kept);
    },
    5 * minutes,
  );

  it(
    'is deployed again onto them: keys and phones are there',
    async () => {
      world.asked.length = 0;
      const again = await world.cdk.deploy({ ...served, tableName }, '--import-existing-resources');
      expect(again, again.output).toMatchObject({ succeeded: true, outputs: { TableName: tableName } });
      expect(replaced().filter((action) => action.endsWith('Application'))).toEqual([]);
      // MiniStack imports no table of this kind, and made an empty one in its place (gaps.test.ts).
      await world.putItems(tableName, items);
      await ringBoth(world, pbx.at(String(again.outputs['Url'])));
      // The stream is read from its beginning again, and asks for the endpoints of tokens that had gone before.
      await expect.poll(everyEndpoint, soon).toEqual(kept);
    },
    5 * minutes,
  );
});

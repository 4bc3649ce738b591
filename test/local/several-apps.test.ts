import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSettings } from '../../lib/settings.ts';
import { demoSettings } from '../../local/settings.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import { startCloud } from './support.ts';

/** Two brands of one deployment, each with its own project, team, client and keys on each platform. */
const settingsOf = () => {
  const settings = demoSettings();
  const { demo } = settings.apps;
  const brand = (name: string, n: number) => ({
    fcm: { projectId: `${name}-project`, secret: `${name}/fcm` },
    apple: {
      teamId: `TEAM${name.toUpperCase()}0${n}`.padEnd(10, '0').slice(0, 10),
      keyId: `KEY${name.toUpperCase()}0${n}`.padEnd(10, '0').slice(0, 10),
      bundleId: `com.example.${name}`,
      secret: `${name}/apple`,
    },
    huawei: {
      projectId: `70000${n}`,
      v2: { clientId: `40000${n}`, secret: `${name}/huawei-v2` },
      v3: { secret: `${name}/huawei-v3` },
      voip: n === 1,
    },
    webPush: { ...demo?.webPush, subject: `mailto:${name}@example.com`, secret: `${name}/web-push` },
  });
  return parseSettings({ ...settings, apps: { red: brand('red', 1), blue: brand('blue', 2) } });
};

let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  cloud = await startCloud({ settings: settingsOf() });
});
afterAll(() => cloud.close());

const apps = ['red', 'blue'] as const;
const browserOf = async (app: string) =>
  String((await cloud.pbx.post('/_local/subscriptions', { app })).body['token']);
const phonesOf = async (app: string) => [
  { platform: 'fcm', token: fcmToken(app) },
  { platform: 'apns-voip', token: appleToken(app), deviceId: `${app}-iphone` },
  { platform: 'hms', token: fcmToken(`hms-${app}`) },
  { platform: 'hms', token: fcmToken(`harmony-${app}`), harmonyOs: true },
  { platform: 'webpush', token: await browserOf(app) },
];

describe('an extension with phones of two apps', () => {
  it('has each woken by the credentials of its own app, on every platform', async () => {
    for (const app of apps)
      for (const phone of await phonesOf(app)) {
        const { status, text } = await cloud.pbx.post('/register', { extension: '101', app, ...phone });
        expect(status, text).toBe(200);
      }
    const { body } = await cloud.pbx.post('/push_call', { to: '101', from: '102' });
    expect(body).toMatchObject({ devices: 10, accepted: 10 });
    await cloud.idle();
    const pushes = cloud.pushes.list();
    expect(pushes).toHaveLength(10);
    const topics = pushes.flatMap(({ headers }) => headers['apns-topic'] ?? []);
    expect(topics.toSorted()).toEqual(['com.example.blue.voip', 'com.example.red.voip']);
    // What Huawei has granted the one app, it has not the other.
    const urgent = pushes.filter(({ payload }) => JSON.stringify(payload).includes('"urgency":"HIGH"'));
    expect(urgent.map(({ token }) => token)).toEqual([fcmToken('hms-red')]);
  });

  it('is refused by a push service that knows the browser by the other app’s key, which costs no token', async () => {
    const token = await browserOf('red');
    await cloud.pbx.post('/register', { extension: '102', app: 'blue', platform: 'webpush', token });
    const called = await cloud.pbx.post('/push_call', { to: '102' });
    expect(called.body).toMatchObject({
      accepted: 0,
      phones: [{ platform: 'webpush', accepted: false, reason: 'push-service-refused', retryable: false }],
    });
    const { body } = await cloud.pbx.get('/devices?extension=102');
    expect(body['devices']).toMatchObject([{ app: 'blue' }]);
    expect(Object(body['devices'])[0]).not.toHaveProperty('disabledAt');
  });
});

describe('an app that is not named, or not served', () => {
  it.each([
    ['unknown', { app: 'green' }, 'unknown-app'],
    ['left out where there are two', {}, 'invalid-request'],
  ])('%s: a 400 that says so', async (_, app, code) => {
    const request = { extension: '103', platform: 'hms', token: fcmToken('green'), ...app };
    const { status, body } = await cloud.pbx.post('/register', request);
    expect([status, body['code']]).toEqual([400, code]);
    expect((await cloud.pbx.get('/devices?extension=103')).body).toMatchObject({ devices: [] });
  });
});

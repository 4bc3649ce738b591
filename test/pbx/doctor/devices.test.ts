import { afterEach, beforeEach, expect, it } from 'vitest';
import type { World } from './support/world.ts';
import { aDevice, createWorld, theTrouble, troubles } from './support/world.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const huawei = 'HUAWEI ELS-NX9 Android 10';
const refused = { disabledAt: '2026-11-20T08:00:00.000Z', disabledReason: 'token-refused' };

it('an extension whose every token was refused', async () => {
  world.endpoint.devices['200'] = [aDevice(refused), aDevice({ ...refused, fingerprint: '12345678' })];
  world.endpoint.devices['101'] = [aDevice(refused), aDevice()];
  world.ari.phones['200'] = {};
  const found = theTrouble(await world.look());
  expect(found).toMatchObject({ check: 'devices', level: 'warning', details: { extensions: ['200'] } });
});

it.each(['HUAWEI P40 Pro', 'Anna’s Honor 9X', 'JNY-LX1'])(
  'a phone registered through Google as %s, of which no name is shown',
  async (deviceName) => {
    world.endpoint.devices['101'] = [aDevice({ deviceName })];
    const findings = await world.look();
    const found = theTrouble(findings);
    expect(found).toMatchObject({
      check: 'devices',
      level: 'warning',
      details: { phones: [{ extension: '101', fingerprint: '9f86d081' }] },
    });
    expect(found.remedy).toContain('platform hms');
    expect(JSON.stringify(findings)).not.toContain('Anna');
  },
);

it.each([
  ['another maker', { deviceName: 'SM-S928B' }],
  ['one that is registered through Huawei', { deviceName: huawei, platform: 'hms' }],
  ['one that names no model', { deviceName: undefined }],
])('%s is no trouble', async (_, changes) => {
  world.endpoint.devices['101'] = [aDevice(changes)];
  expect(troubles(await world.look())).toEqual([]);
});

it('a Huawei phone that uses SIP and has no push token', async () => {
  world.ari.phones['200'] = {
    contacts: [{ uri: 'sip:200@198.51.100.7:40000;transport=tcp', userAgent: huawei }],
  };
  world.endpoint.devices['200'] = [aDevice({ platform: 'apns-voip', deviceName: 'iPhone' })];
  const found = theTrouble(await world.look());
  expect(found).toMatchObject({ check: 'devices', level: 'warning', details: { extensions: ['200'] } });
  expect(found.remedy).toContain('hms');
});

it('an extension whose phones the endpoint does not tell now: nobody knows that all is well', async () => {
  world.ari.phones['200'] = {};
  world.endpoint.unreadable = '200';
  const found = theTrouble(await world.look());
  expect(found).toMatchObject({ check: 'devices', level: 'warning', details: { unread: ['200'] } });
});

it('a named extension without any phone', async () => {
  world.ari.phones['102'] = {};
  expect(theTrouble(await world.look({}, '102'))).toMatchObject({ check: 'devices', level: 'fault' });
});

it('a named extension is looked at without ARI', async () => {
  world.endpoint.devices['101'] = [aDevice(refused)];
  expect(troubles(await world.look({ ari: undefined }, '101'))).toEqual(['devices warning']);
});

import { afterEach, beforeEach, expect, it } from 'vitest';
import { makeKey, writeKey } from '../../../lambda/core/key.ts';
import { startCloud } from '../../local/support.ts';
import { fcmToken } from '../../support/builders.ts';
import type { World } from './support/world.ts';
import { createWorld, theTrouble, troubles } from './support/world.ts';

let world: World;
let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeEach(async () => {
  world = await createWorld();
  cloud = await startCloud();
  world.status.proxy.url = cloud.info.url;
});
afterEach(async () => {
  await cloud.close();
  await world.close();
});

it('finds the local cloud well, and what is wrong with a key there', async () => {
  const pushUrl = cloud.info.url;
  const { key } = cloud.info;
  await cloud.pbx.post('/register', { extension: '101', token: fcmToken('one'), platform: 'fcm' });
  expect(troubles(await world.look({ pushUrl, key }, '101'))).toEqual([]);

  const found = theTrouble(await world.look({ pushUrl, key: writeKey(makeKey()) }));
  expect(found).toMatchObject({ check: 'key', level: 'fault', details: { status: 403 } });
  world.status.proxy.url = `${pushUrl}/v1`;
  const elsewhere = theTrouble(await world.look({ pushUrl: `${pushUrl}/v1`, key }));
  expect(elsewhere).toMatchObject({ check: 'answer', level: 'fault', details: { status: 404 } });
});

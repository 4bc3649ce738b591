import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { fcmToken } from '../support/builders.ts';
import type { AndroidPhone } from './android-phone.ts';
import { androidPhone, expectLeft } from './android-phone.ts';
import type { Deployed } from './deployed.ts';
import type { Pbx } from './pbx.ts';
import { notAllowed } from './sns-refusals.ts';
import type { World } from './world.ts';
import { applicationArn } from './world.ts';

const soon = { timeout: 20_000 };

let world: World;
let pbx: Pbx;
let other: Pbx;
const phone = (name: string): AndroidPhone => androidPhone(world, name);

/** The table's stream, and SNS's endpoints afterwards. */
export const describeRemovedRows = (deployed: () => Deployed): void => {
  beforeAll(async () => {
    const { endpoint, addKey } = deployed();
    world = deployed().world;
    pbx = endpoint.withKey(await addKey('--pbx', 'pbx-removed-1'));
    other = endpoint.withKey(await addKey('--pbx', 'pbx-removed-2'));
  });

  describe('a row that is removed', () => {
    const endpoints = () => world.endpointTokens('GCM');
    afterEach(() => world.refusals.clear());

    it('takes its endpoint with it, but not one that another PBX needs', async () => {
      const [shared, own] = [phone('stays'), phone('goes')];
      for (const one of [shared, own]) await one.register(pbx);
      await shared.register(other);
      // In this order: the stream hands on one after the other.
      for (const { token } of [shared, own])
        expect((await pbx.post('/delete', { token })).body).toEqual({ deleted: 1 });
      await expect.poll(endpoints, soon).not.toContain(own.token);
      expect(await endpoints()).toContain(shared.token);
      await expectLeft(shared, other);
      expect((await other.post('/delete', { token: shared.token })).body).toEqual({ deleted: 1 });
      await expect.poll(endpoints, soon).not.toContain(shared.token);
    });

    it('is released once SNS can be asked again', async () => {
      const one = phone('delayed');
      await one.register(pbx);
      world.refusals.set('DeleteEndpoint', notAllowed);
      world.asked.length = 0;
      await pbx.post('/delete', { token: one.token });
      await expect.poll(() => world.asked, soon).toContain('DeleteEndpoint');
      expect(await endpoints()).toContain(one.token);
      world.refusals.clear();
      await expect.poll(endpoints, soon).not.toContain(one.token);
    });

    it('that can not be released keeps no other of its batch from being released', async () => {
      const brand = () => world.endpointTokens('GCM', 'brand');
      const [stuck, free] = [fcmToken('stuck'), phone('free')];
      const registration = { extension: 'stuck', token: stuck, platform: 'fcm', app: 'brand' };
      expect(await pbx.post('/register', registration)).toMatchObject({ status: 200 });
      await free.register(pbx);
      world.refusals.set(`CreatePlatformEndpoint ${applicationArn('GCM', 'brand')}`, notAllowed);
      world.asked.length = 0;
      await pbx.post('/delete', { token: stuck });
      await expect.poll(() => world.asked, soon).toContain('CreatePlatformEndpoint');
      // The stream goes on behind the first no sooner than that is released: so both are tried in one batch.
      await pbx.post('/delete', { token: free.token });
      await expect.poll(endpoints, soon).not.toContain(free.token);
      expect(await brand()).toContain(stuck);
      world.refusals.clear();
      await expect.poll(brand, soon).not.toContain(stuck);
    });
  });
};

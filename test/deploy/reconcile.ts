import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteEndpointCommand } from '@aws-sdk/client-sns';
import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { appleToken } from '../support/builders.ts';
import { androidPhone } from './android-phone.ts';
import type { Deployed } from './deployed.ts';

/** `pns-admin reconcile`, against the deployed table and SNS. To be called while nothing else is out of step. */
export const describeReconcile = (deployed: () => Deployed): void => {
  describe('reconcile', () => {
    it('reports what is out of step, then mends it, and touches nothing else', async () => {
      const { world, endpoint, outputs, admin, addKey } = deployed();
      const pbx = endpoint.withKey(await addKey('--pbx', 'pbx-reconcile'));
      const [whole, broken, lone] = ['whole', 'broken', 'lone'].map((name) => androidPhone(world, name));
      if (!whole || !broken || !lone) throw new Error('no phones');
      await whole.register(pbx);
      await broken.register(pbx);
      const iphone = { extension: 'iphone', token: appleToken('reconciled'), deviceId: 'iphone' };
      const registered = await pbx.post('/register', { ...iphone, platform: 'apns-voip', app: 'demo' });
      expect(registered).toMatchObject({ status: 200 });

      const gone = await broken.arn();
      await world.mobile.send(new DeleteEndpointCommand({ EndpointArn: gone }));
      const orphan = await lone.arn();

      const state = async () => ({
        rows: await world.itemsOf(String(outputs['TableName'])),
        android: await world.endpoints('GCM'),
        iphones: await world.endpoints('APNS_VOIP'),
      });
      const before = await state();
      const folder = mkdtempSync(join(tmpdir(), 'pns-reconcile-'));
      const reconcile = (...more: string[]) =>
        admin('reconcile', '--state', join(folder, 'state.json'), ...more);
      try {
        world.asked.length = 0;
        const found = await reconcile();
        expect(found.stdout.split('\n').filter(Boolean).toSorted()).toEqual([
          `endpoint without registration: ${orphan} of token ${fingerprintOf(lone.token)}`,
          `registration without endpoint: token ${fingerprintOf(broken.token)} at PBX pbx-reconcile names ${gone}`,
        ]);
        expect(new Set(world.asked)).toEqual(
          new Set(['ListEndpointsByPlatformApplication', 'GetEndpointAttributes']),
        );
        expect(await state()).toEqual(before);

        const mended = await reconcile('--mend');
        expect(mended.stdout).toBe(found.stdout);
        expect(mended.stderr).toContain(
          'Deleted: 1 endpoints; 0 are needed by now. Cleared: 1 registrations',
        );
        const { [lone.token]: _, ...android } = before.android;
        const rows = before.rows.map(({ endpointArn, ...row }) =>
          endpointArn === undefined || endpointArn.S === gone ? row : { ...row, endpointArn },
        );
        expect(await state()).toEqual({ ...before, rows, android });
        expect((await reconcile()).stdout).toBe('');
      } finally {
        rmSync(folder, { recursive: true });
      }
      expect(await broken.call(pbx)).toMatchObject({ devices: 1, accepted: 1 });
      expect(Object.keys(await world.endpoints('GCM'))).toContain(broken.token);
    });
  });
};

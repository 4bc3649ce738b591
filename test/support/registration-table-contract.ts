import { describe, expect, it } from 'vitest';
import type { RegistrationTable } from '../../lambda/core/ports.ts';
import { keyOf } from '../../lambda/core/registration.ts';
import { hashOf } from '../../lambda/core/token.ts';
import { aRegistration, noon } from './builders.ts';

let serial = 0;
/** Suites share one table: each test has tokens, PBXs and extensions of its own. */
const fresh = () => {
  serial += 1;
  return { token: `token-${serial}`, pbxId: `pbx-${serial}`, extension: `ext-${serial}` };
};
const arn = 'arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/pns-proxy-demo/1';

/** What core relies on of a RegistrationTable, whatever stands behind it. */
export const describeRegistrationTable = (name: string, table: () => RegistrationTable): void => {
  describe(`registration table: ${name}`, () => {
    it('claims a new row, and gives nothing as the row before', async () => {
      const row = aRegistration({
        ...fresh(),
        deviceId: 'phone',
        deviceName: 'Ann’s phone',
        callAlerts: true,
      });
      expect(await table().claim(row)).toBeUndefined();
      expect(await table().get(keyOf(row))).toEqual(row);
    });

    it('claims over a row: its endpoint stays, its device and refusal go, and the old row is given', async () => {
      const old = aRegistration({ ...fresh(), deviceId: 'phone' });
      await table().claim(old);
      await table().setEndpoint(keyOf(old), { endpointArn: arn, verifiedAt: noon + 1 }, old);
      await table().setRefusal(keyOf(old), { at: noon + 2, reason: 'token-refused' }, noon + 9_000, {
        ...old,
        verifiedAt: noon + 1,
      });

      const { deviceId: _, ...without } = old;
      const next = { ...without, extension: 'other', registeredAt: noon + 5, claimedAt: noon + 5 };
      const before = await table().claim(next);

      expect(before).toEqual({
        ...old,
        endpointArn: arn,
        verifiedAt: noon + 1,
        disabledAt: noon + 2,
        disabledReason: 'token-refused',
        expiresAt: noon + 9_000,
      });
      expect(await table().get(keyOf(old))).toEqual({ ...next, endpointArn: arn, verifiedAt: noon + 1 });
      expect(await table().ofExtension(old.pbxId, old.extension)).toEqual([]);
      expect(await table().ofExtension(old.pbxId, 'other')).toHaveLength(1);
    });

    it('rounds expiresAt up to a whole second', async () => {
      const row = aRegistration({ ...fresh(), expiresAt: noon + 1 });
      await table().claim(row);
      expect((await table().get(keyOf(row)))?.expiresAt).toBe(noon + 1_000);
    });

    it('inherits onto nothing, onto an older claim and onto a dead row, but not onto a later or the same claim, or another application’s row', async () => {
      const row = aRegistration({ ...fresh(), claimedAt: noon - 100 });
      expect(await table().inherit(row)).toBe(true);
      expect(await table().inherit({ ...row, extension: 'same' })).toBe(false);
      expect(await table().inherit({ ...row, extension: 'earlier', claimedAt: noon - 101 })).toBe(false);
      expect((await table().get(keyOf(row)))?.extension).toBe(row.extension);

      const earlier = { ...row, claimedAt: noon };
      expect(await table().inherit({ ...earlier, app: 'other' })).toBe(false);
      expect(await table().inherit({ ...earlier, platform: 'apns' })).toBe(false);
      expect(await table().inherit({ ...earlier, environment: 'sandbox' })).toBe(false);

      await table().setEndpoint(keyOf(row), { endpointArn: arn, verifiedAt: noon }, row);
      const later = { ...row, extension: 'later', claimedAt: noon - 99 };
      expect(await table().inherit(later)).toBe(true);
      expect(await table().get(keyOf(row))).toEqual({ ...later, endpointArn: arn });

      const afterwards = {
        ...row,
        extension: 'heir',
        registeredAt: row.expiresAt + 1_000,
        expiresAt: noon + 5_000_000,
      };
      expect(await table().inherit(afterwards)).toBe(true);
      expect((await table().get(keyOf(row)))?.extension).toBe('heir');
    });

    it('finds the rows of a token at one PBX, and at every PBX', async () => {
      const row = aRegistration(fresh());
      const second = { ...row, line: 2 };
      const foreign = { ...row, pbxId: `${row.pbxId}-b` };
      for (const one of [row, second, foreign]) await table().claim(one);

      expect((await table().ofToken(row.pbxId, row.tokenHash)).map(({ line }) => line)).toEqual([1, 2]);
      expect(await table().ofToken(foreign.pbxId, row.tokenHash)).toEqual([foreign]);
      expect(await table().ofToken('nobody', row.tokenHash)).toEqual([]);
      expect(await table().ofTokenAnywhere(row.tokenHash)).toHaveLength(3);
      expect(await table().ofTokenAnywhere(hashOf('unheard of'))).toEqual([]);
    });

    it('keeps a PBX apart from one whose name begins alike', async () => {
      const row = aRegistration(fresh());
      await table().claim({ ...row, pbxId: `${row.pbxId}0` });
      expect(await table().ofToken(row.pbxId, row.tokenHash)).toEqual([]);
      expect(await table().ofExtension(row.pbxId, row.extension)).toEqual([]);
    });

    it('finds the rows of an extension and of an endpoint', async () => {
      const row = aRegistration(fresh());
      const endpointArn = `${arn}-${serial}`;
      await table().claim(row);
      await table().setEndpoint(keyOf(row), { endpointArn }, row);
      expect(await table().ofExtension(row.pbxId, row.extension)).toEqual([{ ...row, endpointArn }]);
      expect(await table().ofEndpoint(endpointArn)).toEqual([keyOf(row)]);
      expect(await table().ofEndpoint(`${endpointArn}0`)).toEqual([]);
    });

    it('reads all rows of an extension, however many pages they fill', async () => {
      const { pbxId, extension } = fresh();
      const names = Array.from({ length: 300 }, (_, index) => `${'x'.repeat(4_000)}-${pbxId}-${index}`);
      await Promise.all(names.map((token) => table().claim(aRegistration({ token, pbxId, extension }))));
      expect(await table().ofExtension(pbxId, extension)).toHaveLength(300);
    });

    it('writes endpoint and refusal only to the row that was read', async () => {
      const row = aRegistration(fresh());
      const key = keyOf(row);
      await table().claim({ ...row, registeredAt: noon + 7 });
      expect(await table().setEndpoint(key, { endpointArn: arn }, row)).toBe(false);
      expect(await table().setRefusal(key, { at: noon, reason: 'token-refused' }, noon, row)).toBe(false);
      expect(await table().setRefusal(key, undefined, noon, row)).toBe(false);
      expect(await table().get(key)).toEqual({ ...row, registeredAt: noon + 7 });
    });

    it('writes no endpoint to a row that was claimed in the same moment for another application', async () => {
      const row = aRegistration(fresh());
      const key = keyOf(row);
      await table().claim(row);
      for (const other of [{ app: 'pocket' }, { platform: 'apns' }, { environment: 'sandbox' }] as const)
        expect(await table().setEndpoint(key, { endpointArn: arn }, { ...row, ...other })).toBe(false);
      expect(await table().get(key)).toEqual(row);
    });

    it('leaves no ghost: a write to a row that is gone writes nothing', async () => {
      const row = aRegistration(fresh());
      const key = keyOf(row);
      expect(await table().setEndpoint(key, { endpointArn: arn }, row)).toBe(false);
      expect(await table().setRefusal(key, { at: noon, reason: 'token-refused' }, noon, row)).toBe(false);
      expect(await table().ofTokenAnywhere(row.tokenHash)).toEqual([]);
    });

    it('keeps verifiedAt where only the endpoint is set, and clears a refusal', async () => {
      const row = aRegistration(fresh());
      const key = keyOf(row);
      await table().claim(row);
      await table().setEndpoint(key, { endpointArn: arn, verifiedAt: noon + 3 }, row);
      await table().setEndpoint(key, { endpointArn: `${arn}2` }, row);
      const verified = { ...row, verifiedAt: noon + 3 };
      await table().setRefusal(key, { at: noon + 4, reason: 'endpoint-disabled' }, noon + 3_000, verified);
      const refused = await table().get(key);
      expect(await table().setRefusal(key, undefined, row.expiresAt, refused ?? row)).toBe(true);
      expect(await table().get(key)).toEqual({ ...row, endpointArn: `${arn}2`, verifiedAt: noon + 3 });
    });

    it('writes no refusal to a row that was verified since it was read', async () => {
      const row = aRegistration(fresh());
      const key = keyOf(row);
      await table().claim(row);
      await table().setEndpoint(key, { endpointArn: arn, verifiedAt: noon + 3 }, row);
      const refusal = { at: noon + 4, reason: 'endpoint-disabled' } as const;
      expect(await table().setRefusal(key, refusal, noon, row)).toBe(false);
      expect(await table().setRefusal(key, refusal, noon, { ...row, verifiedAt: noon + 2 })).toBe(false);
      expect(await table().setRefusal(key, refusal, noon, { ...row, verifiedAt: noon + 3 })).toBe(true);
    });

    it('overwrites no refusal that was noted since the row was read', async () => {
      const row = aRegistration(fresh());
      const key = keyOf(row);
      await table().claim(row);
      expect(await table().setRefusal(key, { at: noon + 4, reason: 'token-refused' }, noon, row)).toBe(true);
      expect(await table().setRefusal(key, { at: noon + 5, reason: 'endpoint-disabled' }, noon, row)).toBe(
        false,
      );
      expect(await table().setRefusal(key, undefined, row.expiresAt, row)).toBe(false);
      expect(await table().get(key)).toMatchObject({ disabledAt: noon + 4, disabledReason: 'token-refused' });
    });

    it('removes a row once, and only where the conditions hold', async () => {
      const row = aRegistration(fresh());
      const key = keyOf(row);
      await table().claim(row);
      expect(await table().remove(key, { registeredAt: noon + 1 })).toBe(false);
      expect(await table().remove(key, { extension: 'other' })).toBe(false);
      expect(await table().remove(key, { registeredAt: noon, extension: 'other' })).toBe(false);
      expect(await table().get(key)).toEqual(row);
      expect(await table().remove(key, { registeredAt: noon, extension: row.extension })).toBe(true);
      expect(await table().remove(key)).toBe(false);
      expect(await table().get(key)).toBeUndefined();
    });
  });
};

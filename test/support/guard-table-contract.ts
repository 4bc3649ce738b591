import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { GuardAdministration } from '../../lambda/aws/guard-table.ts';
import type { GuardTable } from '../../lambda/core/ports.ts';
import { hashOf } from '../../lambda/core/token.ts';
import { noon } from './builders.ts';

const hour = '2026-11-22T12';

/** What core relies on of a GuardTable, whatever stands behind it. */
export const describeGuardTable = (name: string, table: () => GuardTable): void => {
  describe(`guard table: ${name}`, () => {
    it('knows nothing of an app at first', async () => {
      expect(await table().readGuard('new')).toEqual({ hours: [] });
    });

    it('counts each app and hour by itself, and no two alike', async () => {
      const names = Array.from({ length: 20 }, (_, index) => hashOf(`phone ${index}`));
      const counted = await Promise.all(names.map((name) => table().countRefusal('a', hour, name)));
      expect(counted.toSorted((one, other) => Number(one) - Number(other))).toEqual(
        counted.map((_count, index) => index + 1),
      );
      expect(await table().countRefusal('a', '2026-11-22T13', hashOf('phone 1'))).toBe(1);
      expect(await table().countRefusal('ab', hour, hashOf('phone 1'))).toBe(1);
      const { hours } = await table().readGuard('a');
      expect(hours.toSorted((one, other) => (one.hour < other.hour ? -1 : 1))).toEqual([
        { hour, refusals: 20 },
        { hour: '2026-11-22T13', refusals: 1 },
      ]);
    });

    it('counts a token once in an hour, however many tell of it at once', async () => {
      const told = await Promise.all(
        Array.from({ length: 10 }, () => table().countRefusal('once', hour, hashOf('one phone'))),
      );
      expect(told.filter((count) => count !== undefined)).toEqual([1]);
      expect(await table().countRefusal('once', '2026-11-22T13', hashOf('one phone'))).toBe(1);
      expect((await table().readGuard('once')).hours).toHaveLength(2);
    });

    it('keeps a flag as it was first set, for one app', async () => {
      await table().tripGuard('flagged', noon, undefined);
      await table().tripGuard('flagged', noon + 5, undefined);
      expect(await table().readGuard('flagged')).toEqual({ trippedAt: noon, hours: [] });
      expect(await table().readGuard('flag')).toEqual({ hours: [] });
    });
  });
};

type Administered = { client: DynamoDBDocumentClient; tableName: string; table: GuardAdministration };

/** And what an operator relies on, where DynamoDB stands behind it. */
export const describeGuardAdministration = (name: string, administered: () => Administered): void => {
  describe(`guard table for an operator: ${name}`, () => {
    const item = async (app: string, sk: string) => {
      const get = new GetCommand({ TableName: administered().tableName, Key: { pk: `GUARD#${app}`, sk } });
      return (await administered().client.send(get)).Item;
    };
    const nineDays = 9 * 86_400;

    it('lets an hour’s count go by itself once nobody asks for it, and a flag never', async () => {
      await administered().table.countRefusal('kept', hour, hashOf('phone'));
      await administered().table.tripGuard('kept', noon, undefined);
      expect((await item('kept', `HOUR#${hour}`))?.['expiresAt']).toBe(noon / 1_000 + nineDays);
      expect(await item('kept', 'FLAG')).toEqual({ pk: 'GUARD#kept', sk: 'FLAG', trippedAt: noon });
    });

    it('is cleared by an operator, for good, and may trip again', async () => {
      await administered().table.countRefusal('cleared', hour, hashOf('phone'));
      await administered().table.tripGuard('cleared', noon, undefined);
      await administered().table.forgetHour('cleared', hour);
      await administered().table.clearGuard('cleared', noon + 60_000);
      expect(await administered().table.readGuard('cleared')).toEqual({
        clearedAt: noon + 60_000,
        hours: [],
      });
      expect(await item('cleared', 'FLAG')).not.toHaveProperty('expiresAt');

      await administered().table.tripGuard('cleared', noon + 70_000, noon + 60_000);
      expect(await administered().table.readGuard('cleared')).toMatchObject({ trippedAt: noon + 70_000 });
    });

    it('stays cleared where whoever would set it has not seen that', async () => {
      await administered().table.tripGuard('late', noon, undefined);
      await administered().table.clearGuard('late', noon + 1);
      await administered().table.tripGuard('late', noon + 2, undefined);
      await administered().table.tripGuard('late', noon + 2, noon);
      expect(await administered().table.readGuard('late')).toEqual({ clearedAt: noon + 1, hours: [] });
    });

    it('reads an hour of ten thousand tokens without their names', async () => {
      const tokens = new Set(
        Array.from({ length: 10_000 }, (_, index) => hashOf(String(index)).slice(0, 12)),
      );
      const hourOfMany = { pk: 'GUARD#many', sk: `HOUR#${hour}`, refusals: 10_000, tokens };
      await administered().client.send(
        new PutCommand({ TableName: administered().tableName, Item: hourOfMany }),
      );
      expect(await administered().table.countRefusal('many', hour, hashOf('one more'))).toBe(10_001);
      expect(await administered().table.countRefusal('many', hour, hashOf('1'))).toBeUndefined();
      expect(await administered().table.readGuard('many')).toEqual({ hours: [{ hour, refusals: 10_001 }] });
    });
  });
};

import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuardTable, type GuardAdministration } from '../../lambda/aws/guard-table.ts';
import type { GuardTable } from '../../lambda/core/ports.ts';
import { hashOf } from '../../lambda/core/token.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { documentClient } from '../support/aws-clients.ts';
import { noon } from '../support/builders.ts';
import { createMemoryGuardTable } from '../support/memory-guard-table.ts';

let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
let client: ReturnType<typeof documentClient>;
let real: GuardAdministration;
beforeAll(async () => {
  dynamoDb = await startDynamoDb({ tableName: 'guard', onRemoved: async () => {} });
  client = documentClient(dynamoDb.url);
  real = createGuardTable(client, 'guard');
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});
const memory = createMemoryGuardTable().table;
const hour = '2026-11-22T12';

describe.each<[string, () => GuardTable]>([
  ['in memory', () => memory],
  ['on DynamoDB', () => real],
])('guard table: %s', (_, table) => {
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

describe('guard table on DynamoDB', () => {
  const item = async (app: string, sk: string) => {
    const get = new GetCommand({ TableName: 'guard', Key: { pk: `GUARD#${app}`, sk } });
    return (await client.send(get)).Item;
  };
  const nineDays = 9 * 86_400;

  it('lets an hour’s count go by itself once nobody asks for it, and a flag never', async () => {
    await real.countRefusal('kept', hour, hashOf('phone'));
    await real.tripGuard('kept', noon, undefined);
    expect((await item('kept', `HOUR#${hour}`))?.['expiresAt']).toBe(noon / 1_000 + nineDays);
    expect(await item('kept', 'FLAG')).toEqual({ pk: 'GUARD#kept', sk: 'FLAG', trippedAt: noon });
  });

  it('is cleared by an operator, for good, and may trip again', async () => {
    await real.countRefusal('cleared', hour, hashOf('phone'));
    await real.tripGuard('cleared', noon, undefined);
    await real.forgetHour('cleared', hour);
    await real.clearGuard('cleared', noon + 60_000);
    expect(await real.readGuard('cleared')).toEqual({ clearedAt: noon + 60_000, hours: [] });
    expect(await item('cleared', 'FLAG')).not.toHaveProperty('expiresAt');

    await real.tripGuard('cleared', noon + 70_000, noon + 60_000);
    expect(await real.readGuard('cleared')).toMatchObject({ trippedAt: noon + 70_000 });
  });

  it('stays cleared where whoever would set it has not seen that', async () => {
    await real.tripGuard('late', noon, undefined);
    await real.clearGuard('late', noon + 1);
    await real.tripGuard('late', noon + 2, undefined);
    await real.tripGuard('late', noon + 2, noon);
    expect(await real.readGuard('late')).toEqual({ clearedAt: noon + 1, hours: [] });
  });

  it('reads an hour of ten thousand tokens without their names', async () => {
    const tokens = new Set(Array.from({ length: 10_000 }, (_, index) => hashOf(String(index)).slice(0, 12)));
    const hourOfMany = { pk: 'GUARD#many', sk: `HOUR#${hour}`, refusals: 10_000, tokens };
    await client.send(new PutCommand({ TableName: 'guard', Item: hourOfMany }));
    expect(await real.countRefusal('many', hour, hashOf('one more'))).toBe(10_001);
    expect(await real.countRefusal('many', hour, hashOf('1'))).toBeUndefined();
    expect(await real.readGuard('many')).toEqual({ hours: [{ hour, refusals: 10_001 }] });
  });
});

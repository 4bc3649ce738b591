import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createGuardTable, type GuardAdministration } from '../../lambda/aws/guard-table.ts';
import type { GuardTable } from '../../lambda/core/ports.ts';
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
    const counted = await Promise.all(Array.from({ length: 20 }, () => table().countRefusal('a', hour)));
    expect(counted.toSorted((one, other) => one - other)).toEqual(counted.map((_count, index) => index + 1));
    expect(await table().countRefusal('a', '2026-11-22T13')).toBe(1);
    expect(await table().countRefusal('ab', hour)).toBe(1);
    const { hours } = await table().readGuard('a');
    expect(hours.toSorted((one, other) => (one.hour < other.hour ? -1 : 1))).toEqual([
      { hour, refusals: 20 },
      { hour: '2026-11-22T13', refusals: 1 },
    ]);
  });

  it('keeps a flag as it was first set, for one app', async () => {
    await table().tripGuard('flagged', noon);
    await table().tripGuard('flagged', noon + 5);
    expect(await table().readGuard('flagged')).toEqual({ trippedAt: noon, hours: [] });
    expect(await table().readGuard('flag')).toEqual({ hours: [] });
  });
});

describe('guard table on DynamoDB', () => {
  const item = async (app: string, sk: string) => {
    const get = new GetCommand({ TableName: 'guard', Key: { pk: `GUARD#${app}`, sk } });
    return (await client.send(get)).Item;
  };
  const eightDays = 8 * 86_400;

  it('lets an hour’s count go by itself, a week later, and a flag never', async () => {
    await real.countRefusal('kept', hour);
    await real.tripGuard('kept', noon);
    expect((await item('kept', `HOUR#${hour}`))?.['expiresAt']).toBe(noon / 1_000 + eightDays);
    expect(await item('kept', 'FLAG')).toEqual({ pk: 'GUARD#kept', sk: 'FLAG', trippedAt: noon });
  });

  it('is cleared by an operator, and may trip again', async () => {
    await real.countRefusal('cleared', hour);
    await real.tripGuard('cleared', noon);
    await real.forgetHour('cleared', hour);
    await real.clearGuard('cleared', noon + 60_000);
    expect(await real.readGuard('cleared')).toEqual({ clearedAt: noon + 60_000, hours: [] });
    expect((await item('cleared', 'FLAG'))?.['expiresAt']).toBe(noon / 1_000 + 60 + eightDays);

    await real.tripGuard('cleared', noon + 70_000);
    expect(await real.readGuard('cleared')).toMatchObject({ trippedAt: noon + 70_000 });
    expect(await item('cleared', 'FLAG')).not.toHaveProperty('expiresAt');
  });
});

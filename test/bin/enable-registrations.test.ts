import { afterAll, beforeAll, describe, it as test } from 'vitest';
import { enableRegistrations } from '../../bin/admin/enable-registrations.ts';
import type { Target } from '../../bin/admin/target.ts';
import { createGuardTable, type GuardAdministration } from '../../lambda/aws/guard-table.ts';
import { createRegistrationTable } from '../../lambda/aws/registration-table.ts';
import { days } from '../../lambda/core/duration.ts';
import { hourOf } from '../../lambda/core/guard.ts';
import type { RegistrationTable } from '../../lambda/core/ports.ts';
import { keyOf, type Registration } from '../../lambda/core/registration.ts';
import { startDynamoDb } from '../../local/dynamodb.ts';
import { documentClient } from '../support/aws-clients.ts';
import { aRegistration, fcmToken } from '../support/builders.ts';

const tableName = 'enable';
let dynamoDb: Awaited<ReturnType<typeof startDynamoDb>>;
let client: ReturnType<typeof documentClient>;
let table: RegistrationTable;
let guard: GuardAdministration;
beforeAll(async () => {
  dynamoDb = await startDynamoDb({ tableName, onRemoved: async () => {} });
  client = documentClient(dynamoDb.url);
  table = createRegistrationTable(client, tableName);
  guard = createGuardTable(client, tableName);
});
afterAll(async () => {
  client.destroy();
  await dynamoDb.close();
});

const minute = 60_000;
const now = Date.now();
const since = now - 60 * minute;
const endpointArn = 'arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/pns-proxy-demo/1';

/** A phone of an app that is this test's alone: registered, verified, and marked if told. */
const seed = async (app: string, name: string, refusedAt?: number): Promise<Registration> => {
  const registeredAt = now - 90 * minute;
  const row = aRegistration({
    token: fcmToken(`${app} ${name}`),
    app,
    registeredAt,
    claimedAt: registeredAt,
    expiresAt: Math.ceil((registeredAt + days(270)) / 1_000) * 1_000,
  });
  const verifiedAt = registeredAt + 1;
  await table.claim(row);
  await table.setEndpoint(row, { endpointArn, verifiedAt }, row);
  const verified = { ...row, verifiedAt };
  if (refusedAt !== undefined)
    await table.setRefusal(row, { at: refusedAt, reason: 'token-refused' }, refusedAt + days(30), verified);
  return { ...row, endpointArn };
};

/** Runs it; in the middle, after the first page of the table was read, something else happens. */
const enable = async (app: string, meanwhile: () => unknown = () => undefined) => {
  const own = documentClient(dynamoDb.url);
  let pages = 0;
  own.middlewareStack.add(
    (next, context) => async (args) => {
      const answer = await next(args);
      if ('commandName' in context && context['commandName'] === 'ScanCommand') {
        pages += 1;
        if (pages === 1) await meanwhile();
      }
      return answer;
    },
    { step: 'initialize' },
  );
  const target = { dynamoDb: own, tableName, registrationDays: 270, apps: [app], guard };
  try {
    return { ...(await enableRegistrations(target as unknown as Target, app, since)), pages };
  } finally {
    own.destroy();
  }
};
const marked = (row: Registration, verifiedAt: number | undefined, at: number) =>
  table.setRefusal(row, { at, reason: 'token-refused' }, at + days(30), {
    registeredAt: row.registeredAt,
    ...(verifiedAt !== undefined && { verifiedAt }),
  });

// Each waits until functions would have seen the flag.
describe.concurrent('registrations enable', () => {
  test('leaves a marked row as if it had just been registered, and forgets when the others were verified', async ({
    expect,
  }) => {
    const [refused, kept] = [await seed('whole', 'refused', now - minute), await seed('whole', 'kept')];
    expect(await enable('whole')).toMatchObject({ unmarked: 1, others: 1 });
    expect(await table.get(refused)).toEqual(refused);
    expect(await table.get(kept)).toEqual(kept);
    expect(await enable('whole')).toMatchObject({ unmarked: 0, others: 0 });
  });

  test('leaves what was marked before, to the millisecond, and other apps', async ({ expect }) => {
    const before = await seed('before', 'before', since - 1);
    const from = await seed('before', 'from', since);
    const other = await seed('before-2', 'other', now);
    expect(await enable('before')).toMatchObject({ unmarked: 1, others: 0 });
    expect(await table.get(before)).toMatchObject({ disabledAt: since - 1, verifiedAt: expect.any(Number) });
    expect(await table.get(from)).toEqual(from);
    expect(await table.get(other)).toMatchObject({ disabledAt: now });
  });

  test('takes the mark back that was made since its page was read', async ({ expect }) => {
    const row = await seed('meanwhile', 'marked');
    const result = await enable('meanwhile', () => marked(row, row.registeredAt + 1, now));
    expect(result).toMatchObject({ unmarked: 1, others: 0 });
    expect(await table.get(row)).toEqual(row);
  });

  test('leaves what was registered, or logged out, since its page was read', async ({ expect }) => {
    const [again, gone] = [await seed('live', 'again', now), await seed('live', 'gone', now)];
    const anew = { ...again, registeredAt: now + minute, claimedAt: now + minute };
    const result = await enable('live', async () => {
      await table.claim(anew);
      await table.setEndpoint(anew, { endpointArn, verifiedAt: now + minute }, anew);
      await table.remove(keyOf(gone));
    });
    expect(result).toMatchObject({ unmarked: 0, others: 0 });
    expect(await table.get(again)).toEqual({ ...anew, verifiedAt: now + minute });
    expect(await table.get(gone)).toBeUndefined();
  });

  test('holds the guard’s flag all the while, and clears it in the end, with all that was counted since', async ({
    expect,
  }) => {
    await seed('flag', 'phone', now);
    const hours = [now - days(3), since, now].map(hourOf);
    for (const hour of hours) await guard.countRefusal('flag', hour, 'phone');
    let during: unknown;
    await enable('flag', async () => {
      during = await guard.readGuard('flag');
    });
    expect(during).toMatchObject({ trippedAt: expect.any(Number) });
    const after = await guard.readGuard('flag');
    expect(after).toEqual({ clearedAt: expect.any(Number), hours: [{ hour: hours[0], refusals: 1 }] });
  });

  test('a call that had read the row before gives no token up', async ({ expect }) => {
    const row = await seed('call', 'phone');
    await enable('call');
    expect(await marked(row, row.registeredAt + 1, Date.now())).toBe(false);
  });
});

test('reads a table of many pages to its end', async ({ expect }) => {
  const names = Array.from({ length: 300 }, (_, index) => `${index}-${'x'.repeat(4_000)}`);
  await Promise.all(names.map((name) => seed('pages', name, now)));
  const { unmarked, pages } = await enable('pages');
  expect(unmarked).toBe(300);
  expect(pages).toBeGreaterThan(1);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { KeyTable } from '../../lambda/core/authorize.ts';
import type { KeyRecord } from '../../lambda/core/key.ts';
import { hashOfSecret, makeKey, writeKey } from '../../lambda/core/key.ts';
import { handleAuthorization } from '../../lambda/http/authorizer.ts';
import { captureLog } from './support/captured-log.ts';

const log = captureLog();

const made = makeKey();
const key = writeKey(made);
const record: KeyRecord = {
  keyId: made.keyId,
  pbxId: 'pbx-1',
  secretHash: hashOfSecret(made.secret),
  createdAt: 0,
};

/** The table of keys, and which of them it was asked for. */
const keyTable = (records: readonly KeyRecord[] = [record]) => {
  const asked: string[] = [];
  const table: KeyTable = {
    get: async (keyId) => {
      asked.push(keyId);
      return records.find((one) => one.keyId === keyId);
    },
  };
  return { table, asked };
};

const eventWith = (authorization?: unknown, name = 'authorization') => ({
  version: '2.0',
  type: 'REQUEST',
  routeKey: 'POST /push_call',
  identitySource: [authorization],
  headers: { host: 'push.example.com', ...(authorization !== undefined && { [name]: authorization }) },
});

const denied = { isAuthorized: false };

describe('a key', () => {
  test('that is right speaks for its PBX', async () => {
    const { table } = keyTable();
    const verdict = await handleAuthorization(table)(eventWith(`Bearer ${key}`));
    expect(verdict).toEqual({ isAuthorized: true, context: { pbxId: 'pbx-1', keyId: made.keyId } });
    expect(log.lines).toMatchObject([
      { operation: 'authorize', authorized: true, pbxId: 'pbx-1', keyId: made.keyId },
    ]);
  });

  test('that is limited hands on its apps, as a plain string', async () => {
    const { table } = keyTable([{ ...record, apps: ['demo', 'droid'] }]);
    const verdict = await handleAuthorization(table)(eventWith(`Bearer ${key}`));
    expect(verdict.context).toEqual({ pbxId: 'pbx-1', keyId: made.keyId, apps: 'demo,droid' });
  });

  test.each([
    ['in a header of another case', `Bearer ${key}`, 'Authorization'],
    ['after a scheme of another case', `bearer ${key}`, 'authorization'],
  ])('%s is taken', async (_how, header, name) => {
    const { table } = keyTable();
    expect(await handleAuthorization(table)(eventWith(header, name))).toMatchObject({ isAuthorized: true });
  });

  test.each([
    ['unknown', []],
    ['revoked and replaced', [{ ...record, secretHash: hashOfSecret(makeKey().secret) }]],
    ['with a broken record', [{ ...record, secretHash: '' }]],
  ])('that is %s is denied', async (_how, records) => {
    const { table, asked } = keyTable(records);
    expect(await handleAuthorization(table)(eventWith(`Bearer ${key}`))).toEqual(denied);
    expect(asked).toEqual([made.keyId]);
    expect(log.lines).toMatchObject([{ operation: 'authorize', authorized: false }]);
  });

  test.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['the scheme alone', 'Bearer '],
    ['another scheme', `Basic ${key}`],
    ['no scheme', key],
    ['two keys', `Bearer ${key} ${key}`],
    ['a list', [`Bearer ${key}`]],
    ['another prefix', `Bearer ${key.replace('pns_', 'pnx_')}`],
    ['a key that is cut', `Bearer ${key.slice(0, -1)}`],
    ['a key with a line break', `Bearer ${key}\n`],
  ])('%s is denied without a look-up', async (_how, header) => {
    const { table, asked } = keyTable();
    expect(await handleAuthorization(table)(eventWith(header))).toEqual(denied);
    expect(asked).toEqual([]);
  });

  test('that is mistyped in one place is denied without a look-up', async () => {
    const place = fc.integer({ min: 0, max: key.length - 1 });
    const digit = fc.constantFrom(...'0123456789ABCXYZabcxyz_-');
    await fc.assert(
      fc.asyncProperty(place, digit, async (at, typed) => {
        fc.pre(key[at] !== typed);
        const { table, asked } = keyTable();
        const header = `Bearer ${key.slice(0, at)}${typed}${key.slice(at + 1)}`;
        expect(await handleAuthorization(table)(eventWith(header))).toEqual(denied);
        expect(asked).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });
});

test('keep-warm’s event asks and logs nothing', async () => {
  const { table, asked } = keyTable();
  expect(await handleAuthorization(table)({ warm: true })).toEqual(denied);
  expect([asked, log.lines]).toEqual([[], []]);
});

test('denies any event at all that brings no key', async () => {
  const headers = fc.dictionary(fc.constantFrom('authorization', 'Authorization', 'host'), fc.jsonValue());
  const anyEvent = fc.oneof(
    fc.jsonValue(),
    headers.map((found) => ({ ...eventWith(), headers: found })),
    fc.string({ unit: 'binary' }).map((text) => eventWith(`Bearer ${text}`)),
  );
  await fc.assert(
    fc.asyncProperty(anyEvent, async (event) => {
      const { table, asked } = keyTable();
      expect(await handleAuthorization(table)(event)).toEqual(denied);
      expect(asked).toEqual([]);
    }),
    { numRuns: 2_000 },
  );
});

describe('a table that fails', () => {
  const leak = `no item for ${key}\n    at ${key} (keys.ts:1:1)`;
  test.each([
    ['an error', new Error(leak)],
    ['an error with a cause', new Error('no answer', { cause: new TypeError(leak) })],
    ['something else', { secret: leak }],
  ])('with %s makes it throw, so that nothing is cached, and tells no key', async (_what, thrown) => {
    const table: KeyTable = { get: () => Promise.reject(thrown) };
    const verdict = handleAuthorization(table)(eventWith(`Bearer ${key}`));
    await expect(verdict).rejects.toEqual(new Error('the key could not be looked up'));
    await verdict.catch((error: Error) => expect(error.cause).toBeUndefined());
    expect(log.lines).toMatchObject([{ operation: 'authorize', errorName: expect.any(String) }]);
    expect(log.text()).not.toContain(made.secret);
  });
});

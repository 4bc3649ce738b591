import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { authorize } from '../../lambda/core/authorize.ts';
import { readKey } from '../../lambda/core/key.ts';
import { type AdministeredCloud, reset, startAdministeredCloud, twice } from './administered-cloud.ts';

let cloud: AdministeredCloud;
beforeAll(async () => {
  cloud = await startAdministeredCloud();
});
afterAll(() => cloud.close());
beforeEach(() => {
  cloud.refuseResets(false);
  cloud.resets();
});

let serial = 0;
const freshPbx = () => {
  serial += 1;
  return `pbx-${serial}`;
};

const callerOf = (key: string) => authorize(cloud.keys, `Bearer ${key}`);

/** The key that a command printed: alone on standard output. */
const printed = (stdout: string) => {
  const key = stdout.replace(/\n$/, '');
  const { keyId, secret } = readKey(key) ?? {};
  if (keyId === undefined || secret === undefined) throw new Error('standard output is not one key');
  return { key, keyId, secret };
};

const addedKey = async (pbx: string, ...args: string[]) => {
  const { stdout, stderr, exitCode } = await cloud.admin('keys', 'add', '--pbx', pbx, ...args);
  expect(exitCode, stderr).toBe(0);
  return { ...printed(stdout), stderr };
};

const rotated = async (keyId: string, ...args: string[]) => {
  const { stdout, stderr, exitCode } = await cloud.admin('keys', 'rotate', keyId, ...args);
  expect(exitCode, stderr).toBe(0);
  return { ...printed(stdout), stderr };
};

describe('keys add', () => {
  test('prints a key that opens for its PBX, and keeps no secret', async () => {
    const pbx = freshPbx();
    const { key, keyId, secret, stderr } = await addedKey(pbx);

    expect(await callerOf(key)).toEqual({ pbxId: pbx, keyId });
    expect(JSON.stringify(await cloud.keys.get(keyId))).not.toContain(secret);
    expect(stderr).not.toContain(secret);
    expect(stderr).toContain(keyId);
    expect(cloud.resets()).toEqual([]);
  });

  test('limits a key to the apps named, however they are written', async () => {
    const pbx = freshPbx();
    const { key } = await addedKey(pbx, '--app', 'demo', 'other', '--app', 'third', '--app', 'demo');
    expect(await callerOf(key)).toMatchObject({ apps: ['demo', 'other', 'third'] });
  });

  test('takes its own write, sent again after a lost answer, but overwrites no other key', async () => {
    const record = { keyId: 'aaaaaaaaaaaa', pbxId: freshPbx(), secretHash: 'a'.repeat(64), createdAt: 1 };
    await cloud.keys.add(record);
    await cloud.keys.add(record);
    await expect(cloud.keys.add({ ...record, secretHash: 'b'.repeat(64) })).rejects.toThrow();
    expect(await cloud.keys.get(record.keyId)).toEqual(record);
  });

  test.each([
    [['keys', 'add', '--pbx', 'Upper']],
    [['keys', 'add', '--pbx', 'x'.repeat(65)]],
    [['keys', 'add', '--pbx', 'pbx#1']],
    [['keys', 'add', '--pbx', 'pbx-1', '--app', 'a,b']],
    [['keys', 'add']],
  ])('refuses %j as wrong usage', async (args) => {
    const { exitCode, stdout, stderr } = await cloud.admin(...args);
    expect(exitCode).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^error: .+\n$/);
  });
});

describe('keys list', () => {
  test('shows ids, apps and lineage, oldest first, and nothing secret', async () => {
    const pbx = freshPbx();
    const first = await addedKey(pbx, '--app', 'demo');
    const second = await rotated(first.keyId);
    await addedKey(`${pbx}0`);

    const people = await cloud.admin('keys', 'list', '--pbx', pbx);
    const programs = await cloud.admin('keys', 'list', '--pbx', pbx, '--json');

    const createdAt = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    expect(JSON.parse(programs.stdout)).toEqual([
      { keyId: first.keyId, createdAt, apps: ['demo'] },
      { keyId: second.keyId, createdAt, apps: ['demo'], replaces: first.keyId },
    ]);
    const lines = people.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toMatch(new RegExp(`^${second.keyId} .* ${first.keyId} +demo$`));

    const shown = [people, programs].map(({ stdout, stderr }) => stdout + stderr).join();
    for (const { keyId, secret } of [first, second]) {
      const hash = (await cloud.keys.get(keyId))?.secretHash;
      expect(hash).toHaveLength(64);
      expect(shown).not.toContain(hash);
      expect(shown).not.toContain(secret);
    }
  });

  test('shows no keys where there are none', async () => {
    const { stdout, exitCode } = await cloud.admin('keys', 'list', '--pbx', freshPbx(), '--json');
    expect([JSON.parse(stdout), exitCode]).toEqual([[], 0]);
  });
});

describe('keys rotate', () => {
  test('gives a successor and keeps the old key live, then revokes it with the next rotation', async () => {
    const pbx = freshPbx();
    const first = await addedKey(pbx, '--app', 'demo');
    const second = await rotated(first.keyId);
    expect(cloud.resets()).toEqual([]);
    expect(await callerOf(first.key)).toBeDefined();
    expect(await callerOf(second.key)).toEqual({ pbxId: pbx, keyId: second.keyId, apps: ['demo'] });

    const third = await rotated(second.keyId);
    expect(cloud.resets()).toEqual(twice);
    expect(await callerOf(first.key)).toBeUndefined();
    expect(await callerOf(second.key)).toBeDefined();
    expect(await callerOf(third.key)).toBeDefined();
  });

  test('--now revokes a leaked key at once', async () => {
    const leaked = await addedKey(freshPbx());
    const successor = await rotated(leaked.keyId, '--now');
    expect(await callerOf(leaked.key)).toBeUndefined();
    expect(await callerOf(successor.key)).toBeDefined();
    expect(cloud.resets()).toEqual(twice);
  });

  test('makes no second successor: two of a line are live at most', async () => {
    const pbx = freshPbx();
    const first = await addedKey(pbx);
    const second = await rotated(first.keyId);

    const again = await cloud.admin('keys', 'rotate', first.keyId);
    expect(again).toMatchObject({ exitCode: 1, stdout: '' });
    expect(again.stderr).toContain(second.keyId);
    expect(await cloud.keys.ofPbx(pbx)).toHaveLength(2);

    const leaked = await cloud.admin('keys', 'rotate', first.keyId, '--now');
    expect(leaked).toMatchObject({ exitCode: 1, stdout: '' });
    expect(await callerOf(first.key)).toBeUndefined();
    expect(await callerOf(second.key)).toBeDefined();
    expect(cloud.resets()).toEqual(twice);
  });

  test('shows the successor even where the reset fails, and a repeat resets again', async () => {
    const leaked = await addedKey(freshPbx());
    cloud.refuseResets(true);
    const first = await cloud.admin('keys', 'rotate', leaked.keyId, '--now');
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toMatch(/may be honoured for up to an hour.*AccessDeniedException/);
    expect(await callerOf(printed(first.stdout).key)).toBeDefined();
    expect(await callerOf(leaked.key)).toBeUndefined();

    cloud.refuseResets(false);
    cloud.resets();
    const second = await cloud.admin('keys', 'rotate', leaked.keyId, '--now');
    expect(second).toMatchObject({ exitCode: 1, stdout: '' });
    expect(second.stderr).toContain(`there is no key ${leaked.keyId}`);
    expect(cloud.resets()).toEqual([reset]);
  });
});

describe('keys revoke', () => {
  test('kills a key and resets the cache; other keys stay', async () => {
    const pbx = freshPbx();
    const [gone, kept] = [await addedKey(pbx), await addedKey(pbx)];
    const { exitCode, stdout } = await cloud.admin('keys', 'revoke', gone.keyId);
    expect([exitCode, stdout]).toEqual([0, '']);
    expect(await callerOf(gone.key)).toBeUndefined();
    expect(await callerOf(kept.key)).toBeDefined();
    expect(cloud.resets()).toEqual(twice);
  });

  test('resets again where the key is gone already, and says that it is', async () => {
    const { keyId } = await addedKey(freshPbx());
    cloud.refuseResets(true);
    const first = await cloud.admin('keys', 'revoke', keyId);
    expect(first.exitCode).toBe(1);
    expect(first.stderr).toMatch(new RegExp(`revoked: ${keyId}.*may be honoured for up to an hour`));
    expect(await cloud.keys.get(keyId)).toBeUndefined();

    cloud.refuseResets(false);
    cloud.resets();
    const second = await cloud.admin('keys', 'revoke', keyId);
    expect(second.exitCode).toBe(1);
    expect(second.stderr).toMatch(/there is no key .* cache was reset/);
    expect(cloud.resets()).toEqual(twice);
  });

  test('does not repeat a whole key that was given for its id', async () => {
    const { key, secret } = await addedKey(freshPbx());
    const { exitCode, stdout, stderr } = await cloud.admin('keys', 'revoke', key);
    expect(exitCode).toBe(2);
    expect(stdout + stderr).not.toContain(secret);
    expect(await callerOf(key)).toBeDefined();
  });
});

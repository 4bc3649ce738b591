import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keyOf, type Registration } from '../../lambda/core/registration.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { aRegistration } from '../support/builders.ts';
import { runAdmin } from './admin-command.ts';
import { type AdministeredCloud, reset, startAdministeredCloud, twice } from './administered-cloud.ts';

let cloud: AdministeredCloud;
beforeEach(async () => {
  cloud = await startAdministeredCloud();
});
afterEach(() => cloud.close());

const registered = async (changes: Partial<Registration> & { token: string }) => {
  const row = aRegistration(changes);
  await cloud.registrations.claim(row);
  return row;
};

const keyFor = async (pbxId: string, keyId: string) => {
  await cloud.keys.add({ keyId, pbxId, secretHash: 'f'.repeat(64), createdAt: 1 });
};

const isThere = async (row: Registration) => (await cloud.registrations.get(keyOf(row))) !== undefined;

test('removes keys, then registrations, and leaves those of PBXs whose names begin alike', async () => {
  const gone = [
    await registered({ token: 'shared' }),
    await registered({ token: 'shared', line: 2, extension: '102' }),
    await registered({ token: 'own', extension: '103' }),
  ];
  const kept = [
    await registered({ token: 'shared', pbxId: 'pbx-10' }),
    await registered({ token: 'theirs', pbxId: 'pbx-10' }),
    await registered({ token: 'shared', pbxId: 'pbx-' }),
    await registered({ token: 'shared', pbxId: 'a-pbx-1' }),
  ];
  await keyFor('pbx-1', 'aaaaaaaaaaaa');
  await keyFor('pbx-1', 'bbbbbbbbbbbb');
  await keyFor('pbx-10', 'cccccccccccc');

  const { exitCode, stdout, stderr } = await cloud.admin('pbx', 'remove', 'pbx-1', '--yes');

  expect([exitCode, stdout]).toEqual([0, '']);
  expect(stderr).toBe('Revoked: 2 keys\nRemoved: 3 registrations\n');
  expect(await Promise.all(gone.map(isThere))).toEqual([false, false, false]);
  expect(await Promise.all(kept.map(isThere))).toEqual([true, true, true, true]);
  expect(await cloud.keys.ofPbx('pbx-1')).toEqual([]);
  expect(await cloud.keys.get('cccccccccccc')).toBeDefined();
  expect(cloud.resets()).toEqual(twice);

  const again = await cloud.admin('pbx', 'remove', 'pbx-1', '--yes');
  expect(again).toMatchObject({ exitCode: 0, stderr: 'Revoked: 0 keys\nRemoved: 0 registrations\n' });
  expect(cloud.resets()).toEqual([reset]);
});

test('without --yes says what it would remove, and removes nothing', async () => {
  const row = await registered({ token: 'own' });
  await keyFor('pbx-1', 'aaaaaaaaaaaa');
  const { exitCode, stderr } = await cloud.admin('pbx', 'remove', 'pbx-1');
  expect(exitCode).toBe(1);
  expect(stderr).toContain('1 keys and 1 registrations of PBX pbx-1');
  expect(await isThere(row)).toBe(true);
  expect(await cloud.keys.get('aaaaaaaaaaaa')).toBeDefined();
  expect(cloud.resets()).toEqual([]);
});

test('removes what fills several pages of the table', async () => {
  const tokens = Array.from({ length: 300 }, (_, index) => `${'x'.repeat(4_000)}-${index}`);
  await Promise.all(tokens.map((token) => registered({ token })));
  const { stderr } = await cloud.admin('pbx', 'remove', 'pbx-1', '--yes');
  expect(stderr).toContain('Removed: 300 registrations');
  expect(await cloud.registrations.ofExtension('pbx-1', '101')).toEqual([]);
});

test('removes no registration while its keys may be honoured still: they would bring it back', async () => {
  const row = await registered({ token: 'own' });
  await keyFor('pbx-1', 'aaaaaaaaaaaa');
  cloud.refuseResets(true);
  const first = await cloud.admin('pbx', 'remove', 'pbx-1', '--yes');
  expect(first.exitCode).toBe(1);
  expect(first.stderr).toMatch(/revoked: aaaaaaaaaaaa.*may be honoured for up to an hour/);
  expect(await isThere(row)).toBe(true);

  cloud.refuseResets(false);
  cloud.resets();
  const second = await cloud.admin('pbx', 'remove', 'pbx-1', '--yes');
  expect(second.exitCode).toBe(0);
  expect(cloud.resets()).toEqual([reset]);
  expect(await isThere(row)).toBe(false);
});

test('says how far it came where the table refuses, and a repeat removes the rest', async () => {
  const rows = await Promise.all(['a', 'b', 'c'].map((token) => registered({ token })));
  const table = cloud.environment.AWS_ENDPOINT_URL_DYNAMODB;
  let deletes = 0;
  const stingy = createServer(async (request, response) => {
    const body = await text(request);
    const target = String(request.headers['x-amz-target']);
    if (target.endsWith('.DeleteItem') && ++deletes > 1) {
      return response.writeHead(400).end('{"__type":"AccessDeniedException","message":"no more"}');
    }
    const headers = { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.0' };
    const signed = { ...headers, authorization: request.headers.authorization ?? '', 'x-amz-date': 'x' };
    const answer = await fetch(table, { method: 'POST', headers: signed, body });
    return response.writeHead(answer.status).end(await answer.text());
  });
  const { port, close } = await listenOnLoopback(stingy);
  const environment = { ...cloud.environment, AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${port}` };

  const first = await runAdmin(['pbx', 'remove', 'pbx-1', '--yes'], environment).finally(close);
  expect(first.exitCode).toBe(1);
  expect(first.stderr).toMatch(/AccessDeniedException: no more.*1 registrations removed; repeat the command/);
  expect((await Promise.all(rows.map(isThere))).filter(Boolean)).toHaveLength(2);

  const second = await cloud.admin('pbx', 'remove', 'pbx-1', '--yes');
  expect(second.stderr).toContain('Removed: 2 registrations');
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteEndpointCommand, GetEndpointAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEndpointReader } from '../../bin/admin/reconcile/endpoints.ts';
import { keyOf, type Registration } from '../../lambda/core/registration.ts';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { aRegistration, fcmToken } from '../support/builders.ts';
import { startWatchedCloud, type WatchedCloud } from './watched-cloud.ts';

let folder: string;
let state: string;
let cloud: WatchedCloud;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pns-reconcile-'));
  state = join(folder, 'state.json');
  cloud = await startWatchedCloud();
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await cloud.close();
});

const reconcile = (...args: string[]) => cloud.admin('reconcile', '--state', state, ...args);
const lists = () =>
  cloud.actions().filter((action) => action === 'ListEndpointsByPlatformApplication').length;

/** A phone with its endpoint, both as they should be. */
const phone = async (name: string, changes: Partial<Registration> = {}) => {
  const later = { expiresAt: Date.now() + 1_000_000 };
  const row = aRegistration({ token: fcmToken(name), extension: name, ...later, ...changes });
  const endpointArn = await cloud.orphan(row.token);
  await cloud.table.claim(row);
  await cloud.table.setEndpoint(keyOf(row), { endpointArn, verifiedAt: row.registeredAt }, row);
  return { ...row, endpointArn };
};
const removeEndpoint = (EndpointArn: string) => cloud.sns.send(new DeleteEndpointCommand({ EndpointArn }));
const exists = async (EndpointArn: string) => {
  try {
    await cloud.sns.send(new GetEndpointAttributesCommand({ EndpointArn }));
    return true;
  } catch {
    return false;
  }
};
const arnOf = async (row: Registration) => (await cloud.table.get(keyOf(row)))?.endpointArn;
const some = (count: number) => Promise.all(Array.from({ length: count }, (_, index) => phone(`p${index}`)));

describe('reconcile', () => {
  test('reports before it mends, over pages, and then the next call finds all as it should be', async () => {
    const phones = await some(101);
    const lone = fcmToken('lone');
    const orphan = await cloud.orphan(lone);
    const broken = await phone('broken');
    await removeEndpoint(broken.endpointArn);
    await phone('broken2', { token: broken.token, pbxId: 'pbx-2' }).then(({ endpointArn }) =>
      removeEndpoint(endpointArn),
    );

    const first = await reconcile();
    expect(first.exitCode, first.stderr).toBe(0);
    expect(first.stdout.split('\n').toSorted()).toMatchObject([
      '',
      `endpoint without registration: ${orphan} of token ${fingerprintOf(lone)}`,
      expect.stringMatching(
        `^registration without endpoint: token ${fingerprintOf(broken.token)} at PBX pbx-`,
      ),
      expect.stringMatching(
        `^registration without endpoint: token ${fingerprintOf(broken.token)} at PBX pbx-`,
      ),
    ]);
    expect(first.stderr).toContain('Endpoints without registration: 1. Registrations without endpoint: 2');
    expect(await exists(orphan)).toBe(true);
    expect(await arnOf(broken)).toBe(broken.endpointArn);
    // Two pages, and four platforms of Apple's without any.
    expect(lists()).toBe(6);

    const written = `${readFileSync(state, 'utf8')}${first.stdout}${first.stderr}`;
    for (const { token, tokenHash } of [...phones, broken, aRegistration({ token: lone })]) {
      expect(written).not.toContain(token);
      expect(written).not.toContain(tokenHash);
    }

    const second = await reconcile('--mend');
    expect(second.exitCode, second.stderr).toBe(0);
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toContain('Deleted: 1 endpoints; 0 are needed by now. Cleared: 2 registrations');
    expect(lists()).toBe(0);
    expect(await exists(orphan)).toBe(false);
    expect(await arnOf(broken)).toBeUndefined();
    for (const { endpointArn } of phones.slice(0, 3)) expect(await exists(endpointArn)).toBe(true);
    expect(existsSync(state)).toBe(false);

    expect((await cloud.pbx.post('/push_call', { to: 'broken' })).body).toMatchObject({ accepted: 1 });
    expect((await reconcile()).stderr).toContain(
      'Endpoints without registration: 0. Registrations without endpoint: 0',
    );
    expect(existsSync(state)).toBe(false);
  });

  test('interrupted, it goes on where it was, and loses nothing that it had found', async () => {
    await some(100);
    const orphans = [await cloud.orphan(fcmToken('x')), await cloud.orphan(fcmToken('y'))];
    let pages = 0;
    cloud.intercept((action) => {
      if (action !== 'ListEndpointsByPlatformApplication') return undefined;
      pages += 1;
      return pages === 2 ? { status: 403, code: 'AuthorizationError' } : undefined;
    });
    const broken = await reconcile();
    expect(broken.exitCode).toBe(1);
    expect(broken.stdout).toBe('');
    expect(lists()).toBe(2);

    const whole = await reconcile();
    expect(whole.stderr).toContain(`Going on from ${state}`);
    // The second page of Google's, and Apple's four.
    expect(lists()).toBe(5);
    for (const orphan of orphans) expect(whole.stdout).toContain(orphan);
    expect(whole.stderr).toContain('Endpoints without registration: 2. Registrations without endpoint: 0');
  });

  test('a place that SNS knows no more: lists that application from its beginning', async () => {
    const orphan = await cloud.orphan(fcmToken('x'));
    const { applications, tableName } = cloud.info.aws;
    const begun = { applicationsListed: 0, nextToken: 'stale', partsRead: 0 };
    const of = `${applications.arn}:${applications.prefix} ${tableName}`;
    const nothing = { endpointsWithoutRows: {}, rowsWithoutEndpoint: {} };
    writeFileSync(state, JSON.stringify({ of, ...begun, ...nothing }));
    let refused = false;
    cloud.intercept((action) => {
      if (refused || !action.startsWith('List')) return undefined;
      refused = true;
      return { status: 400, code: 'InvalidParameter' };
    });
    expect((await reconcile()).stdout).toContain(orphan);
  });

  test('is throttled, and tries again', async () => {
    const orphan = await cloud.orphan(fcmToken('x'));
    let throttled = 0;
    cloud.intercept((action) => {
      if (!action.startsWith('List') || throttled >= 2) return undefined;
      throttled += 1;
      return { status: 400, code: 'Throttling' };
    });
    const { exitCode, stdout } = await reconcile();
    expect([exitCode, throttled]).toEqual([0, 2]);
    expect(stdout).toContain(orphan);
  });

  test('what was registered since the report stays', async () => {
    const orphan = await cloud.orphan(fcmToken('late'));
    const broken = await phone('broken');
    await removeEndpoint(broken.endpointArn);
    expect((await reconcile()).exitCode).toBe(0);

    const late = await phone('late');
    await cloud.pbx.post('/push_call', { to: 'broken' });
    const renewed = await arnOf(broken);
    expect(renewed).not.toBe(broken.endpointArn);

    const { stderr } = await reconcile('--mend');
    expect(stderr).toContain('Deleted: 0 endpoints; 1 are needed by now. Cleared: 0 registrations');
    expect([await exists(orphan), await arnOf(late)]).toEqual([true, orphan]);
    expect(await arnOf(broken)).toBe(renewed);
  });

  test('what is registered while its endpoint is deleted gets a new one', async () => {
    const orphan = await cloud.orphan(fcmToken('late'));
    expect((await reconcile()).exitCode).toBe(0);
    const row = aRegistration({ token: fcmToken('late'), endpointArn: orphan, expiresAt: Date.now() + 1e6 });
    cloud.intercept(async (action) => {
      if (action === 'DeleteEndpoint') await cloud.table.claim(row);
      return undefined;
    });
    expect((await reconcile('--mend')).stderr).toContain('Deleted: 0 endpoints; 1 are needed by now');
    expect(await exists(orphan)).toBe(false);
    const fresh = await arnOf(row);
    expect(await exists(String(fresh))).toBe(true);
  });

  test('mending that failed goes on with the rest', async () => {
    const orphans = [await cloud.orphan(fcmToken('x')), await cloud.orphan(fcmToken('y'))];
    let deletes = 0;
    cloud.intercept((action) => {
      if (action !== 'DeleteEndpoint') return undefined;
      deletes += 1;
      return deletes === 2 ? { status: 403, code: 'AuthorizationError' } : undefined;
    });
    expect((await reconcile('--mend')).exitCode).toBe(1);
    expect((await reconcile('--mend')).stderr).toContain('Deleted: 1 endpoints');
    expect(await Promise.all(orphans.map(exists))).toEqual([false, false]);
    expect(deletes).toBe(3);
  });

  test('a file of another deployment, or of something else, is left alone', async () => {
    for (const content of ['{"of":"other"}', 'hello', '']) {
      writeFileSync(state, content);
      const { exitCode, stderr } = await reconcile('--mend');
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('is not of a look at this deployment')]);
      expect(readFileSync(state, 'utf8')).toBe(content);
    }
    expect(cloud.actions()).toEqual([]);
  });
});

test('asks SNS 20 times a second at most, for whatever it is', async () => {
  const { aws } = cloud.info;
  const sns = new SNSClient({
    endpoint: aws.sns,
    region: aws.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const pauses: number[] = [];
  const sleep = async (milliseconds: number) => void pauses.push(milliseconds);
  const reader = createEndpointReader(sns, { now: () => 0, sleep, random: () => 0 });
  const orphan = await cloud.orphan(fcmToken('x'));
  await Promise.all([
    reader.list(`${aws.applications.arn}:app/GCM/pns-proxy-demo`),
    reader.tokenOf(orphan),
    reader.pace(),
    reader.list(`${aws.applications.arn}:app/APNS/pns-proxy-demo`),
  ]);
  expect(pauses).toEqual([0, 50, 100, 150]);
  sns.destroy();
});

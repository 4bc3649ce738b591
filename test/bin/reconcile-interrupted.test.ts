import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fcmToken } from '../support/builders.ts';
import { startWatchedCloud, type WatchedCloud } from './watched-cloud.ts';

let cloud: WatchedCloud;
beforeEach(async () => {
  cloud = await startWatchedCloud();
});
afterEach(() => cloud.close());

describe('reconcile, interrupted', () => {
  test('interrupted, it goes on where it was, and loses nothing that it had found', async () => {
    await cloud.phones(100);
    const orphans = [await cloud.orphan(fcmToken('x')), await cloud.orphan(fcmToken('y'))];
    let pages = 0;
    cloud.intercept((action) => {
      if (action !== 'ListEndpointsByPlatformApplication') return undefined;
      pages += 1;
      return pages === 2 ? { status: 403, code: 'AuthorizationError' } : undefined;
    });
    const broken = await cloud.reconcile();
    expect(broken.exitCode).toBe(1);
    expect(broken.stdout).toBe('');
    expect(cloud.lists()).toBe(2);

    const whole = await cloud.reconcile();
    expect(whole.stderr).toContain(`Going on from ${cloud.state}`);
    const asked = cloud.actions();
    // The second page of Google's, Apple's four, and Google's two again, rather than each of its endpoints.
    expect(asked).toEqual(Array(7).fill('ListEndpointsByPlatformApplication'));
    for (const orphan of orphans) expect(whole.stdout).toContain(orphan);
    expect(whole.stderr).toContain('Endpoints without registration: 2. Registrations without endpoint: 0');
  });

  test('interrupted among the registrations, it lists again rather than ask for each', async () => {
    await cloud.phones(60);
    const gone = await cloud.phone('gone');
    await cloud.removeEndpoint(gone.endpointArn);
    cloud.intercept((action) =>
      action === 'GetEndpointAttributes' ? { status: 403, code: 'AuthorizationError' } : undefined,
    );
    const broken = await cloud.reconcile();
    expect([broken.exitCode, broken.stdout]).toEqual([1, '']);
    cloud.actions();
    const { partsRead } = JSON.parse(readFileSync(cloud.state, 'utf8'));

    cloud.intercept(() => undefined);
    const whole = await cloud.reconcile();
    expect(cloud.actions()).toEqual([
      ...Array(5).fill('ListEndpointsByPlatformApplication'),
      'GetEndpointAttributes',
    ]);
    expect(whole.stdout).toContain(`names ${gone.endpointArn}`);
    expect(whole.stderr).toContain('Endpoints without registration: 0. Registrations without endpoint: 1');
    expect(partsRead).toBeLessThan(64);
  });

  test('what SNS refuses to tell is no endpoint that is gone: nothing is mended', async () => {
    const orphan = await cloud.orphan(fcmToken('x'));
    const gone = await cloud.phone('gone');
    await cloud.removeEndpoint(gone.endpointArn);
    expect((await cloud.reconcile()).exitCode).toBe(0);
    const found = JSON.parse(readFileSync(cloud.state, 'utf8'));

    cloud.intercept((action) =>
      action === 'GetEndpointAttributes' ? { status: 403, code: 'AuthorizationError' } : undefined,
    );
    for (const left of [{}, { endpointsWithoutRows: {} }]) {
      writeFileSync(cloud.state, JSON.stringify({ ...found, ...left }));
      expect(await cloud.reconcile('--mend')).toMatchObject({
        exitCode: 1,
        stderr: expect.not.stringContaining('Cleared'),
      });
    }
    expect(await cloud.exists(orphan)).toBe(true);
    expect(await cloud.arnOf(gone)).toBe(gone.endpointArn);
  });

  test('a place that SNS knows no more: lists that application from its beginning', async () => {
    const orphan = await cloud.orphan(fcmToken('x'));
    const { applications, tableName } = cloud.info.aws;
    const begun = { applicationsListed: 0, nextToken: 'stale', partsRead: 0 };
    const of = `${applications.arn}:${applications.prefix} ${tableName}`;
    const nothing = { endpointsWithoutRows: {}, rowsWithoutEndpoint: {} };
    writeFileSync(cloud.state, JSON.stringify({ of, ...begun, ...nothing }));
    let refused = false;
    cloud.intercept((action) => {
      if (refused || !action.startsWith('List')) return undefined;
      refused = true;
      return { status: 400, code: 'InvalidParameter' };
    });
    expect((await cloud.reconcile()).stdout).toContain(orphan);
  });

  test('a place that SNS knows no more while it lists again: it comes to an end, and asks for the rest one by one', async () => {
    const gone = await cloud.phone('gone');
    await cloud.phones(101);
    await cloud.removeEndpoint(gone.endpointArn);
    const { applications, tableName } = cloud.info.aws;
    const of = `${applications.arn}:${applications.prefix} ${tableName}`;
    const listed = { applicationsListed: 5, partsRead: 0, endpointsWithoutRows: {}, rowsWithoutEndpoint: {} };
    writeFileSync(cloud.state, JSON.stringify({ of, ...listed }));
    cloud.intercept((_, fields) =>
      fields.has('NextToken') ? { status: 400, code: 'InvalidParameter' } : undefined,
    );
    const { exitCode, stdout } = await cloud.reconcile();
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`names ${gone.endpointArn}`);
    expect(stdout.trim().split('\n')).toHaveLength(1);
  });

  test('is throttled, and tries again', async () => {
    const orphan = await cloud.orphan(fcmToken('x'));
    let throttled = 0;
    cloud.intercept((action) => {
      if (!action.startsWith('List') || throttled >= 2) return undefined;
      throttled += 1;
      return { status: 400, code: 'Throttling' };
    });
    const { exitCode, stdout } = await cloud.reconcile();
    expect([exitCode, throttled]).toEqual([0, 2]);
    expect(stdout).toContain(orphan);
  });

  test('mending that failed goes on with the rest', async () => {
    const orphans = [await cloud.orphan(fcmToken('x')), await cloud.orphan(fcmToken('y'))];
    let deletes = 0;
    cloud.intercept((action) => {
      if (action !== 'DeleteEndpoint') return undefined;
      deletes += 1;
      return deletes === 2 ? { status: 403, code: 'AuthorizationError' } : undefined;
    });
    expect((await cloud.reconcile('--mend')).exitCode).toBe(1);
    expect((await cloud.reconcile('--mend')).stderr).toContain('Deleted: 1 endpoints');
    expect(await Promise.all(orphans.map(cloud.exists))).toEqual([false, false]);
    expect(deletes).toBe(3);
  });
});

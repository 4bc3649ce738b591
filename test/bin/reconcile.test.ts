import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fingerprintOf } from '../../lambda/core/token.ts';
import { aRegistration, fcmToken } from '../support/builders.ts';
import { startWatchedCloud, type WatchedCloud } from './watched-cloud.ts';

let cloud: WatchedCloud;
beforeEach(async () => {
  cloud = await startWatchedCloud();
});
afterEach(() => cloud.close());

describe('reconcile', () => {
  test('reports before it mends, over pages, and then the next call finds all as it should be', async () => {
    const phones = await cloud.phones(101);
    const lone = fcmToken('lone');
    const orphan = await cloud.orphan(lone);
    const broken = await cloud.phone('broken');
    await cloud.removeEndpoint(broken.endpointArn);
    await cloud
      .phone('broken2', { token: broken.token, pbxId: 'pbx-2' })
      .then(({ endpointArn }) => cloud.removeEndpoint(endpointArn));

    const first = await cloud.reconcile();
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
    expect(await cloud.exists(orphan)).toBe(true);
    expect(await cloud.arnOf(broken)).toBe(broken.endpointArn);
    // Two pages, and four platforms of Apple's without any.
    expect(cloud.lists()).toBe(6);

    expect(statSync(cloud.state).mode & 0o777).toBe(0o600);
    const written = `${readFileSync(cloud.state, 'utf8')}${first.stdout}${first.stderr}`;
    for (const { token, tokenHash } of [...phones, broken, aRegistration({ token: lone })]) {
      expect(written).not.toContain(token);
      expect(written).not.toContain(tokenHash);
    }

    const second = await cloud.reconcile('--mend');
    expect(second.exitCode, second.stderr).toBe(0);
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toContain('Deleted: 1 endpoints; 0 are needed by now. Cleared: 2 registrations');
    expect(cloud.lists()).toBe(0);
    expect(await cloud.exists(orphan)).toBe(false);
    expect(await cloud.arnOf(broken)).toBeUndefined();
    for (const { endpointArn } of phones.slice(0, 3)) expect(await cloud.exists(endpointArn)).toBe(true);
    expect(existsSync(cloud.state)).toBe(false);

    expect((await cloud.pbx.post('/push_call', { to: 'broken' })).body).toMatchObject({ accepted: 1 });
    expect((await cloud.reconcile()).stderr).toContain(
      'Endpoints without registration: 0. Registrations without endpoint: 0',
    );
    expect(existsSync(cloud.state)).toBe(false);
  });

  test('only a registration of the same application uses an endpoint, and Google’s is one for both environments', async () => {
    const orphans = await Promise.all(
      ['app', 'platform', 'environment'].map((name) => cloud.orphan(fcmToken(name))),
    );
    const others = [
      { token: fcmToken('app'), app: 'pocket' },
      { token: fcmToken('platform'), platform: 'apns' as const },
      { token: fcmToken('environment'), environment: 'sandbox' as const },
    ];
    for (const other of others)
      await cloud.table.claim(aRegistration({ expiresAt: Date.now() + 1e6, ...other }));
    const { stdout } = await cloud.reconcile();
    expect(orphans.map((arn) => stdout.includes(arn))).toEqual([true, true, false]);
  });

  test('an endpoint that is there after all stays in its registration', async () => {
    const phone = await cloud.phone('back');
    const gets: string[] = [];
    cloud.intercept((action) => {
      if (action.startsWith('List')) return { status: 404, code: 'NotFound' };
      if (action !== 'GetEndpointAttributes' || gets.push(action) > 1) return undefined;
      return { status: 404, code: 'NotFound' };
    });
    const { stdout, stderr } = await cloud.reconcile('--mend');
    expect(stdout).toContain(`names ${phone.endpointArn}`);
    expect(stderr).toContain('Cleared: 0 registrations');
    expect(await cloud.arnOf(phone)).toBe(phone.endpointArn);
  });

  test('what was registered since the report stays', async () => {
    const orphan = await cloud.orphan(fcmToken('late'));
    const broken = await cloud.phone('broken');
    await cloud.removeEndpoint(broken.endpointArn);
    expect((await cloud.reconcile()).exitCode).toBe(0);

    const late = await cloud.phone('late');
    await cloud.pbx.post('/push_call', { to: 'broken' });
    const renewed = await cloud.arnOf(broken);
    expect(renewed).not.toBe(broken.endpointArn);

    const { stderr } = await cloud.reconcile('--mend');
    expect(stderr).toContain('Deleted: 0 endpoints; 1 are needed by now. Cleared: 0 registrations');
    expect([await cloud.exists(orphan), await cloud.arnOf(late)]).toEqual([true, orphan]);
    expect(await cloud.arnOf(broken)).toBe(renewed);
  });

  test('what is registered while its endpoint is deleted gets a new one', async () => {
    const orphan = await cloud.orphan(fcmToken('late'));
    expect((await cloud.reconcile()).exitCode).toBe(0);
    const row = aRegistration({ token: fcmToken('late'), endpointArn: orphan, expiresAt: Date.now() + 1e6 });
    cloud.intercept(async (action) => {
      if (action === 'DeleteEndpoint') await cloud.table.claim(row);
      return undefined;
    });
    expect((await cloud.reconcile('--mend')).stderr).toContain('Deleted: 0 endpoints; 1 are needed by now');
    expect(await cloud.exists(orphan)).toBe(false);
    const fresh = await cloud.arnOf(row);
    expect(await cloud.exists(String(fresh))).toBe(true);
  });

  test('a file of another deployment, or of something else, is left alone', async () => {
    for (const content of ['{"of":"other"}', 'hello', '']) {
      writeFileSync(cloud.state, content);
      const { exitCode, stderr } = await cloud.reconcile('--mend');
      expect([exitCode, stderr]).toEqual([1, expect.stringContaining('is not of a look at this deployment')]);
      expect(readFileSync(cloud.state, 'utf8')).toBe(content);
    }
    expect(cloud.actions()).toEqual([]);
  });
});

import type { ScanCommandInput } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createEndpointReader } from '../../bin/admin/reconcile/endpoints.ts';
import { find } from '../../bin/admin/reconcile/find.ts';
import { tableParts } from '../../bin/admin/reconcile/limits.ts';
import { mend } from '../../bin/admin/reconcile/mend.ts';
import { type OpenProgress, openProgress } from '../../bin/admin/reconcile/progress.ts';
import { openTarget, type Target } from '../../bin/admin/target.ts';
import { createRegistrationTable } from '../../lambda/aws/registration-table.ts';
import { createSnsGateway } from '../../lambda/aws/sns-gateway.ts';
import { systemClock } from '../../lambda/aws/system-clock.ts';
import { keyOf } from '../../lambda/core/registration.ts';
import { aRegistration, fcmToken } from '../support/builders.ts';
import { startWatchedCloud, type WatchedCloud } from './watched-cloud.ts';

let cloud: WatchedCloud;
let target: Target;
let open: OpenProgress;
/** What SNS was asked, and each time that the pace was kept before. */
let steps: string[];
beforeEach(async () => {
  cloud = await startWatchedCloud();
  target = await openTarget({ stack: 'pns-proxy', local: cloud.info.url });
  open = openProgress(cloud.state, 'a test');
  steps = [];
  target.sns.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        steps.push(commandName.replace('Command', ''));
        return next(args);
      },
    { step: 'initialize' },
  );
});
afterEach(async () => {
  target.sns.destroy();
  target.dynamoDb.destroy();
  await cloud.close();
});

/** Time stands still, so that the pauses add up. */
const portsOf = () => {
  const sleep = async (milliseconds: number) => void steps.push(`${milliseconds} ms`);
  return {
    table: createRegistrationTable(target.dynamoDb, target.tableName),
    endpoints: createSnsGateway(target.sns, target.applications),
    clock: systemClock,
    reader: createEndpointReader(target.sns, { now: () => 0, sleep, random: () => 0 }),
  };
};

type Attributes = { Attributes?: { Token?: string } };

/** SNS tells of endpoints, but not of their tokens. */
const withoutToken = () =>
  target.sns.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const told = result.output as Attributes & { Endpoints?: Attributes[] };
      for (const { Attributes } of [told, ...(told.Endpoints ?? [])]) delete Attributes?.Token;
      return result;
    },
    { step: 'initialize' },
  );

test('SNS is asked 20 times a second at most, for whatever it is', async () => {
  const orphan = await cloud.orphan(fcmToken('x'));
  const { reader } = portsOf();
  const application = (platform: string) => `${target.applications.arn}:app/${platform}/pns-proxy-demo`;
  await Promise.all([
    reader.list(application('GCM')),
    reader.tokenOf(orphan),
    reader.pace(),
    reader.list(application('APNS')),
  ]);
  expect(steps.filter((step) => step.endsWith(' ms'))).toEqual(['0 ms', '50 ms', '100 ms', '150 ms']);
});

describe('looking', () => {
  test('reads every page of each part of the table, consistently', async () => {
    const gone = [];
    for (const pbxId of ['pbx-1', 'pbx-2', 'pbx-3']) gone.push(await cloud.phone('gone', { pbxId }));
    await cloud.removeEndpoint(String(gone[0]?.endpointArn));
    const scans: ScanCommandInput[] = [];
    target.dynamoDb.middlewareStack.add(
      (next, { commandName }) =>
        (args) => {
          if (commandName !== 'ScanCommand') return next(args);
          scans.push(args.input as ScanCommandInput);
          // A page holds one item in place of a megabyte of them.
          return next({ ...args, input: { ...args.input, Limit: 1 } });
        },
      { step: 'initialize' },
    );
    await find(target, portsOf(), open);
    const found = Object.values(open.progress.rowsWithoutEndpoint).flat();
    expect(found.map(({ pbxId }) => pbxId).sort()).toEqual(['pbx-1', 'pbx-2', 'pbx-3']);
    expect([...new Set(scans.map(({ Segment }) => Segment))]).toEqual([...Array(tableParts).keys()]);
    for (const scan of scans) expect(scan).toMatchObject({ ConsistentRead: true, TotalSegments: tableParts });
  });

  test('keeps its place after each page and each part, for whoever kills it', async () => {
    await cloud.phones(101);
    const places: string[] = [];
    const saveNowAndThen = () => {
      const { applicationsListed, nextToken, partsRead } = open.progress;
      places.push(`${applicationsListed}${nextToken ? '+' : ''} ${partsRead}`);
    };
    await find(target, portsOf(), { ...open, saveNowAndThen });
    expect(places).toEqual([
      ...['0+ 0', '1 0', '2 0', '3 0', '4 0', '5 0'],
      ...Array.from({ length: tableParts }, (_, part) => `5 ${part + 1}`),
    ]);
  });

  test('asks nothing about registrations of an app that is not served, which SNS may not tell of', async () => {
    await cloud.phone('gone').then(({ endpointArn }) => cloud.removeEndpoint(endpointArn));
    const other = aRegistration({ token: fcmToken('other'), app: 'other', expiresAt: Date.now() + 1e6 });
    await cloud.table.claim(other);
    const endpointArn = `${target.applications.arn}:endpoint/GCM/pns-proxy-other/${crypto.randomUUID()}`;
    await cloud.table.setEndpoint(keyOf(other), { endpointArn }, other);
    await find(target, portsOf(), open);
    expect(steps.filter((step) => step.startsWith('Get'))).toHaveLength(1);
    expect(open.progress.rowsWithoutEndpoint).not.toHaveProperty([endpointArn]);
  });

  test('fails where SNS lists an endpoint without its token', async () => {
    await cloud.phone('x');
    withoutToken();
    await expect(find(target, portsOf(), open)).rejects.toThrow('without its token');
  });
});

describe('mending', () => {
  test('asks SNS 20 times a second at most, whatever it asks', async () => {
    const orphan = await cloud.orphan(fcmToken('late'));
    const late = aRegistration({ token: fcmToken('late'), expiresAt: Date.now() + 1e6 });
    open.progress.endpointsWithoutRows[orphan] = { fingerprint: '' };
    open.progress.rowsWithoutEndpoint[`${orphan}0`] = [];
    const ports = portsOf();
    const { deleteEndpoint } = ports.endpoints;
    ports.endpoints.deleteEndpoint = async (arn) => {
      await deleteEndpoint(arn);
      await cloud.table.claim(late);
    };
    expect(await mend(target, ports, open)).toEqual({ deleted: 0, needed: 1, cleared: 0 });
    expect(steps).toEqual([
      ...['0 ms', 'GetEndpointAttributes'],
      ...['50 ms', '100 ms', '150 ms'],
      ...['CreatePlatformEndpoint', 'DeleteEndpoint', 'CreatePlatformEndpoint'],
      ...['200 ms', 'GetEndpointAttributes'],
    ]);
  });

  test('leaves an endpoint that a registration has got meanwhile', async () => {
    const phone = await cloud.phone('back');
    const former = `${phone.endpointArn}0`;
    await cloud.table.setEndpoint(keyOf(phone), { endpointArn: former }, phone);
    open.progress.rowsWithoutEndpoint[former] = [];
    const ports = portsOf();
    const { ofEndpoint } = ports.table;
    ports.table.ofEndpoint = async (arn) => {
      const keys = await ofEndpoint(arn);
      expect(keys).toHaveLength(1);
      await cloud.table.setEndpoint(keyOf(phone), { endpointArn: phone.endpointArn }, phone);
      return keys;
    };
    expect(await mend(target, ports, open)).toMatchObject({ cleared: 0 });
    expect(await cloud.arnOf(phone)).toBe(phone.endpointArn);
  });

  test('deletes no endpoint whose token SNS does not tell: nobody knows who needs it', async () => {
    const phone = await cloud.phone('needed');
    open.progress.endpointsWithoutRows[phone.endpointArn] = { fingerprint: '' };
    withoutToken();
    await expect(mend(target, portsOf(), open)).rejects.toThrow('without its token');
    expect(await cloud.exists(phone.endpointArn)).toBe(true);
    expect(open.progress.endpointsWithoutRows).toHaveProperty([phone.endpointArn]);
  });
});

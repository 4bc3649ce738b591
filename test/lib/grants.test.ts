import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Grant, granted, type Named, trusted } from './granted.ts';
import { direct, least, resourcesOf, templatesOf } from './synthesized.ts';

/** One line for each action on each resource under its condition. */
const flat = (grants: readonly Grant[]): string[] =>
  [
    ...new Set(
      grants.flatMap(({ actions, resources, condition = {} }) =>
        actions.flatMap((action) =>
          resources.map((resource) => `${action} ${resource} ${JSON.stringify(condition)}`),
        ),
      ),
    ),
  ].sort();

const flatOfEach = (grants: Record<string, readonly Grant[]>) =>
  Object.fromEntries(Object.entries(grants).map(([role, given]) => [role, flat(given)]));

/** All of a type: none may hide behind another of the same name. */
const every = (template: Template, type: string) => {
  const found = resourcesOf(template, type);
  expect(Object.keys(found)).toHaveLength(Object.keys(template.findResources(type)).length);
  return Object.entries(found);
};

/** What each role may do by its policies: each of these is of one role, and of no user or group. */
const grantsOf = (template: Template) => {
  const logGroups = new Map(
    every(template, 'AWS::Logs::LogGroup').map(([id, { Properties }]) => [
      `<${id}.Arn>`,
      Properties['LogGroupName'],
    ]),
  );
  const grants: Record<string, Grant[]> = {};
  for (const type of ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'])
    for (const [, { Properties }] of every(template, type)) {
      const { PolicyDocument, PolicyName, Description, Path, Roles, ...rest } = Properties;
      expect(rest).toEqual({});
      expect(Roles).toEqual([expect.stringMatching(/^<.+Role>$/)]);
      const role = String(Roles).slice(1, -'Role>'.length);
      const { Version, Statement } = PolicyDocument as { Version: string; Statement: object[] };
      expect(Version).toBe('2012-10-17');
      for (const statement of Statement) {
        const { Effect, Action, Resource, Condition, ...others } = statement as Record<string, string>;
        expect([Effect, others]).toEqual(['Allow', {}]);
        grants[role] ??= [];
        grants[role].push({
          actions: [Action].flat() as string[],
          resources: [Resource].flat().map((resource) => String(logGroups.get(String(resource)) ?? resource)),
          ...(Condition && { condition: Object(Condition) }),
        });
      }
    }
  return grants;
};

const platforms = ['GCM', 'APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX'];
const none: Named = { applications: [], secrets: [] };
const two: Named = {
  applications: [...platforms.map((platform) => `${platform}/pns-demo`), 'GCM/pns-droid'],
  secrets: ['pns/demo/apple', 'pns/demo/fcm', 'pns/droid'],
};
const directSecrets = ['pns/direct/huawei-v2', 'pns/direct/huawei-v3', 'pns/direct/web-push'];
const withDirect: [name: string, settings: object, named: Named][] = [
  [
    'Huawei and Web Push, of an app and beside others',
    { apps: { ...least.apps, direct, again: { webPush: direct.webPush } } },
    { ...two, directSecrets },
  ],
  [
    'Huawei alone',
    { apps: { direct: { huawei: direct.huawei } } },
    { ...none, directSecrets: directSecrets.slice(0, 2) },
  ],
  [
    'Web Push alone',
    { apps: { direct: { webPush: direct.webPush } } },
    { ...none, directSecrets: directSecrets.slice(2) },
  ],
];
const everySetting = {
  domain: { name: 'push.example.com', hostedZoneId: 'Z012345', hostedZoneName: 'example.com' },
  alarmEmail: 'operator@example.com',
  tableName: 'pns',
  keepWarm: true,
  provisionedConcurrency: 1,
  reservedConcurrency: 2,
};

/** So many apps on every platform, with names as long as they may be. */
const many = (count: number) => {
  const names = Array.from({ length: count }, (_, n) => `brand-${n}-`.padEnd(32, 'x'));
  const stack = 'p'.repeat(40);
  const apps = Object.fromEntries(
    names.map((name, n) => [
      name,
      {
        fcm: { projectId: 'demo-12345', secret: `pns/${n}/fcm` },
        apple: { ...least.apps.demo.apple, bundleId: 'a.b', secret: `pns/${n}/apple` },
      },
    ]),
  );
  const named: Named = {
    applications: names.flatMap((name) => platforms.map((platform) => `${platform}/${stack}-${name}`)),
    secrets: names.flatMap((_, n) => [`pns/${n}/fcm`, `pns/${n}/apple`]),
  };
  return { settings: { apps, stack, tableName: 't'.repeat(255) }, named };
};
const { settings: manyApps, named: ofManyApps } = many(30);
const { settings: manyLogged, named: ofManyLogged } = many(20);
const deliveryStatus = true as const;
const gov = { region: 'us-gov-west-1' };

const variants: [name: string, settings: object, named: Named][] = [
  ['the least settings', {}, two],
  ['every setting but deliveryStatus', everySetting, two],
  ['deliveryStatus', { deliveryStatus }, { ...two, deliveryStatus }],
  ['every setting', { ...everySetting, deliveryStatus }, { ...two, deliveryStatus }],
  ...withDirect,
  ['30 apps', { ...manyApps, ...gov }, { ...ofManyApps, ...gov, partition: 'aws-us-gov' }],
  ['20 apps and deliveryStatus', { ...manyLogged, deliveryStatus }, { ...ofManyLogged, deliveryStatus }],
];

describe.each(variants)('with %s', (_, settings, named) => {
  let service: Template;
  let monitoring: Template;
  beforeAll(() => {
    ({ service, monitoring } = templatesOf(settings));
  });

  test('each role may do what is in the list, and nothing else', () => {
    const grants = grantsOf(service);
    expect(flatOfEach(grants)).toEqual(flatOfEach(granted(named)));
    for (const { actions } of Object.values(grants).flat())
      for (const action of actions) expect(action).not.toContain('*');
  });

  test('each role is for the service that is in the list, and has no other policy', () => {
    const roles = every(service, 'AWS::IAM::Role');
    expect(roles.map(([id]) => id).sort()).toEqual(
      Object.keys(granted(named))
        .map((role) => `${role}Role`)
        .sort(),
    );
    for (const [id, { Properties }] of roles) {
      const Service = trusted(id.replace(/Role$/, ''));
      const statement = { Effect: 'Allow', Principal: { Service }, Action: 'sts:AssumeRole' };
      const AssumeRolePolicyDocument = { Version: '2012-10-17', Statement: [statement] };
      expect(Properties).toEqual({ AssumeRolePolicyDocument });
    }
  });

  test('each role of Lambda serves one function', () => {
    const roles = Object.keys(granted(named)).filter((role) => trusted(role) === 'lambda.amazonaws.com');
    expect(
      every(service, 'AWS::Lambda::Function')
        .map(([, { Properties }]) => Properties['Role'])
        .sort(),
    ).toEqual(roles.map((role) => `<${role}Role.Arn>`).sort());
  });

  test('nobody else is given anything', () => {
    const types = (template: Template) => [
      ...new Set(
        Object.values<{ Type: string }>(template.toJSON()['Resources'])
          .map(({ Type }) => Type)
          .filter((type) => type.startsWith('AWS::IAM::')),
      ),
    ];
    const listed = ['AWS::IAM::Role', 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'];
    expect(listed).toEqual(expect.arrayContaining(types(service)));
    expect(types(monitoring)).toEqual([]);
  });
});

const huaweiOf = (n: number) => ({
  projectId: '1',
  v2: { clientId: '1', secret: `pns/${n}/huawei-v2` },
  v3: { secret: `pns/${n}/huawei-v3` },
});
/** As many of these as fit the functions' environment beside 30 apps on every platform of SNS. */
const andHuawei = (settings: typeof manyApps) => ({
  ...settings,
  apps: Object.fromEntries(
    Object.entries(settings.apps).map(([name, app], n) => [
      name,
      n < 3 ? { ...app, huawei: huaweiOf(n) } : app,
    ]),
  ),
});

test.each([
  ['as many apps as there can be', manyApps],
  ['these, and some of them with Huawei', andHuawei(manyApps)],
])('%s stay within the limits of AWS', (_, settings) => {
  const { service: template, monitoring } = templatesOf({ ...settings, ...gov });
  // CloudFormation quotas: resources in a template.
  expect(Object.keys(template.toJSON()['Resources']).length).toBeLessThan(500);
  expect(JSON.stringify(template.toJSON()).length).toBeLessThan(1_000_000);
  monitoring.resourceCountIs('AWS::SNS::Topic', 1);

  // IAM and AWS STS quotas: 10,240 characters of inline policies a role, 6,144 a managed policy, 10 of these a role.
  const sizesOf = (type: string) =>
    Object.values(resourcesOf(template, type)).map(
      ({ Properties }) => JSON.stringify(Properties['PolicyDocument']).length,
    );
  expect(Math.max(...sizesOf('AWS::IAM::Policy'))).toBeLessThan(10_240);
  expect(Math.max(...sizesOf('AWS::IAM::ManagedPolicy'))).toBeLessThan(6_144);
  const managed = new Map<string, number>();
  for (const { Properties } of Object.values(template.findResources('AWS::IAM::ManagedPolicy'))) {
    const role = JSON.stringify(Properties['Roles']);
    managed.set(role, (managed.get(role) ?? 0) + 1);
  }
  expect(managed.size).toBeGreaterThan(0);
  expect(Math.max(...managed.values())).toBeLessThanOrEqual(10);

  // AWS Lambda quotas, "Environment variables".
  for (const { Properties } of Object.values(resourcesOf(template, 'AWS::Lambda::Function'))) {
    expect(JSON.stringify(Properties['Environment'] ?? {}).length).toBeLessThan(4096);
  }
});

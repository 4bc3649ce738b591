import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { appleToken } from '../support/builders.ts';
import { least, resourcesOf, templatesOf } from './synthesized.ts';

let service: Template;
let monitoring: Template;
beforeAll(() => {
  ({ service, monitoring } = templatesOf({ deliveryStatus: true }));
});

const logsOf = (template: Template) =>
  Object.values(template.findResources('AWS::Logs::LogGroup')).filter(({ Properties }) =>
    String(Properties['LogGroupName']).startsWith('sns/'),
  );
const applications = [
  'app/GCM/pns-demo',
  'app/APNS/pns-demo',
  'app/APNS_SANDBOX/pns-demo',
  'app/APNS_VOIP/pns-demo',
  'app/APNS_VOIP_SANDBOX/pns-demo',
  'app/GCM/pns-droid',
];

describe('asked for, delivery status', () => {
  test('has both log groups of each application beforehand, for three days, and they go with the stack', () => {
    const logs = logsOf(service);
    expect(logs.map(({ Properties }) => Properties['LogGroupName']).sort()).toEqual(
      applications
        .flatMap((name) => [name, `${name}/Failure`])
        .map((name) => `sns/eu-west-1/123456789012/${name}`)
        .sort(),
    );
    for (const log of logs) {
      expect(log).toMatchObject({
        DeletionPolicy: 'Delete',
        UpdateReplacePolicy: 'Delete',
        Properties: { RetentionInDays: 3 },
      });
    }
    const ids = Object.entries(service.findResources('AWS::Logs::LogGroup'))
      .filter(([, { Properties }]) => Properties['LogGroupName'])
      .map(([id]) => id);
    for (const made of Object.values(service.findResources('Custom::PlatformApplication')))
      expect(made['DependsOn']).toEqual(expect.arrayContaining(ids));
  });

  test('masks tokens, and nothing else of a line', () => {
    const policy = logsOf(service)[0]?.['Properties']['DataProtectionPolicy'];
    const { CustomDataIdentifier: identifiers } = policy.Configuration;
    const names = identifiers.map(({ Name }: { Name: string }) => Name);
    expect(policy.Statement[1]).toMatchObject({
      DataIdentifier: names,
      Operation: { Deidentify: { MaskConfig: {} } },
    });
    const masked = (line: string): string =>
      identifiers.reduce((text: string, { Regex }: { Regex: string }) => {
        // Amazon CloudWatch Logs user guide, "Custom data identifier regex constraints".
        expect(Regex).toMatch(/^[\w\s#=@/;,^$?[\]{}|\\*+.-]{1,200}$/);
        return text.replace(new RegExp(Regex, 'g'), '*');
      }, line);
    const endpoint = `arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/pns-droid/${crypto.randomUUID()}`;
    const fcm = `cXn1YWxseSBsb25nZXI:APA91b${'Fx_-9'.repeat(27)}`;
    for (const token of [fcm, appleToken('masked'), appleToken('masked').toUpperCase()]) {
      const line = { delivery: { destination: endpoint, dwellTimeMs: 78, token, statusCode: 200 } };
      expect(masked(JSON.stringify(line))).toBe(JSON.stringify(line).replace(token, '*'));
    }
  });

  test('lets SNS write to these groups and no others, and the function that sets it pass that role and no other', () => {
    const policies = resourcesOf(service, 'AWS::IAM::Policy');
    const statements = (id: string): { Action: unknown; Resource: unknown }[] =>
      Object(policies[`${id}RoleDefaultPolicy`]?.Properties['PolicyDocument']).Statement;
    const written = statements('PlatformApplicationsDeliveryStatus');
    expect(written).toHaveLength(1);
    expect(written[0]?.Action).toEqual(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']);
    expect(JSON.stringify(written[0]?.Resource)).not.toContain('*');
    expect(written[0]?.Resource).toHaveLength(2 * applications.length);
    expect(statements('PlatformApplicationsMaker').filter(({ Action }) => Action === 'iam:PassRole')).toEqual(
      [{ Effect: 'Allow', Action: 'iam:PassRole', Resource: '<PlatformApplicationsDeliveryStatusRole.Arn>' }],
    );
    const { PlatformApplicationsDeliveryStatusRole: role } = resourcesOf(service, 'AWS::IAM::Role');
    expect(role?.Properties['AssumeRolePolicyDocument']).toMatchObject({
      Statement: [{ Principal: { Service: 'sns.amazonaws.com' } }],
    });
  });

  test('is set on each application', () => {
    for (const { Properties } of Object.values(resourcesOf(service, 'Custom::PlatformApplication')))
      expect(Properties['deliveryStatusRoleArn']).toBe('<PlatformApplicationsDeliveryStatusRole.Arn>');
  });

  test('is measured by provider: how long a push waits in SNS, and how many fail', () => {
    const filters = Object.values(resourcesOf(monitoring, 'AWS::Logs::MetricFilter')).flatMap(
      ({ Properties: { FilterPattern, MetricTransformations } }) => {
        const [{ MetricName = '', MetricValue = '' } = {}] = MetricTransformations as Record<
          string,
          string
        >[];
        return /^(Dwell|Undelivered)-/.test(MetricName) ? [[MetricName, FilterPattern, MetricValue]] : [];
      },
    );
    const dwell = (name: string) => [
      `Dwell-${name}`,
      '{ $.delivery.dwellTimeMs >= 0 }',
      '$.delivery.dwellTimeMs',
    ];
    const failed = (name: string) => [`Undelivered-${name}`, '{ $.status = "FAILURE" }', '1'];
    const both = (name: string) => [dwell(name), failed(name)];
    expect(filters).toEqual(['Google', 'Apple', 'Apple', 'Apple', 'Apple', 'Google'].flatMap(both));
  });

  test('stays within what CloudFormation and IAM take, for as many applications as there may be', () => {
    const apps = Object.fromEntries(
      Array.from({ length: 20 }, (_, n) => [
        `brand-${n}-`.padEnd(32, 'x'),
        { ...least.apps.demo, apple: { ...least.apps.demo.apple, bundleId: 'a.b' } },
      ]),
    );
    const full = templatesOf({ apps, stack: 'p'.repeat(40), deliveryStatus: true });
    for (const template of [full.service, full.monitoring])
      expect(Object.keys(template.toJSON()['Resources']).length).toBeLessThan(500);
    const managed = Object.values(full.service.findResources('AWS::IAM::ManagedPolicy')).filter((policy) =>
      JSON.stringify(policy['Properties']['Roles']).includes('DeliveryStatus'),
    );
    expect(managed.length).toBeLessThanOrEqual(10);
  });
});

test('not asked for, nothing of it is there', () => {
  const { service: plain } = templatesOf();
  expect(logsOf(plain)).toEqual([]);
  expect(JSON.stringify(plain.toJSON())).not.toMatch(/PassRole|deliveryStatus|DeliveryStatus/);
});

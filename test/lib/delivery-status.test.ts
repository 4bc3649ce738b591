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
type Identifier = { Name: string; Regex: string };
const endpoint = `arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/pns-droid/${crypto.randomUUID()}`;
const tokens = [
  `cXn1YWxseSBsb25nZXI:APA91b${'Fx_-9'.repeat(27)}`,
  appleToken('masked'),
  appleToken('masked').toUpperCase(),
];
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

  test('masks tokens in every group, and nothing else of a line', () => {
    const policies = logsOf(service).map(({ Properties }) => Properties['DataProtectionPolicy']);
    expect(policies).toHaveLength(2 * applications.length);
    for (const { Statement, Configuration } of policies) {
      const { CustomDataIdentifier: identifiers } = Configuration;
      const DataIdentifier = identifiers.map(({ Name }: Identifier) => Name);
      expect(Statement[1]).toMatchObject({ DataIdentifier, Operation: { Deidentify: { MaskConfig: {} } } });
      for (const { Regex } of identifiers) {
        // Amazon CloudWatch Logs user guide, "Custom data identifier regex constraints".
        expect(Regex).toMatch(/^[\w\s#=@/;,^$?[\]{}|\\*+.-]{1,200}$/);
      }
      const masked = (line: string): string =>
        identifiers.reduce(
          (text: string, { Regex }: Identifier) => text.replace(new RegExp(Regex, 'g'), '*'),
          line,
        );
      for (const token of tokens) {
        const line = { delivery: { destination: endpoint, dwellTimeMs: 78, token, statusCode: 200 } };
        expect(masked(JSON.stringify(line))).toBe(JSON.stringify(line).replace(token, '*'));
      }
    }
  });

  test('is set on each application', () => {
    for (const { Properties } of Object.values(resourcesOf(service, 'Custom::PlatformApplication')))
      expect(Properties['deliveryStatusRoleArn']).toBe('<PlatformApplicationsDeliveryStatusRole.Arn>');
  });

  test('is measured by provider: how long a push waits in SNS, and how many fail, each from the group that tells', () => {
    const filters = Object.values(resourcesOf(monitoring, 'AWS::Logs::MetricFilter')).flatMap(
      ({ Properties: { LogGroupName, FilterPattern, MetricTransformations } }) => {
        const [{ MetricName = '', MetricValue = '' } = {}] = MetricTransformations as Record<
          string,
          string
        >[];
        if (!/^(Dwell|Undelivered)-/.test(MetricName)) return [];
        return [[LogGroupName, MetricName, FilterPattern, MetricValue]];
      },
    );
    expect(filters).toEqual(
      applications.flatMap((application) => {
        const name = application.startsWith('app/GCM/') ? 'Google' : 'Apple';
        const group = `sns/eu-west-1/123456789012/${application}`;
        return [
          [group, `Dwell-${name}`, '{ $.delivery.dwellTimeMs >= 0 }', '$.delivery.dwellTimeMs'],
          [`${group}/Failure`, `Undelivered-${name}`, '{ $.status = "FAILURE" }', '1'],
        ];
      }),
    );
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

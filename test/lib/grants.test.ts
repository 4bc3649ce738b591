import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { least, resourcesOf, templatesOf } from './synthesized.ts';

/** What each role may do, by its name without what every role's ends with. A policy is of one role, and of no user or group. */
const grantsOf = (template: Template): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(resourcesOf(template, 'AWS::IAM::Policy')).map(([id, { Properties }]) => {
      const { PolicyDocument, PolicyName, ...of } = Properties;
      const role = id.replace(/DefaultPolicy$/, '');
      expect(of).toEqual({ Roles: [`<${role}>`] });
      return [role.replace(/Role$/, ''), PolicyDocument];
    }),
  );

const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });
const allow = (Action: string | string[], Resource: string | string[]) => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const on = (keys: string, Action: string | string[], Resource: string) => ({
  ...allow(Action, Resource),
  Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': [keys] } },
});
const logs = (owner: string) => allow(['logs:CreateLogStream', 'logs:PutLogEvents'], `<${owner}Log.Arn>`);
const send = ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'];

const table = '<Table.Arn>';
const byExtension = '<Table.Arn>/index/byExtension';
const applications = [
  'arn:aws:sns:eu-west-1:123456789012:app/APNS/pns-demo',
  'arn:aws:sns:eu-west-1:123456789012:app/APNS_SANDBOX/pns-demo',
  'arn:aws:sns:eu-west-1:123456789012:app/APNS_VOIP/pns-demo',
  'arn:aws:sns:eu-west-1:123456789012:app/APNS_VOIP_SANDBOX/pns-demo',
  'arn:aws:sns:eu-west-1:123456789012:app/GCM/pns-demo',
  'arn:aws:sns:eu-west-1:123456789012:app/GCM/pns-droid',
];
const andEndpoints = [
  ...applications,
  'arn:aws:sns:eu-west-1:123456789012:endpoint/APNS/pns-demo/*',
  'arn:aws:sns:eu-west-1:123456789012:endpoint/APNS_SANDBOX/pns-demo/*',
  'arn:aws:sns:eu-west-1:123456789012:endpoint/APNS_VOIP/pns-demo/*',
  'arn:aws:sns:eu-west-1:123456789012:endpoint/APNS_VOIP_SANDBOX/pns-demo/*',
  'arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/pns-demo/*',
  'arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/pns-droid/*',
];

let service: Template;
beforeAll(() => {
  ({ service } = templatesOf());
});

test('each role may do this and nothing else', () => {
  expect(grantsOf(service)).toEqual({
    OperationsAuthorize: document(logs('OperationsAuthorize'), on('KEY#*', 'dynamodb:GetItem', table)),
    OperationsRegister: document(
      logs('OperationsRegister'),
      on('TOKEN#*', ['dynamodb:DeleteItem', 'dynamodb:Query', 'dynamodb:UpdateItem'], table),
      on('PBX#*', 'dynamodb:Query', byExtension),
      allow(['sns:CreatePlatformEndpoint', 'sns:DeleteEndpoint', 'sns:SetEndpointAttributes'], andEndpoints),
    ),
    OperationsPushCall: document(
      logs('OperationsPushCall'),
      on('PBX#*', 'dynamodb:Query', byExtension),
      on('TOKEN#*', ['dynamodb:Query', 'dynamodb:UpdateItem'], table),
      on('GUARD#*', ['dynamodb:Query', 'dynamodb:UpdateItem'], table),
      allow(
        ['sns:CreatePlatformEndpoint', 'sns:DeleteEndpoint', 'sns:Publish', 'sns:SetEndpointAttributes'],
        andEndpoints,
      ),
    ),
    OperationsUpdate: document(
      logs('OperationsUpdate'),
      on(
        'TOKEN#*',
        ['dynamodb:DeleteItem', 'dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        table,
      ),
      allow(['sns:CreatePlatformEndpoint', 'sns:DeleteEndpoint', 'sns:SetEndpointAttributes'], andEndpoints),
    ),
    OperationsDelete: document(
      logs('OperationsDelete'),
      on('TOKEN#*', ['dynamodb:DeleteItem', 'dynamodb:Query'], table),
      on('PBX#*', 'dynamodb:Query', byExtension),
    ),
    OperationsDevices: document(logs('OperationsDevices'), on('PBX#*', 'dynamodb:Query', byExtension)),
    OperationsHealth: document(logs('OperationsHealth')),
    EndpointReleaseReleaseEndpoints: document(
      logs('EndpointReleaseReleaseEndpoints'),
      on('TOKEN#*', ['dynamodb:Query', 'dynamodb:UpdateItem'], table),
      allow(['sns:CreatePlatformEndpoint', 'sns:DeleteEndpoint'], andEndpoints),
      allow(
        [
          'dynamodb:DescribeStream',
          'dynamodb:GetRecords',
          'dynamodb:GetShardIterator',
          'dynamodb:ListStreams',
        ],
        '<Table.StreamArn>',
      ),
      allow(send, '<EndpointReleaseFailures.Arn>'),
    ),
    DeliveryFeedback: document(
      logs('DeliveryFeedback'),
      on('arn:*:sns:*', 'dynamodb:Query', '<Table.Arn>/index/byEndpoint'),
      on('TOKEN#*', ['dynamodb:GetItem', 'dynamodb:UpdateItem'], table),
      on('GUARD#*', ['dynamodb:Query', 'dynamodb:UpdateItem'], table),
      allow('sns:SetEndpointAttributes', andEndpoints),
      allow(send, '<DeliveryFeedbackFailures.Arn>'),
    ),
    PlatformApplicationsMaker: document(
      logs('PlatformApplicationsMaker'),
      allow(
        [
          'sns:CreatePlatformApplication',
          'sns:GetPlatformApplicationAttributes',
          'sns:SetPlatformApplicationAttributes',
        ],
        applications,
      ),
      allow('secretsmanager:GetSecretValue', [
        'arn:aws:secretsmanager:eu-west-1:123456789012:secret:pns/demo/apple-??????',
        'arn:aws:secretsmanager:eu-west-1:123456789012:secret:pns/demo/fcm-??????',
        'arn:aws:secretsmanager:eu-west-1:123456789012:secret:pns/droid-??????',
      ]),
    ),
    PlatformApplicationsProvider: document(
      logs('PlatformApplicationsProvider'),
      allow('lambda:InvokeFunction', [
        '<PlatformApplicationsMakerFunction.Arn>',
        '<PlatformApplicationsMakerFunction.Arn>:*',
      ]),
      allow('lambda:GetFunction', '<PlatformApplicationsMakerFunction.Arn>'),
    ),
  });
});

test('a role is for Lambda, has no managed policy, and serves one function', () => {
  const roles = resourcesOf(service, 'AWS::IAM::Role');
  const functions = Object.values(resourcesOf(service, 'AWS::Lambda::Function'));
  expect(functions.map(({ Properties }) => Properties['Role']).sort()).toEqual(
    Object.keys(roles)
      .map((id) => `<${id}.Arn>`)
      .sort(),
  );
  for (const { Properties } of Object.values(roles)) {
    expect(Properties).toEqual({
      AssumeRolePolicyDocument: document({
        Effect: 'Allow',
        Principal: { Service: 'lambda.amazonaws.com' },
        Action: 'sts:AssumeRole',
      }),
    });
  }
});

describe('topics and queues', () => {
  const denied = (Action: string, Principal: unknown, Resource: string, rest: object = {}) => ({
    Effect: 'Deny',
    Action,
    Principal,
    Resource,
    Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    ...rest,
  });

  test('the account and SNS may publish failures, over TLS', () => {
    const { DeliveryFailuresPolicy } = resourcesOf(service, 'AWS::SNS::TopicPolicy');
    expect(DeliveryFailuresPolicy?.Properties['PolicyDocument']).toEqual(
      document(
        denied('sns:Publish', '*', '<DeliveryFailures>', { Sid: 'AllowPublishThroughSSLOnly' }),
        {
          ...allow('sns:Publish', '<DeliveryFailures>'),
          Sid: 'Owner',
          Principal: { AWS: '*' },
          Condition: { StringEquals: { 'AWS:SourceOwner': '123456789012' } },
        },
        {
          ...allow('sns:Publish', '<DeliveryFailures>'),
          Sid: 'Service',
          Principal: { Service: 'sns.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
        },
      ),
    );
  });

  test('only the failure topic may send to the queue of lost feedback', () => {
    const policies = resourcesOf(service, 'AWS::SQS::QueuePolicy');
    const queue = '<DeliveryFeedbackFailures.Arn>';
    expect(policies['DeliveryFeedbackFailuresPolicy']?.Properties['PolicyDocument']).toEqual(
      document(denied('sqs:*', { AWS: '*' }, queue), {
        ...allow('sqs:SendMessage', queue),
        Principal: { Service: 'sns.amazonaws.com' },
        Condition: { ArnEquals: { 'aws:SourceArn': '<DeliveryFailures>' } },
      }),
    );
    expect(policies['EndpointReleaseFailuresPolicy']?.Properties['PolicyDocument']).toEqual(
      document(denied('sqs:*', { AWS: '*' }, '<EndpointReleaseFailures.Arn>')),
    );
  });
});

test('what is set adds nothing to what a role may do', () => {
  const { service: full } = templatesOf({
    domain: { name: 'push.example.com', hostedZoneId: 'Z012345', hostedZoneName: 'example.com' },
    alarmEmail: 'operator@example.com',
    tableName: 'pns',
    keepWarm: true,
    provisionedConcurrency: 1,
    reservedConcurrency: 2,
  });
  expect(grantsOf(full)).toEqual(grantsOf(service));
});

test('no wildcard is in any action, whatever is set', () => {
  const { service: full } = templatesOf({
    keepWarm: true,
    provisionedConcurrency: 1,
    reservedConcurrency: 2,
  });
  const actions = [service, full].flatMap((template) =>
    Object.values(grantsOf(template)).flatMap((policy) =>
      [...JSON.stringify(policy).matchAll(/"Action":("[^"]*"|\[[^\]]*\])/g)].map(([, action]) => action),
    ),
  );
  expect(actions.length).toBeGreaterThan(50);
  for (const action of actions) expect(action).not.toContain('*');
});

test('as many apps as there can be stay within the limits of AWS', () => {
  const apps = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [
      `brand-${n}-`.padEnd(32, 'x'),
      {
        fcm: { projectId: 'demo-12345', secret: `pns/${n}/fcm` },
        apple: { ...least.apps.demo.apple, bundleId: 'a.b', secret: `pns/${n}/apple` },
      },
    ]),
  );
  const { service: template, monitoring } = templatesOf({
    apps,
    stack: 'p'.repeat(40),
    region: 'us-gov-west-1',
    tableName: 't'.repeat(255),
  });
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

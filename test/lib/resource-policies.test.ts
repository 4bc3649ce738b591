import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { resourcesOf, templatesOf } from './synthesized.ts';

const everything = {
  domain: { name: 'push.example.com', hostedZoneId: 'Z012345', hostedZoneName: 'example.com' },
  alarmEmail: 'operator@example.com',
  tableName: 'pns',
  keepWarm: true,
  deliveryStatus: true,
};

let service: Template;
let monitoring: Template;
beforeAll(() => {
  ({ service, monitoring } = templatesOf(everything));
});

test('each function may be invoked by these and nobody else', () => {
  const api = 'arn:aws:execute-api:eu-west-1:123456789012:<PushApi>';
  const invokers = Object.values(resourcesOf(service, 'AWS::Lambda::Permission')).map(
    ({ Properties: { Action, FunctionName, Principal, SourceArn, ...rest } }) => {
      expect(Action).toBe('lambda:InvokeFunction');
      expect(rest).toEqual({});
      return `${FunctionName} ${Principal} ${SourceArn}`;
    },
  );
  expect(invokers.sort()).toEqual(
    [
      `<DeliveryFeedbackFunction.Arn> sns.amazonaws.com <DeliveryFailures>`,
      `<OperationsAuthorizeFunction.Arn> apigateway.amazonaws.com ${api}/authorizers/<PushApiAuthorizer>`,
      `<OperationsAuthorizeFunction.Arn> events.amazonaws.com <KeepWarmRule.Arn>`,
      `<OperationsDeleteFunction.Arn> apigateway.amazonaws.com ${api}/*/*/delete`,
      `<OperationsDevicesFunction.Arn> apigateway.amazonaws.com ${api}/*/*/devices`,
      `<OperationsHealthFunction.Arn> apigateway.amazonaws.com ${api}/*/*/health`,
      `<OperationsPushCallFunction.Arn> apigateway.amazonaws.com ${api}/*/*/push_call`,
      `<OperationsPushCallFunction.Arn> events.amazonaws.com <KeepWarmRule.Arn>`,
      `<OperationsPushCancelFunction.Arn> apigateway.amazonaws.com ${api}/*/*/push_cancel`,
      `<OperationsPushMessageFunction.Arn> apigateway.amazonaws.com ${api}/*/*/push_message`,
      `<OperationsRegisterFunction.Arn> apigateway.amazonaws.com ${api}/*/*/register`,
      `<OperationsUpdateFunction.Arn> apigateway.amazonaws.com ${api}/*/*/update`,
    ].sort(),
  );
});

const allow = (Action: string | string[], Resource: string | string[]) => ({
  Effect: 'Allow',
  Action,
  Resource,
});
const document = (...Statement: object[]) => ({ Version: '2012-10-17', Statement });

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

test('the account and CloudWatch may publish alarms, over TLS', () => {
  const topic = { Action: 'sns:Publish', Resource: '<Alarms>' };
  const { AlarmsPolicy } = resourcesOf(monitoring, 'AWS::SNS::TopicPolicy');
  expect(AlarmsPolicy?.Properties['PolicyDocument']).toEqual({
    Version: '2012-10-17',
    Statement: [
      {
        ...topic,
        Sid: 'AllowPublishThroughSSLOnly',
        Effect: 'Deny',
        Principal: '*',
        Condition: { Bool: { 'aws:SecureTransport': 'false' } },
      },
      {
        ...topic,
        Sid: 'Owner',
        Effect: 'Allow',
        Principal: { AWS: '*' },
        Condition: { StringEquals: { 'AWS:SourceOwner': '123456789012' } },
      },
      {
        ...topic,
        Sid: 'Service',
        Effect: 'Allow',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      },
    ],
  });
});

/** Whether a statement of a policy is anywhere in it. */
const allows = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  ('Effect' in value || 'ManagedPolicyArns' in value || Object.values(value).some(allows));

describe('no policy is but in the lists of this file and of grants.test.ts:', () => {
  const holders = (template: Template): string[] =>
    Object.values<{ Type: string; Properties: unknown }>(template.toJSON()['Resources'])
      .filter(({ Type, Properties }) => /^AWS::(IAM|SSO|RAM)::/.test(Type) || allows(Properties))
      .map(({ Type }) => Type);

  test('of the service, roles, their policies, and those of topics and queues', () => {
    expect([...new Set(holders(service))].sort()).toEqual([
      'AWS::IAM::Policy',
      'AWS::IAM::Role',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::QueuePolicy',
    ]);
    expect(Object.keys(resourcesOf(service, 'AWS::SNS::TopicPolicy'))).toEqual(['DeliveryFailuresPolicy']);
    expect(Object.keys(resourcesOf(service, 'AWS::SQS::QueuePolicy')).sort()).toEqual([
      'DeliveryFeedbackFailuresPolicy',
      'EndpointReleaseFailuresPolicy',
    ]);
  });

  test('of monitoring, the topic’s', () => {
    expect(holders(monitoring)).toEqual(['AWS::SNS::TopicPolicy']);
    expect(Object.keys(resourcesOf(monitoring, 'AWS::Lambda::Permission'))).toEqual([]);
  });
});

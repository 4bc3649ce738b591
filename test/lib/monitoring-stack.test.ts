import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, expect, test } from 'vitest';
import { resourcesOf, templatesOf } from './synthesized.ts';

let monitoring: Template;
beforeAll(() => {
  ({ monitoring } = templatesOf({ alarmEmail: 'operator@example.com' }));
});

const alarms = () => Object.entries(resourcesOf(monitoring, 'AWS::CloudWatch::Alarm'));

test('there is an alarm for each thing that people must act on', () => {
  const metrics = alarms().map(([id, { Properties }]) => {
    const { Namespace, MetricName, Statistic, ExtendedStatistic, Threshold, Period, EvaluationPeriods } =
      Properties;
    expect(Period).toBe(300);
    return [id, Namespace, MetricName, Statistic ?? ExtendedStatistic, Threshold, EvaluationPeriods];
  });
  expect(metrics).toEqual([
    ['CallsUnheard', 'pns', 'CallsUnheard', 'Sum', 10, 1],
    ['PushCallErrors', 'AWS/Lambda', 'Errors', 'Sum', 1, 1],
    ['PushCallThrottles', 'AWS/Lambda', 'Throttles', 'Sum', 1, 1],
    ['PushCallSlow', 'AWS/Lambda', 'Duration', 'p99', 2000, 3],
    ['AuthorizeErrors', 'AWS/Lambda', 'Errors', 'Sum', 1, 1],
    ['AuthorizeThrottles', 'AWS/Lambda', 'Throttles', 'Sum', 1, 1],
    ['ServerErrors', 'AWS/ApiGateway', '5xx', 'Sum', 5, 1],
    ['SpoolOld', 'pns', 'SpoolOldest', 'Maximum', 600, 3],
    ['StreamOld', 'AWS/Lambda', 'IteratorAge', 'Maximum', 900_000, 1],
    ['EndpointsNotReleased', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', 1, 1],
    ['FeedbackLost', 'AWS/SQS', 'ApproximateNumberOfMessagesVisible', 'Maximum', 1, 1],
    ['ApplicationDisabled', 'pns', 'DisabledApplications', 'Sum', 1, 1],
    ['FleetGuard', 'pns', 'GuardedRefusals', 'Sum', 1, 1],
    ['CredentialsRefused', 'pns', 'CredentialRefusals', 'Sum', 1, 1],
    ['ProviderThrottles', 'pns', 'PushesThrottled', 'Sum', 1, 1],
    ['PushesRefused', 'pns', 'PushRefusals', 'Sum', 10, 1],
  ]);
});

test('each says what to do, tells the operator, and is quiet while nothing is measured', () => {
  expect(alarms().length).toBeGreaterThan(0);
  for (const [, { Properties }] of alarms()) {
    expect(Properties).toMatchObject({
      AlarmDescription: expect.stringMatching(/: .{20}/),
      AlarmActions: ['<Alarms>'],
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'notBreaching',
    });
  }
});

test('no metric has a PBX or an extension as a dimension', () => {
  const dimensions = alarms().flatMap(([, { Properties }]) =>
    [Properties['Dimensions'] ?? []].flat().map((dimension) => Object(dimension).Name),
  );
  expect(new Set(dimensions)).toEqual(new Set(['QueueName', 'ApiId', 'FunctionName']));
  for (const { Properties } of Object.values(resourcesOf(monitoring, 'AWS::Logs::MetricFilter'))) {
    expect(JSON.stringify(Properties)).not.toContain('Dimensions');
  }
});

test('CloudWatch may publish alarms', () => {
  const { AlarmsPolicy } = resourcesOf(monitoring, 'AWS::SNS::TopicPolicy');
  expect(AlarmsPolicy?.Properties['PolicyDocument']).toMatchObject({
    Statement: expect.arrayContaining([
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
      }),
    ]),
  });
});

test('the address is optional', () => {
  expect(Object.values(resourcesOf(monitoring, 'AWS::SNS::Subscription'))).toMatchObject([
    { Properties: { Protocol: 'email', Endpoint: 'operator@example.com', TopicArn: '<Alarms>' } },
  ]);
  const { monitoring: silent } = templatesOf();
  silent.resourceCountIs('AWS::SNS::Subscription', 0);
  silent.resourceCountIs('AWS::CloudWatch::Alarm', alarms().length);
});

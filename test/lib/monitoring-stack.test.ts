import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, expect, test } from 'vitest';
import { resourcesOf, templatesOf } from './synthesized.ts';

let monitoring: Template;
beforeAll(() => {
  ({ monitoring } = templatesOf({ alarmEmail: 'operator@example.com' }));
});

const alarms = () => Object.entries(resourcesOf(monitoring, 'AWS::CloudWatch::Alarm'));

/** The construct that a metric is of, out of the name of the service stack's output that tells its name. */
const watched = (dimensions: unknown): string => {
  const [, construct = ''] =
    /(?:Ref|GetAtt)([A-Za-z]+?)[0-9A-F]{8}/.exec(JSON.stringify(dimensions) ?? '') ?? [];
  return construct;
};

test('there is an alarm for each thing that people must act on', () => {
  const metrics = alarms().flatMap(([id, { Properties }]) => {
    const { Namespace, MetricName, Dimensions, Threshold, Period, EvaluationPeriods } = Properties;
    const { Statistic, ExtendedStatistic } = Properties;
    if (MetricName === undefined) return [];
    expect(Period).toBe(300);
    const stat = Statistic ?? ExtendedStatistic;
    return [[id, Namespace, MetricName, watched(Dimensions), stat, Threshold, EvaluationPeriods]];
  });
  expect(metrics).toEqual([
    ['CallsUnheard', 'pns', 'CallsUnheard', '', 'Sum', 10, 1],
    ['CallsBraked', 'pns', 'CallsBraked', '', 'Sum', 1, 1],
    ['DeploymentFaults', 'pns', 'DeploymentFaults', '', 'Sum', 1, 1],
    ['PushCallErrors', 'AWS/Lambda', 'Errors', 'OperationsPushCallFunction', 'Sum', 1, 1],
    ['PushCallThrottles', 'AWS/Lambda', 'Throttles', 'OperationsPushCallFunction', 'Sum', 1, 1],
    ['PushCallSlow', 'AWS/Lambda', 'Duration', 'OperationsPushCallFunction', 'p99', 2000, 3],
    ['AuthorizeErrors', 'AWS/Lambda', 'Errors', 'OperationsAuthorizeFunction', 'Sum', 1, 1],
    ['AuthorizeThrottles', 'AWS/Lambda', 'Throttles', 'OperationsAuthorizeFunction', 'Sum', 1, 1],
    ['ServerErrors', 'AWS/ApiGateway', '5xx', 'PushApi', 'Sum', 5, 1],
    ['SpoolOld', 'pns', 'SpoolOldest', '', 'Maximum', 600, 3],
    [
      'StreamOld',
      'AWS/Lambda',
      'IteratorAge',
      'EndpointReleaseReleaseEndpointsFunction',
      'Maximum',
      900_000,
      1,
    ],
    [
      'EndpointsNotReleased',
      'AWS/SQS',
      'ApproximateNumberOfMessagesVisible',
      'EndpointReleaseFailures',
      'Maximum',
      1,
      1,
    ],
    [
      'FeedbackLost',
      'AWS/SQS',
      'ApproximateNumberOfMessagesVisible',
      'DeliveryFeedbackFailures',
      'Maximum',
      1,
      1,
    ],
    ['ApplicationDisabled', 'pns', 'ApplicationDisabled', '', 'Sum', 1, 1],
    ['FleetGuard', 'pns', 'FleetGuard', '', 'Sum', 1, 1],
    ['CredentialsRefused', 'pns', 'CredentialsRefused', '', 'Sum', 1, 1],
    ['ProviderThrottles', 'pns', 'ProviderThrottles', '', 'Sum', 1, 1],
    ['PushesRefused', 'pns', 'PushesRefused', '', 'Sum', 10, 1],
    ['ProviderDown', 'pns', 'ProviderDown', '', 'Sum', 10, 1],
  ]);
});

/** Runs a metric math expression of the kind used here (Amazon CloudWatch user guide, "Using math expressions"). */
const evaluate = (expression: string, values: Record<string, number>): number =>
  new Function('IF', ...Object.keys(values), `return ${expression}`)(
    (condition: boolean, yes: number, no: number) => (condition ? yes : no),
    ...Object.values(values),
  );

type Part = { Id: string; Expression?: string; MetricStat?: { Period: number; Stat: string } };
const shareAlarm = (name: string) => {
  const [, { Properties }] = alarms().find(([id]) => id === name) ?? ['', { Properties: {} }];
  const {
    Metrics,
    Threshold,
    EvaluationPeriods,
    DatapointsToAlarm = 1,
  } = Properties as Record<string, unknown>;
  const parts = Metrics as Part[];
  return {
    expression: String(parts.find(({ Expression }) => Expression !== undefined)?.Expression),
    stats: Object.fromEntries(parts.flatMap(({ Id, MetricStat }) => (MetricStat ? [[Id, MetricStat]] : []))),
    threshold: Number(Threshold),
    of: [DatapointsToAlarm, EvaluationPeriods],
  };
};

test.each([
  // A deployment of few calls, of which all fail: CallsUnheard never has its ten.
  { name: 'CallsSilent', values: { silent: 3, calls: 3 }, sounds: true },
  { name: 'CallsSilent', values: { silent: 2, calls: 2 }, sounds: false },
  // One user who removed the app, in a ring group of five.
  { name: 'CallsSilent', values: { silent: 20, calls: 100 }, sounds: false },
  { name: 'CallsSilentForDays', values: { silent: 1, calls: 1 }, sounds: true },
  { name: 'CallsSilentForDays', values: { silent: 3, calls: 10 }, sounds: false },
  { name: 'PushesLost', values: { lost: 3, taken: 3 }, sounds: true },
  { name: 'PushesLost', values: { lost: 2, taken: 2 }, sounds: false },
  { name: 'PushesLost', values: { lost: 50, taken: 1_000 }, sounds: false },
])('$name of a period with $values: $sounds', ({ name, values, sounds }) => {
  const { expression, threshold } = shareAlarm(name);
  expect(evaluate(expression, values) >= threshold).toBe(sounds);
});

test('shares are of an hour, or of days of which PutMetricAlarm takes 7 at most', () => {
  const samples = (Period: number) => ({
    silent: { Stat: 'Sum', Period },
    calls: { Stat: 'SampleCount', Period },
  });
  expect(shareAlarm('CallsSilent')).toMatchObject({ stats: samples(3_600), of: [1, 1] });
  expect(shareAlarm('CallsSilentForDays')).toMatchObject({ stats: samples(86_400), of: [3, 7] });
  const [lost, taken] = Array(2).fill({ Stat: 'Sum', Period: 3_600 });
  expect(shareAlarm('PushesLost')).toMatchObject({ stats: { lost, taken }, of: [1, 1] });
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

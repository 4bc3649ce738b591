import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { resourcesOf, templatesOf } from './synthesized.ts';

let service: Template;
beforeAll(() => {
  ({ service } = templatesOf());
});

const only = (template: Template, type: string) => {
  const found = Object.values(resourcesOf(template, type));
  expect(found).toHaveLength(1);
  return found[0]?.Properties ?? {};
};

describe('the table', () => {
  test('keys, indexes, TTL, stream, encryption and protection', () => {
    expect(only(service, 'AWS::DynamoDB::GlobalTable')).toEqual({
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'extensionKey', AttributeType: 'S' },
        { AttributeName: 'extensionSort', AttributeType: 'S' },
        { AttributeName: 'endpointArn', AttributeType: 'S' },
      ],
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'byExtension',
          KeySchema: [
            { AttributeName: 'extensionKey', KeyType: 'HASH' },
            { AttributeName: 'extensionSort', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        },
        {
          IndexName: 'byEndpoint',
          KeySchema: [{ AttributeName: 'endpointArn', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'KEYS_ONLY' },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      StreamSpecification: { StreamViewType: 'OLD_IMAGE' },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      Replicas: [
        {
          Region: 'eu-west-1',
          DeletionProtectionEnabled: true,
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          GlobalSecondaryIndexes: [{ IndexName: 'byExtension' }, { IndexName: 'byEndpoint' }],
        },
      ],
    });
  });

  test('outlives the stack', () => {
    service.hasResource('AWS::DynamoDB::GlobalTable', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  test('may be named', () => {
    const named = templatesOf({ tableName: 'restored' }).service;
    expect(only(named, 'AWS::DynamoDB::GlobalTable')).toMatchObject({ TableName: 'restored' });
  });

  test('is made after every platform application', () => {
    const [table] = Object.values(service.findResources('AWS::DynamoDB::GlobalTable'));
    const applications = Object.keys(service.findResources('Custom::PlatformApplication'));
    expect(applications).toHaveLength(6);
    expect(table?.['DependsOn']).toEqual(expect.arrayContaining(applications));
  });
});

describe('the stream', () => {
  test('brings removed registrations, a bounded number of times, and what is given up is kept', () => {
    expect(only(service, 'AWS::Lambda::EventSourceMapping')).toEqual({
      EventSourceArn: '<Table.StreamArn>',
      FunctionName: '<EndpointReleaseReleaseEndpointsFunction>',
      StartingPosition: 'TRIM_HORIZON',
      FilterCriteria: {
        Filters: [
          { Pattern: '{"eventName":["REMOVE"],"dynamodb":{"Keys":{"pk":{"S":[{"prefix":"TOKEN#"}]}}}}' },
        ],
      },
      MaximumRetryAttempts: 5,
      MaximumRecordAgeInSeconds: 3600,
      BisectBatchOnFunctionError: true,
      DestinationConfig: { OnFailure: { Destination: '<EndpointReleaseFailures.Arn>' } },
    });
  });
});

describe('feedback', () => {
  test('is lost neither before Lambda has it nor after the function failed', () => {
    expect(only(service, 'AWS::SNS::Subscription')).toEqual({
      TopicArn: '<DeliveryFailures>',
      Protocol: 'lambda',
      Endpoint: '<DeliveryFeedbackFunction.Arn>',
      RedrivePolicy: { deadLetterTargetArn: '<DeliveryFeedbackFailures.Arn>' },
    });
    expect(only(service, 'AWS::Lambda::EventInvokeConfig')).toEqual({
      FunctionName: '<DeliveryFeedbackFunction>',
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 2,
      MaximumEventAgeInSeconds: 21_600,
      DestinationConfig: { OnFailure: { Destination: '<DeliveryFeedbackFailures.Arn>' } },
    });
  });

  test('queues are encrypted and keep messages for two weeks', () => {
    const queues = Object.values(resourcesOf(service, 'AWS::SQS::Queue'));
    expect(queues.map(({ Properties }) => Properties)).toEqual([
      { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 },
      { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 },
    ]);
  });
});

describe('outputs', () => {
  test('what an operator and pns-admin look for', () => {
    const outputs = service.findOutputs('*');
    const names = ['Url', 'ApiId', 'TableName', 'SnsArn', 'Apps', 'RegistrationDays'];
    expect(Object.keys(outputs)).toEqual(expect.arrayContaining(names));
    expect(outputs['Apps']).toEqual({ Value: 'demo,droid' });
    expect(outputs).toMatchObject({
      PushCallLog: { Value: { Ref: expect.stringMatching(/^OperationsPushCallLog/) } },
      PushCancelLog: { Value: { Ref: expect.stringMatching(/^OperationsPushCancelLog/) } },
      PushMessageLog: { Value: { Ref: expect.stringMatching(/^OperationsPushMessageLog/) } },
      FeedbackFunction: { Value: { Ref: expect.stringMatching(/^DeliveryFeedbackFunction/) } },
      FeedbackQueue: { Value: { Ref: expect.stringMatching(/^DeliveryFeedbackFailures/) } },
      ReleaseQueue: { Value: { Ref: expect.stringMatching(/^EndpointReleaseFailures/) } },
      FeedbackLog: { Value: { Ref: expect.stringMatching(/^DeliveryFeedbackLog/) } },
    });
  });

  test('the logs that it reads are indexed by what it looks for', () => {
    const indexed = Object.entries(resourcesOf(service, 'AWS::Logs::LogGroup')).flatMap(
      ([id, { Properties }]) =>
        Properties['FieldIndexPolicies'] ? [[id, Properties['FieldIndexPolicies']]] : [],
    );
    expect(Object.fromEntries(indexed)).toEqual({
      OperationsPushCallLog: [{ Fields: ['message.uuid', 'message.callId', 'message.extension'] }],
      OperationsPushCancelLog: [{ Fields: ['message.uuid', 'message.callId', 'message.extension'] }],
      OperationsPushMessageLog: [{ Fields: ['message.uuid', 'message.callId', 'message.extension'] }],
      DeliveryFeedbackLog: [{ Fields: ['message.messageId'] }],
    });
  });
});

describe('keep-warm', () => {
  test('is off unless asked for', () => {
    service.resourceCountIs('AWS::Events::Rule', 0);
  });

  test('invokes push_call and the authorizer, and nothing that nobody waits for', () => {
    const { service: warm } = templatesOf({ keepWarm: true });
    expect(only(warm, 'AWS::Events::Rule')).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      Targets: [
        { Arn: '<OperationsPushCallFunction.Arn>', Input: '{"warm":true}' },
        { Arn: '<OperationsAuthorizeFunction.Arn>', Input: '{"warm":true}' },
      ],
    });
  });
});

describe('concurrency', () => {
  test('is neither provisioned nor reserved unless asked for', () => {
    service.resourceCountIs('AWS::Lambda::Alias', 0);
    for (const { Properties } of Object.values(resourcesOf(service, 'AWS::Lambda::Function'))) {
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
    }
  });

  test('both are of push_call alone, and its route and its warming lead to the alias', () => {
    const { service: ready } = templatesOf({
      provisionedConcurrency: 2,
      reservedConcurrency: 10,
      keepWarm: true,
    });
    expect(only(ready, 'AWS::Lambda::Alias')).toMatchObject({
      Name: 'live',
      FunctionName: '<OperationsPushCallFunction>',
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
    });
    const reserved = Object.entries(resourcesOf(ready, 'AWS::Lambda::Function')).flatMap(
      ([id, { Properties }]) =>
        Properties['ReservedConcurrentExecutions'] ? [[id, Properties['ReservedConcurrentExecutions']]] : [],
    );
    expect(reserved).toEqual([['OperationsPushCallFunction', 10]]);
    const alias = '<OperationsPushCallFunctionAliaslive>';
    const integrations = Object.values(resourcesOf(ready, 'AWS::ApiGatewayV2::Integration'));
    expect(integrations.map(({ Properties }) => Properties['IntegrationUri'])).toContain(alias);
    expect(JSON.stringify(only(ready, 'AWS::Events::Rule')['Targets'])).toContain(alias);
    const invokers = Object.values(resourcesOf(ready, 'AWS::Lambda::Permission'))
      .filter(({ Properties }) => Properties['FunctionName'] === alias)
      .map(({ Properties }) => Properties['Principal']);
    expect(invokers.sort()).toEqual(['apigateway.amazonaws.com', 'events.amazonaws.com']);
  });
});

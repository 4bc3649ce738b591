import type { Template } from 'aws-cdk-lib/assertions';
import { beforeAll, describe, expect, test } from 'vitest';
import { direct, least, resourcesOf, templatesOf } from './synthesized.ts';

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

describe('platform applications', () => {
  const common = {
    ServiceToken: '<PlatformApplicationsProviderframeworkonEvent.Arn>',
    failureTopicArn: '<DeliveryFailures>',
  };
  const apple = {
    ...common,
    name: 'pns-demo',
    teamId: 'ABCDE12345',
    keyId: 'FGHIJ67890',
    bundleId: 'com.example.demo',
    secret: 'pns/demo/apple',
    secretVersion: 'v2',
  };

  test('one for each app and platform, by the name and version of its secret', () => {
    const found = resourcesOf(service, 'Custom::PlatformApplication');
    expect(Object.values(found).map(({ Properties }) => Properties)).toEqual([
      {
        ...common,
        platform: 'GCM',
        name: 'pns-demo',
        projectId: 'demo-12345',
        secret: 'pns/demo/fcm',
        secretVersion: 'AWSCURRENT',
      },
      { ...apple, platform: 'APNS' },
      { ...apple, platform: 'APNS_SANDBOX' },
      { ...apple, platform: 'APNS_VOIP' },
      { ...apple, platform: 'APNS_VOIP_SANDBOX' },
      {
        ...common,
        platform: 'GCM',
        name: 'pns-droid',
        projectId: 'droid-12345',
        secret: 'pns/droid',
        secretVersion: 'AWSCURRENT',
      },
    ]);
  });

  test('no template reads a secret', () => {
    expect(JSON.stringify(service.toJSON())).not.toMatch(
      /resolve:secretsmanager|PlatformCredential|PRIVATE KEY/,
    );
    service.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  test('four are made at a time, since a new account runs ten functions at once', () => {
    const found = Object.entries(service.findResources('Custom::PlatformApplication'));
    const ids = found.map(([id]) => id);
    const waitsFor = found.map(([, { DependsOn = [] }]) =>
      DependsOn.filter((id: string) => ids.includes(id)).map((id: string) => ids.indexOf(id)),
    );
    expect(waitsFor).toEqual([[], [], [], [], [0], [1]]);
  });
});

describe('the credentials of Huawei and Web Push', () => {
  const apps = {
    web: { webPush: direct.webPush },
    huawei: { huawei: direct.huawei },
    droid: least.apps.droid,
  };
  let stack: Template;
  beforeAll(() => {
    ({ service: stack } = templatesOf({ apps }));
  });

  test('are checked all at once, by the names and versions of their secrets', () => {
    const { ServiceToken, providers, ...more } = only(stack, 'Custom::ProviderCredentials');
    expect([ServiceToken, more]).toEqual(['<ProviderCredentialsProviderframeworkonEvent.Arn>', {}]);
    const { voip: _, v2, ...huawei } = direct.huawei;
    expect(JSON.parse(String(providers))).toEqual({
      web: { webPush: { ...direct.webPush, secretVersion: 'AWSCURRENT' } },
      huawei: { huawei: { ...huawei, v2: { ...v2, secretVersion: 'AWSCURRENT' } } },
    });
  });

  test('are checked before there is a table, and so before a function that uses them', () => {
    const [table] = Object.values(stack.findResources('AWS::DynamoDB::GlobalTable'));
    const [check = ''] = Object.keys(stack.findResources('Custom::ProviderCredentials'));
    expect(table?.['DependsOn']).toContain(check);
  });

  test('no template reads a secret', () => {
    expect(JSON.stringify(stack.toJSON())).not.toMatch(/resolve:secretsmanager|PRIVATE KEY|clientSecret/);
    stack.resourceCountIs('AWS::SecretsManager::Secret', 0);
  });

  test('nothing looks for them where there are none', () => {
    service.resourceCountIs('Custom::ProviderCredentials', 0);
    expect(Object.keys(resourcesOf(service, 'AWS::Lambda::Function')).join()).not.toContain(
      'ProviderCredentials',
    );
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

test('a deployment without Apple has no Apple application', () => {
  const { service: droid } = templatesOf({ apps: { droid: least.apps.droid } });
  expect(JSON.stringify(droid.toJSON())).not.toContain('APNS');
});

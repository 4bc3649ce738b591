import type { Template } from 'aws-cdk-lib/assertions';
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { direct, least, resourcesOf, templatesOf } from './synthesized.ts';

let service: Template;
beforeAll(() => {
  ({ service } = templatesOf({
    ringSeconds: 25,
    brake: { callsPerSecond: 3, burst: 4 },
    guard: { refusals: 5, timesUsual: 6 },
  }));
});
afterEach(() => vi.unstubAllEnvs());

const environment = { TABLE_NAME: '<Table>' };
const endpoints = {
  ...environment,
  SNS_ARN: 'arn:aws:sns:eu-west-1:123456789012',
  APPLICATION_PREFIX: 'pns',
};
const serving = {
  ...endpoints,
  APPS: '{"demo":{"fcm":true,"bundleId":"com.example.demo"},"droid":{"fcm":true}}',
};

const guard = { GUARD_REFUSALS: '5', GUARD_TIMES_USUAL: '6' };
const pushing = { ...serving, PROVIDERS: '{}', CALLS_PER_SECOND: '3', CALLS_BURST: '4', ...guard };

const functions = [
  { id: 'OperationsAuthorize', entry: 'authorize', seconds: 5, memory: 1024, variables: environment },
  {
    id: 'OperationsRegister',
    entry: 'register',
    variables: { ...serving, REGISTRATION_DAYS: '270', REGISTRATIONS_PER_EXTENSION: '20' },
  },
  {
    id: 'OperationsPushCall',
    entry: 'push-call',
    memory: 1024,
    variables: { ...pushing, RING_SECONDS: '25' },
  },
  { id: 'OperationsPushCancel', entry: 'push-cancel', memory: 1024, variables: pushing },
  { id: 'OperationsPushMessage', entry: 'push-message', memory: 1024, variables: pushing },
  { id: 'OperationsUpdate', entry: 'update', variables: { ...endpoints, REGISTRATION_DAYS: '270' } },
  { id: 'OperationsDelete', entry: 'delete', variables: environment },
  { id: 'OperationsDevices', entry: 'devices', variables: environment },
  { id: 'OperationsHealth', entry: 'health', variables: {} },
  { id: 'EndpointReleaseReleaseEndpoints', entry: 'release-endpoints', seconds: 30, variables: serving },
  {
    id: 'DeliveryFeedback',
    entry: 'feedback',
    seconds: 30,
    variables: { ...endpoints, REGISTRATION_DAYS: '270', ...guard },
  },
  {
    id: 'PlatformApplicationsMaker',
    entry: 'platform-application',
    seconds: 60,
    variables: { SNS_ARN: endpoints.SNS_ARN },
  },
];

describe.each(functions)('$entry', ({ id, entry, seconds = 10, memory = 512, variables }) => {
  test('runs on Node.js 24 and arm64, with this environment, in this time', () => {
    const { Properties = {} } = resourcesOf(service, 'AWS::Lambda::Function')[`${id}Function`] ?? {};
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: seconds,
      MemorySize: memory,
      Role: `<${id}Role.Arn>`,
      LoggingConfig: { LogFormat: 'JSON', LogGroup: `<${id}Log>` },
    });
    expect(Properties['Environment']).toEqual({
      Variables: { ...variables, NODE_OPTIONS: '--enable-source-maps' },
    });
  });

  test('starts with it', async () => {
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const loaded = await import(`../../lambda/${entry}.ts`);
    expect(loaded.handler).toBeTypeOf('function');
  });
});

test('there is no other function, but the one of CDK before the platform applications', () => {
  expect(Object.keys(resourcesOf(service, 'AWS::Lambda::Function')).sort()).toEqual(
    [...functions.map(({ id }) => `${id}Function`), 'PlatformApplicationsProviderframeworkonEvent'].sort(),
  );
});

describe('with Huawei and Web Push', () => {
  const environments = () => {
    const apps = { ...least.apps, direct: { ...direct, preview: false, missedCalls: true } };
    const made = resourcesOf(templatesOf({ apps }).service, 'AWS::Lambda::Function');
    return Object.fromEntries(
      Object.entries(made).map(([id, { Properties }]) => [
        id,
        Object(Properties['Environment']).Variables as Record<string, string>,
      ]),
    );
  };

  test('the functions that push know where the credentials are, and no other does', () => {
    const { huawei, webPush } = direct;
    const secretVersion = 'AWSCURRENT';
    const { projectId, v2, v3 } = huawei;
    const providers = {
      direct: {
        huawei: { projectId, v2: { ...v2, secretVersion }, v3 },
        webPush: { ...webPush, secretVersion },
      },
    };
    const told = Object.entries(environments()).filter(
      ([, variables]) => variables?.['PROVIDERS'] !== undefined,
    );
    expect(told.map(([id]) => id).sort()).toEqual([
      'OperationsPushCallFunction',
      'OperationsPushCancelFunction',
      'OperationsPushMessageFunction',
    ]);
    for (const [, variables] of told) expect(JSON.parse(variables['PROVIDERS'] ?? '')).toEqual(providers);
  });

  test('all functions know what the app is served on, and no credential’s name with it', () => {
    const { APPS = '' } = environments()['OperationsRegisterFunction'] ?? {};
    expect(JSON.parse(APPS).direct).toEqual({
      hms: { v2: true, v3: true, voip: true },
      webpush: true,
      preview: false,
      missedCalls: true,
    });
  });

  test('nobody is told of stand-ins: these are the local cloud’s', () => {
    for (const variables of Object.values(environments()))
      expect(variables ?? {}).not.toHaveProperty('STAND_INS');
  });

  test('one function checks them, and is told nothing by its environment', () => {
    const id = 'ProviderCredentialsChecker';
    const { service: stack } = templatesOf({ apps: { direct } });
    const { Properties } = resourcesOf(stack, 'AWS::Lambda::Function')[`${id}Function`] ?? {};
    expect(Properties).toMatchObject({
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Timeout: 60,
      MemorySize: 512,
      Role: `<${id}Role.Arn>`,
      LoggingConfig: { LogFormat: 'JSON', LogGroup: `<${id}Log>` },
      Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
    });
  });
});

test('every log is kept as long as the settings say', () => {
  const { service: short } = templatesOf({ logRetentionDays: 7 });
  const groups = Object.values(resourcesOf(short, 'AWS::Logs::LogGroup'));
  // One a function, and the access log.
  expect(groups).toHaveLength(functions.length + 2);
  for (const { Properties } of groups) expect(Properties['RetentionInDays']).toBe(7);
});

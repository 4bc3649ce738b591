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

test('a deployment without Apple has no Apple application', () => {
  const { service: droid } = templatesOf({ apps: { droid: least.apps.droid } });
  expect(JSON.stringify(droid.toJSON())).not.toContain('APNS');
});

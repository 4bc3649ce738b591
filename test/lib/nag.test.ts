import { Duration } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, test } from 'vitest';
import { direct, least, stacksOf } from './synthesized.ts';

const everything = {
  domain: { name: 'push.example.com', hostedZoneId: 'Z012345', hostedZoneName: 'example.com' },
  alarmEmail: 'operator@example.com',
  keepWarm: true,
  deliveryStatus: true,
  provisionedConcurrency: 2,
  reservedConcurrency: 10,
};

const violations = (stacks: ReturnType<typeof stacksOf>): string[] =>
  [stacks.service, stacks.monitoring].flatMap((stack) =>
    new AwsSolutionsChecks(stack)
      .validateScope(stack)
      .violations.flatMap(({ ruleName, violatingResources }) =>
        violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
      ),
  );

describe("cdk-nag's AwsSolutions", () => {
  test.each([
    ['the least', {}],
    ['everything', everything],
    ['Huawei and Web Push', { apps: { ...least.apps, direct } }],
    ['no account', { account: undefined, apps: { ...least.apps, direct } }],
  ])('finds nothing: %s', (_, settings) => {
    expect(violations(stacksOf(settings))).toEqual([]);
  });

  test('would find a queue without TLS, and a wildcard that nobody has acknowledged', () => {
    const stacks = stacksOf();
    new Queue(stacks.service, 'Open', { retentionPeriod: Duration.days(1) });
    stacks.service.operations.health.role.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['sns:*'], resources: ['*'] }),
    );
    expect(violations(stacks)).toEqual([
      'AwsSolutions-IAM5[Action::sns:*] pns/Operations/Health/Role/DefaultPolicy/Resource',
      'AwsSolutions-IAM5[Resource::*] pns/Operations/Health/Role/DefaultPolicy/Resource',
      'AwsSolutions-SQS3 pns/Open/Resource',
      'AwsSolutions-SQS4 pns/Open/Resource',
    ]);
  });

  test('is part of synthesis, which fails', () => {
    const { app, service } = stacksOf();
    new Queue(service, 'Open');
    expect(() => app.synth()).toThrow(/[Vv]alidation/);
  });
});

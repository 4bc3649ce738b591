import { CustomResource, Duration, Stack, Token, Validations } from 'aws-cdk-lib';
import { type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { Environment } from '../lambda/environment.ts';
import { type DeliveryLog, DeliveryStatus } from './delivery-status.ts';
import { addEventProvider } from './event-provider.ts';
import { allowSecrets } from './secret-access.ts';
import { ServiceFunction } from './service-function.ts';
import type { AppSettings, Settings } from './settings-schema.ts';
import { type SnsPlatform, snsPlatforms } from './sns-platforms.ts';

/**
 * How many are made at a time. Each takes two functions, CDK's and ours, and a new account may run ten at once
 * (docs/decisions/0007-platform-applications-a-few-at-a-time.md).
 */
const atOnce = 4;

type PlatformApplicationsProps = {
  readonly settings: Settings;
  /** Where SNS reports what the providers refused. */
  readonly failureTopic: ITopic;
};

/**
 * The apps' credentials at Apple and Google, as SNS holds them: one platform application for each app and
 * platform. CloudFormation has no such resource, so a custom one makes them. It is given a secret's name and
 * version, never a credential, and keeps what it made when the stack goes: its endpoints would go with it.
 */
export class PlatformApplications extends Construct {
  /** The functions' SNS_ARN and APPLICATION_PREFIX. */
  readonly environment: Pick<Environment, 'SNS_ARN' | 'APPLICATION_PREFIX'>;
  /** Where SNS tells of each push; none unless the settings ask for it. */
  readonly deliveryLogs: readonly DeliveryLog[];
  /** `<platform>/<name>` of each application, by app. */
  readonly #names: readonly (readonly string[])[];

  constructor(scope: Construct, id: string, { settings, failureTopic }: PlatformApplicationsProps) {
    super(scope, id);
    const { partition, region, account } = Stack.of(this);
    this.environment = {
      SNS_ARN: `arn:${partition}:sns:${region}:${account}`,
      APPLICATION_PREFIX: settings.stack,
    };
    const apps = Object.entries(settings.apps);
    const nameOf = (app: string): string => `${this.environment.APPLICATION_PREFIX}-${app}`;
    this.#names = apps.map(([app, sides]) =>
      snsPlatforms(sides).map((platform) => `${platform}/${nameOf(app)}`),
    );

    const maker = new ServiceFunction(this, 'Maker', {
      entry: 'platform-application',
      description: 'Makes and updates the SNS platform applications of the apps',
      environment: { SNS_ARN: this.environment.SNS_ARN } satisfies Pick<Environment, 'SNS_ARN'>,
      timeout: Duration.minutes(1),
      logRetention: settings.logRetentionDays,
    });
    for (const arns of this.#applicationArns()) {
      maker.role.addToPrincipalPolicy(
        new PolicyStatement({
          actions: [
            'sns:CreatePlatformApplication',
            'sns:GetPlatformApplicationAttributes',
            'sns:SetPlatformApplicationAttributes',
          ],
          resources: arns,
        }),
      );
    }
    const status =
      settings.deliveryStatus &&
      new DeliveryStatus(this, 'DeliveryStatus', {
        applications: apps.flatMap(([app, sides]) =>
          snsPlatforms(sides).map((platform) => ({ platform, name: nameOf(app) })),
        ),
      });
    this.deliveryLogs = status ? status.logs : [];
    if (status) {
      maker.role.addToPrincipalPolicy(
        new PolicyStatement({ actions: ['iam:PassRole'], resources: [status.role.roleArn] }),
      );
    }
    allowSecrets(
      maker.role,
      apps.flatMap(([, { fcm, apple }]) => [fcm, apple].flatMap((side) => side?.secret ?? [])),
    );

    const { serviceToken } = addEventProvider(this, maker, settings.logRetentionDays);
    const made: CustomResource[] = [];
    for (const [app, sides] of apps) {
      const appScope = new Construct(this, app);
      for (const platform of snsPlatforms(sides)) {
        const resource = new CustomResource(appScope, platform, {
          resourceType: 'Custom::PlatformApplication',
          serviceToken,
          properties: {
            platform,
            name: nameOf(app),
            failureTopicArn: failureTopic.topicArn,
            ...(status && { deliveryStatusRoleArn: status.role.roleArn }),
            ...credentialOf(sides, platform),
          },
        });
        // SNS would make the log groups itself, without retention and with tokens in clear.
        if (status) resource.node.addDependency(status);
        const earlier = made.at(-atOnce);
        if (earlier) resource.node.addDependency(earlier);
        made.push(resource);
      }
    }
  }

  /**
   * Allows these actions on every application of this deployment and on the endpoints under it: SNS checks what
   * is done to an endpoint against its application in some actions and against the endpoint in others.
   */
  allow(role: IRole, ...actions: readonly `sns:${string}`[]): void {
    const { account } = Stack.of(this);
    for (const arns of this.#applicationArns()) {
      const endpoints = arns.map((arn) => `${arn.replace(':app/', ':endpoint/')}/*`);
      role.addToPrincipalPolicy(
        new PolicyStatement({ actions: [...actions], resources: [...arns, ...endpoints] }),
      );
      for (const endpoint of endpoints) {
        const shown = Token.isUnresolved(account) ? endpoint.replace(account, '<AWS::AccountId>') : endpoint;
        Validations.of(role).acknowledge({
          id: `AwsSolutions-IAM5[Resource::${shown}]`,
          reason:
            'SNS names an endpoint by a UUID of its own; the application before it is of this deployment.',
        });
      }
    }
  }

  /** By app, for a statement each: CDK splits what is too long for one policy between statements only. */
  #applicationArns(): string[][] {
    return this.#names
      .filter((names) => names.length > 0)
      .map((names) => names.map((name) => `${this.environment.SNS_ARN}:app/${name}`));
  }
}

const credentialOf = ({ fcm, apple }: AppSettings, platform: SnsPlatform) =>
  platform === 'GCM' ? fcm : apple;

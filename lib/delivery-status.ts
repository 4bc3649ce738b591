import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CustomDataIdentifier, DataProtectionPolicy, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { SnsPlatform } from './sns-platforms.ts';

type DeliveryStatusProps = {
  /** Of each platform application. */
  readonly applications: readonly { readonly platform: SnsPlatform; readonly name: string }[];
};

/** Where SNS tells of the pushes of one platform application. */
export type DeliveryLog = {
  readonly provider: 'Apple' | 'Google';
  /** Names, which SNS has chosen, and no log groups: the other stack would need an output for each, of 200 that it may. */
  readonly success: string;
  readonly failure: string;
};

const providers = {
  GCM: 'Google',
  APNS: 'Apple',
  APNS_SANDBOX: 'Apple',
  APNS_VOIP: 'Apple',
  APNS_VOIP_SANDBOX: 'Apple',
} as const satisfies Record<SnsPlatform, DeliveryLog['provider']>;

/**
 * The log groups in which SNS tells of every push what Apple or Google made of it, the token in clear: so they are made
 * before SNS would make them, kept for 3 days, and tokens are masked for whoever may not `logs:Unmask`. They go with the
 * stack: a group of a fixed name that stayed would fail the next deployment.
 */
export class DeliveryStatus extends Construct {
  /** What SNS writes them as. */
  readonly role: Role;
  readonly logs: readonly DeliveryLog[];

  constructor(scope: Construct, id: string, { applications }: DeliveryStatusProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('sns.amazonaws.com') });
    const { region, account } = Stack.of(this);
    this.logs = applications.map(({ platform, name }) => {
      // Named by SNS (Amazon SNS developer guide, "Mobile app delivery status").
      const logGroupName = `sns/${region}/${account}/app/${platform}/${name}`;
      const names = { success: logGroupName, failure: `${logGroupName}/Failure` };
      const inside = new Construct(this, `${name}-${platform}`);
      const groups = [
        this.#logGroup(inside, 'Success', names.success),
        this.#logGroup(inside, 'Failure', names.failure),
      ];
      this.role.addToPrincipalPolicy(
        new PolicyStatement({
          // Of what the guide lists without those that would change retention and filters: these are ours.
          actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
          resources: groups.map(({ logGroupArn }) => logGroupArn),
        }),
      );
      return { provider: providers[platform], ...names };
    });
  }

  #logGroup(scope: Construct, id: string, logGroupName: string): LogGroup {
    return new LogGroup(scope, id, {
      logGroupName,
      retention: RetentionDays.THREE_DAYS,
      removalPolicy: RemovalPolicy.DESTROY,
      dataProtectionPolicy: new DataProtectionPolicy({
        name: 'push-tokens',
        description: 'Masks push tokens',
        identifiers: [
          // A colon is none of the characters that CloudWatch takes here: a point stands for it.
          new CustomDataIdentifier('FcmToken', '[A-Za-z0-9_-]{8,64}.APA91[A-Za-z0-9_-]{32,}'),
          new CustomDataIdentifier('AppleToken', '[0-9A-Fa-f]{32,}'),
        ],
      }),
    });
  }
}

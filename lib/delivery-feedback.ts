import { Duration } from 'aws-cdk-lib';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { LambdaSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { FailureQueue } from './failure-queue.ts';
import type { PlatformApplications } from './platform-applications.ts';
import type { RegistrationTable } from './registration-table.ts';
import { ServiceFunction } from './service-function.ts';
import type { Settings } from './settings-schema.ts';

type DeliveryFeedbackProps = {
  readonly settings: Settings;
  readonly table: RegistrationTable;
  readonly applications: PlatformApplications;
  readonly failureTopic: ITopic;
};

/** Tells the table which tokens Apple and Google have refused. */
export class DeliveryFeedback extends Construct {
  readonly function: ServiceFunction;
  readonly failures: FailureQueue;

  constructor(scope: Construct, id: string, props: DeliveryFeedbackProps) {
    super(scope, id);
    const { settings, table, applications, failureTopic } = props;
    this.failures = new FailureQueue(this, 'Failures');
    this.function = new ServiceFunction(this, 'Feedback', {
      entry: 'feedback',
      description: 'Notes what Apple and Google refused',
      environment: {
        TABLE_NAME: table.tableName,
        ...applications.environment,
        REGISTRATION_DAYS: String(settings.registrationDays),
        GUARD_REFUSALS: String(settings.guard.refusals),
        GUARD_TIMES_USUAL: String(settings.guard.timesUsual),
      },
      timeout: Duration.seconds(30),
      logRetention: settings.logRetentionDays,
      indexedFields: ['message.messageId'],
    });
    table.allowQuery(this.function.role, 'byEndpoint', 'arn:*:sns:*');
    table.allow(this.function.role, 'TOKEN#*', 'dynamodb:GetItem', 'dynamodb:UpdateItem');
    table.allow(this.function.role, 'GUARD#*', 'dynamodb:Query', 'dynamodb:UpdateItem');
    applications.allow(this.function.role, 'sns:SetEndpointAttributes');
    // An event is lost in two places: before Lambda has taken it, and after the function has failed thrice.
    failureTopic.addSubscription(
      new LambdaSubscription(this.function.function, { deadLetterQueue: this.failures }),
    );
    this.function.function.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: new SqsDestination(this.failures),
    });
  }
}

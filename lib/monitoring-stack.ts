import { Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, type IFilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { ServiceFunction } from './service-function.ts';
import type { ServiceStack } from './service-stack.ts';
import { ServiceTopic } from './service-topic.ts';
import type { Settings } from './settings-schema.ts';

type MonitoringStackProps = StackProps & {
  readonly settings: Settings;
  readonly service: ServiceStack;
};

/** Alarms, each of which says what to do. No metric has a PBX or an extension as a dimension: each value is billed. */
export class MonitoringStack extends Stack {
  constructor(scope: Construct, id: string, { settings, service, ...props }: MonitoringStackProps) {
    super(scope, id, { description: 'pns-proxy: alarms', ...props });
    const topic = new ServiceTopic(this, 'Alarms', { publisher: 'cloudwatch.amazonaws.com' });
    if (settings.alarmEmail) topic.addSubscription(new EmailSubscription(settings.alarmEmail));

    const alarm = (
      name: string,
      metric: IMetric,
      alarmDescription: string,
      props?: Partial<AlarmProps>,
    ): void => {
      new Alarm(this, name, {
        metric,
        alarmDescription,
        threshold: 1,
        evaluationPeriods: 1,
        treatMissingData: TreatMissingData.NOT_BREACHING,
        ...props,
      }).addAlarmAction(new SnsAction(topic));
    };
    const logged = (
      metricName: string,
      filterPattern: IFilterPattern,
      ...functions: ServiceFunction[]
    ): IMetric => {
      const filters = new Construct(this, metricName);
      for (const { node, logGroup } of functions) {
        new MetricFilter(filters, node.id, {
          logGroup,
          filterPattern,
          metricNamespace: settings.stack,
          metricName,
        });
      }
      return new Metric({ namespace: settings.stack, metricName, statistic: 'sum' });
    };
    const { operations, pushApi, release, feedback } = service;

    alarm(
      'EndpointsNotReleased',
      release.failures.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }),
      'Removed registrations were given up: see the log of ReleaseEndpoints, then purge the queue; the SNS endpoints they had are left over and harmless.',
    );
    alarm(
      'FeedbackLost',
      feedback.failures.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }),
      'Delivery failures were not noted: see the log of Feedback, send the messages of the queue to it again, then purge the queue.',
    );
    alarm(
      'ServerErrors',
      pushApi.api.metricServerError({ statistic: 'sum' }),
      'The endpoint answers 5xx: find the requests in the access log by status, then their requestId in the log of the function.',
      { threshold: 5 },
    );
    alarm(
      'PushCallErrors',
      operations.pushCall.function.metricErrors(),
      'push_call crashed or timed out and calls did not ring: see its log for the error.',
    );
    alarm(
      'PushCallThrottles',
      operations.pushCall.function.metricThrottles(),
      "push_call was throttled and calls rang late or not at all: raise the account's Lambda concurrency quota, or reservedConcurrency in the settings.",
    );
    alarm(
      'AuthorizeErrors',
      operations.authorize.function.metricErrors(),
      'Keys could not be checked and requests were answered 500: see the log of Authorize; most likely the table did not answer.',
    );
    alarm(
      'ApplicationDisabled',
      logged(
        'DisabledApplications',
        // In the log of push_call it is a phone's reason, in the others the endpoint's: hence a term, no path.
        FilterPattern.literal('"application-disabled"'),
        operations.pushCall,
        operations.register,
        operations.update,
      ),
      "Apple or Google refused an app's credential and SNS disabled its platform application: put a valid credential in its secret, set its secretVersion and deploy; no token is lost.",
    );

    const failed = (metricName: string, failureType: string): IMetric =>
      // Lambda's JSON log holds the logged object under `message`.
      logged(
        metricName,
        FilterPattern.stringValue('$.message.failureType', '=', failureType),
        feedback.function,
      );
    alarm(
      'CredentialsRefused',
      failed('CredentialRefusals', 'InvalidCredentials'),
      "Apple or Google refuses pushes for an app's credential: put a valid one in its secret, set its secretVersion and deploy; no token is lost.",
    );
    alarm(
      'ProviderThrottles',
      failed('PushesThrottled', 'Throttled'),
      "Apple or Google took no more pushes and phones did not ring: look at the quotas of the Firebase Cloud Messaging API in the app's Google Cloud project and ask for more; where they are not used up, one phone is sent too much.",
    );
    alarm(
      'PushesRefused',
      failed('PushRefusals', 'InvalidNotification'),
      "Apple or Google refuses pushes and phones do not ring: see that the FCM API is enabled in the app's Google Cloud project and that the credential's service account may send (cloudmessaging.messages.create); if so, the messages themselves are wrong: go back to the version before.",
      // One bad token is refused so too: FCM answers INVALID_ARGUMENT to both.
      { threshold: 10 },
    );
  }
}

import { Stack, type StackProps } from 'aws-cdk-lib';
import { Alarm, type AlarmProps, type IMetric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { FilterPattern, type ILogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
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
    const logged = (name: string, logGroup: ILogGroup, term: string): IMetric =>
      new MetricFilter(this, name, {
        logGroup,
        filterPattern: FilterPattern.literal(JSON.stringify(term)),
        metricNamespace: settings.stack,
        metricName: name,
      }).metric({ statistic: 'sum' });
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
      logged('CallsToDisabledApplications', operations.pushCall.logGroup, 'application-disabled'),
      "Apple or Google refused an app's credential and SNS disabled its platform application: put a valid credential in its secret, set its secretVersion and deploy; no token is lost.",
    );
    alarm(
      'CredentialsRefused',
      logged('CredentialRefusals', feedback.function.logGroup, 'InvalidCredentials'),
      "Apple or Google refuses pushes for an app's credential: put a valid one in its secret, set its secretVersion and deploy; no token is lost.",
    );
  }
}

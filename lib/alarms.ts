import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  type AlarmProps,
  type IMetric,
  MathExpression,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { Construct } from 'constructs';
import type { LogMetrics } from './log-metrics.ts';
import type { ServiceStack } from './service-stack.ts';

type AlarmsProps = {
  readonly service: ServiceStack;
  readonly logged: LogMetrics;
  /** Where alarms go. */
  readonly topic: ITopic;
};

/** In three periods of 5 minutes, one after another: what passes by itself is nobody's work. */
const lasting = { evaluationPeriods: 3 } satisfies Partial<AlarmProps>;

/** Percent of calls that had a phone and woke none, where there were so many; else there is nothing to judge by. */
const shareSilent = ({ callsSilent }: LogMetrics, atLeast: number, period: Duration): IMetric =>
  new MathExpression({
    expression: `IF(silent >= ${atLeast}, 100 * silent / calls, 0)`,
    usingMetrics: { silent: callsSilent, calls: callsSilent.with({ statistic: 'n' }) },
    period,
  });

/** Percent of the pushes taken that were lost afterwards, from 3 on. */
const shareLost = ({ taken, failures }: LogMetrics, period: Duration): IMetric =>
  new MathExpression({
    expression: 'IF(lost >= 3, 100 * lost / taken, 0)',
    usingMetrics: { lost: failures.pushesLost, taken },
    period,
  });

/** Alarms, each of which says what to do. docs/operations.md has a section for each. */
export const addAlarms = (scope: Construct, { service, logged, topic }: AlarmsProps): void => {
  const alarm = (
    name: string,
    metric: IMetric,
    alarmDescription: string,
    props?: Partial<AlarmProps>,
  ): void => {
    new Alarm(scope, name, {
      metric,
      alarmDescription,
      threshold: 1,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
      ...props,
    }).addAlarmAction(new SnsAction(topic));
  };
  const { operations, pushApi, release, feedback } = service;
  const { pushCall, authorize } = operations;
  const { byType, providerDown } = logged.failures;

  alarm(
    'CallsUnheard',
    logged.callsUnheard,
    'Calls were pushed for, and none of their phones got a push: look on the dashboard which reason they failed for, then in docs/operations.md what to do about it.',
    { threshold: 10 },
  );
  alarm(
    'CallsSilent',
    shareSilent(logged, 3, Duration.hours(1)),
    'Half of the calls of an hour woke no phone, refused phones counted: look on the dashboard which reason it was, then in docs/operations.md what to do about it.',
    { threshold: 50 },
  );
  alarm(
    'CallsSilentForDays',
    shareSilent(logged, 1, Duration.days(1)),
    'On 3 of 7 days at least half of the calls woke no phone: see with pns-admin why --extension which they were, and why.',
    // For deployments of some calls a day, which no hour has 3 of. Days without a call say nothing.
    { threshold: 50, evaluationPeriods: 7, datapointsToAlarm: 3 },
  );
  alarm(
    'CallsBraked',
    logged.callsBraked,
    'A PBX pushed calls faster than the brake allows, and was refused: find which with the saved query "busiest extensions", look for a call loop there, or allow more in the settings.',
  );
  alarm(
    'DeploymentFaults',
    logged.deploymentFaults,
    'Phones were not reached for a fault of the deployment: the dashboard shows whether it is not-authorized, invalid-notification or platform-not-served, and docs/operations.md what to do about each.',
  );
  alarm(
    'PushCallErrors',
    pushCall.function.metricErrors(),
    'push_call timed out, ran out of memory or did not start, and calls did not ring: see with the saved query "errors" which of them.',
  );
  alarm(
    'PushCallThrottles',
    pushCall.function.metricThrottles(),
    "push_call was throttled and calls rang late or not at all: raise the account's Lambda concurrency quota, or reservedConcurrency in the settings.",
  );
  alarm(
    'PushCallSlow',
    pushCall.function.metricDuration({ statistic: 'p99' }),
    'One call in a hundred waits longer for its push than a PBX does, 2 s: see tableMs and pushMs in the log of push_call, whether the table or a way out is slow.',
    // Not all at once: a first call of the day waits for connections, too.
    { ...lasting, threshold: Duration.seconds(2).toMilliseconds() },
  );
  alarm(
    'AuthorizeErrors',
    authorize.function.metricErrors(),
    'Keys could not be checked and requests were answered 500: see the log of Authorize; most likely the table did not answer.',
  );
  alarm(
    'AuthorizeThrottles',
    authorize.function.metricThrottles(),
    "Keys could not be checked and requests were answered 500: raise the account's Lambda concurrency quota.",
  );
  alarm(
    'ServerErrors',
    pushApi.api.metricServerError({ statistic: 'sum' }),
    'The endpoint answers 5xx: find the requests with the saved query "5xx", then their requestId in the log of the function.',
    { threshold: 5 },
  );
  alarm(
    'SpoolOld',
    logged.spoolOldest.with({ statistic: 'max' }),
    'A PBX holds a registration that it could not deliver for 10 minutes: find which with the saved query "spools", and run pns status and pns doctor there.',
    // The first request after a cut tells how long it was, though all is delivered a moment later.
    { ...lasting, threshold: Duration.minutes(10).toSeconds() },
  );
  alarm(
    'StreamOld',
    release.function.function.metric('IteratorAge', { statistic: 'max' }),
    'Removed registrations wait for 15 minutes for the function that releases their endpoints, and are given up after an hour: see the log of ReleaseEndpoints, what it fails for.',
    { threshold: Duration.minutes(15).toMilliseconds() },
  );
  alarm(
    'EndpointsNotReleased',
    release.failures.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }),
    'Removed registrations were given up: see the log of ReleaseEndpoints, then purge the queue; the SNS endpoints they had are left over and harmless.',
  );
  alarm(
    'FeedbackLost',
    feedback.failures.metricApproximateNumberOfMessagesVisible({ statistic: 'max' }),
    'Delivery failures were not noted: see the log of Feedback, send the messages of the queue to it again as docs/operations.md says.',
  );
  alarm(
    'ApplicationDisabled',
    logged.applicationDisabled,
    "A provider refused an app's credential, or there is none. On fcm, apns and hms put a valid one in its secret, set its secretVersion and deploy: no registration is lost. On webpush never make a new key pair for this: see docs/operations.md.",
  );
  alarm(
    'FleetGuard',
    logged.fleetGuard,
    "So many tokens of one app are refused that none is given up any more: most likely its credential is another project's, team's or environment's. See `pns-admin guard list`, put the right one in its secret, set its secretVersion and deploy, then `pns-admin registrations enable`.",
  );
  alarm(
    'CredentialsRefused',
    byType.InvalidCredentials,
    "Apple or Google refuses pushes for an app's credential: put a valid one in its secret, set its secretVersion and deploy; no token is lost.",
  );
  alarm(
    'ProviderThrottles',
    byType.Throttled,
    "Apple or Google took no more pushes and phones did not ring: look at the quotas of the Firebase Cloud Messaging API in the app's Google Cloud project and ask for more; where they are not used up, one phone is sent too much.",
  );
  alarm(
    'PushesRefused',
    byType.InvalidNotification,
    "Apple or Google refuses pushes and phones do not ring: see that the FCM API is enabled in the app's Google Cloud project and that the credential's service account may send (cloudmessaging.messages.create); if so, the messages themselves are wrong: go back to the version before.",
    // One bad token is refused so too: FCM answers INVALID_ARGUMENT to both.
    { threshold: 10 },
  );
  alarm(
    'ProviderDown',
    providerDown,
    'Apple, Google or SNS lose pushes that were taken, or SNS, Huawei or a push service takes none: see on the dashboard which, then their status pages and the AWS Health Dashboard, and tell the users.',
    // One that was late for its call is nobody's work.
    { threshold: 10 },
  );
  alarm(
    'PushesLost',
    shareLost(logged, Duration.hours(1)),
    'A tenth of the pushes taken in an hour reached nobody, for no fault of the phones: see on the dashboard, "Failed later", what SNS reports, then in docs/operations.md what to do about it.',
    { threshold: 10 },
  );
};

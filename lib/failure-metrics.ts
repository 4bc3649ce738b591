import type { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type JsonPattern } from 'aws-cdk-lib/aws-logs';
import type { LineMetrics } from './line-metrics.ts';
import type { ServiceFunction } from './service-function.ts';

/**
 * SNS's types of a failed delivery (Amazon SNS developer guide, "FCM endpoint management", and what others have seen
 * beside), and the metric of each.
 */
export const failureMetricNames = {
  InvalidPlatformToken: 'TokensRefused',
  EndpointDisabled: 'EndpointsDisabled',
  InvalidNotification: 'PushesRefused',
  InvalidCredentials: 'CredentialsRefused',
  Throttled: 'ProviderThrottles',
  DependencyUnavailable: 'ProviderUnreachable',
  UnexpectedFailure: 'ProviderErrors',
  DeliveryFailedPerm: 'PushesGivenUp',
  NotificationTTLExpired: 'PushesExpired',
} as const;
type FailureType = keyof typeof failureMetricNames;

/** They speak of a phone: users remove apps every day. */
const ofTokens: readonly FailureType[] = ['InvalidPlatformToken', 'EndpointDisabled'];

/** They speak of Apple, of Google or of SNS, that are down or slow. */
const ofProviders: readonly FailureType[] = [
  'DependencyUnavailable',
  'UnexpectedFailure',
  'DeliveryFailedPerm',
  'NotificationTTLExpired',
];

/** The metric of what providers lost, and, in the logs of pushes, of what they did not take. */
export const providerDown = 'ProviderDown';

const failed = (type: string): JsonPattern => FilterPattern.stringValue('$.message.failureType', '=', type);

export type FailureMetrics = {
  readonly byType: Readonly<Record<FailureType, Metric>>;
  readonly providerDown: Metric;
  /** Pushes that SNS took and nobody got, for no fault of their tokens. */
  readonly pushesLost: Metric;
};

/** Metrics of what SNS reports of pushes that it took and could not deliver, in the log of feedback. */
export const addFailureMetrics = (metrics: LineMetrics, feedback: ServiceFunction): FailureMetrics => {
  const types = Object.keys(failureMetricNames) as FailureType[];
  const ofTypes = (name: string, ...counted: FailureType[]): Metric =>
    metrics.of(name, { pattern: FilterPattern.any(...counted.map(failed)) }, [feedback]);
  const byType = Object.fromEntries(
    types.map((type) => [type, metrics.of(failureMetricNames[type], { pattern: failed(type) }, [feedback])]),
  ) as Record<FailureType, Metric>;
  return {
    byType,
    providerDown: ofTypes(providerDown, ...ofProviders),
    pushesLost: ofTypes('PushesLost', ...types.filter((type) => !ofTokens.includes(type))),
  };
};

import { type Dashboard, GraphWidget, Metric, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, LogGroup, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { DeliveryLog } from './delivery-status.ts';

type DeliveryStatusMetricsProps = {
  /** CloudWatch's name for what belongs together. */
  readonly namespace: string;
  readonly logs: readonly DeliveryLog[];
  readonly dashboard: Dashboard;
};

/** How long SNS kept pushes to Apple and to Google, and how many failed, from what SNS itself logs. */
export class DeliveryStatusMetrics extends Construct {
  constructor(scope: Construct, id: string, { namespace, logs, dashboard }: DeliveryStatusMetricsProps) {
    super(scope, id);
    const dwell = '$.delivery.dwellTimeMs';
    for (const [index, { provider, success, failure }] of logs.entries()) {
      const inside = new Construct(this, `${provider}${index}`);
      new MetricFilter(inside, 'Dwell', {
        logGroup: LogGroup.fromLogGroupName(inside, 'Success', success),
        filterPattern: FilterPattern.numberValue(dwell, '>=', 0),
        metricNamespace: namespace,
        metricName: `Dwell-${provider}`,
        metricValue: dwell,
        unit: Unit.MILLISECONDS,
      });
      new MetricFilter(inside, 'Failed', {
        logGroup: LogGroup.fromLogGroupName(inside, 'Failure', failure),
        filterPattern: FilterPattern.stringValue('$.status', '=', 'FAILURE'),
        metricNamespace: namespace,
        metricName: `Undelivered-${provider}`,
      });
    }
    const providers = [...new Set(logs.map(({ provider }) => provider))];
    const shown = (name: string, statistic: string): Metric[] =>
      providers.map(
        (provider) =>
          new Metric({
            namespace,
            metricName: `${name}-${provider}`,
            statistic,
            label: `${provider}, ${statistic}`,
          }),
      );
    const place = { width: 12, height: 6 };
    dashboard.addWidgets(
      new GraphWidget({
        title: 'In SNS before the provider took it, ms',
        left: [...shown('Dwell', 'p50'), ...shown('Dwell', 'p99')],
        ...place,
      }),
      new GraphWidget({ title: 'Not taken by the provider', left: shown('Undelivered', 'sum'), ...place }),
    );
  }
}

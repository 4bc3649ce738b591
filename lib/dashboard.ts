import { Duration } from 'aws-cdk-lib';
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  type Metric,
  SingleValueWidget,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { LogMetrics } from './log-metrics.ts';
import type { ServiceStack } from './service-stack.ts';

type DashboardProps = {
  readonly name: string;
  readonly service: ServiceStack;
  readonly logged: LogMetrics;
};

const half = { width: 12, height: 6 };

/** One page that answers: are calls waking phones? What comes first answers it, the rest says why not. */
export const addDashboard = (scope: Construct, { name, service, logged }: DashboardProps): Dashboard => {
  const { operations, release, feedback, pushApi } = service;
  const { authorize, register, pushCall, pushCancel, pushMessage } = operations;
  const { update, delete: remove, devices, health } = operations;
  const functions = Object.entries({
    push_call: pushCall,
    push_cancel: pushCancel,
    push_message: pushMessage,
    authorize,
    register,
    update,
    delete: remove,
    devices,
    health,
    release_endpoints: release.function,
    feedback: feedback.function,
  }).map(([label, each]) => ({ label, function: each.function }));
  const graph = (title: string, left: IMetric[], unit: string): GraphWidget =>
    new GraphWidget({ title, left, leftYAxis: { label: unit, showUnits: false, min: 0 }, ...half });
  const labelled = (metrics: Readonly<Record<string, Metric>>): IMetric[] =>
    Object.entries(metrics).map(([label, metric]) => metric.with({ label }));
  /** As the metric is named, and the alarm that watches it: one name for one thing. */
  const named = (...metrics: Metric[]): IMetric[] =>
    metrics.map((metric) => metric.with({ label: metric.metricName }));
  const durations = (statistic: 'p50' | 'p99'): IMetric[] =>
    functions.map(({ label, function: timed }) => timed.metricDuration({ statistic, label }));

  const { calls, callsFailed, callsBraked, callsUnheard, callsSilent } = logged;
  const { phones, accepted, cancels, messages, coldStarts, failures } = logged;
  const took = new MathExpression({
    label: 'Accepted of Phones, %',
    expression: 'IF(phones > 0, 100 * accepted / phones)',
    usingMetrics: { accepted, phones },
  });
  const phonesOfACall = phones.with({ statistic: 'avg', label: 'Phones per call' });

  return new Dashboard(scope, 'Dashboard', {
    dashboardName: name,
    defaultInterval: Duration.hours(12),
    widgets: [
      [
        new TextWidget({
          markdown: [
            '# Are calls waking phones?',
            'Tests are not counted. **CallsSilent**: had a phone and woke none. **CallsUnheard**: of these, all phones failed at',
            'that moment. **CallsFailed**: answered 429 or 5xx (other 4xx are left out), **CallsBraked**: of these, by the brake.',
            'Phones that were not reached, by reason and by platform, are those of cancels and messages, too.',
            'What to do about an alarm or a reason: docs/operations.md.',
          ].join('\n'),
          width: 24,
          height: 4,
        }),
      ],
      [
        new SingleValueWidget({
          title: 'In the time shown',
          metrics: [
            ...named(calls, callsSilent, callsUnheard, callsFailed, callsBraked),
            phonesOfACall,
            took,
            ...named(failures.pushesLost),
          ],
          // Else each shows its own latest value, from whenever that was.
          setPeriodToTimeRange: true,
          width: 24,
          height: 6,
        }),
      ],
      [
        graph('Calls', named(calls, callsSilent, callsUnheard, callsFailed, callsBraked), 'calls'),
        graph('Phones', [...named(phones, accepted), phonesOfACall], 'phones'),
      ],
      [
        graph('Phones not reached, by reason', labelled(logged.failedByReason), 'phones'),
        graph('Phones not reached, by platform', labelled(logged.failedByPlatform), 'phones'),
      ],
      [
        graph('Failed later, as SNS reports', labelled(failures.byType), 'pushes'),
        graph(
          'Answers of the endpoint',
          [
            pushApi.api.metricClientError({ statistic: 'sum', label: '4xx' }),
            pushApi.api.metricServerError({ statistic: 'sum', label: '5xx' }),
          ],
          'answers',
        ),
      ],
      [
        graph('Cancels and messages', named(cancels, messages), 'requests'),
        graph('Pushes taken, and lost later', named(logged.taken, failures.pushesLost), 'pushes'),
      ],
      [graph('Duration, p50', durations('p50'), 'ms'), graph('Duration, p99', durations('p99'), 'ms')],
      [
        graph(
          'Cold starts',
          Object.entries({ push_call: coldStarts.pushCall, authorize: coldStarts.authorize }).map(
            ([label, started]) => started.with({ label, statistic: 'n' }),
          ),
          'starts',
        ),
        graph(
          'Throttles',
          functions.map(({ label, function: throttled }) => throttled.metricThrottles({ label })),
          'invocations',
        ),
      ],
      [
        graph(
          "Age of the table's stream",
          [release.function.function.metric('IteratorAge', { statistic: 'max', label: 'oldest record' })],
          'ms',
        ),
        graph(
          'Age of the oldest spool of a PBX',
          [logged.spoolOldest.with({ statistic: 'max', label: 'oldest request' })],
          's',
        ),
      ],
    ],
  });
};

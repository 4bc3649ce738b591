import { Metric, type Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { type ILogGroup, type JsonPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';

type Counted = {
  /** By fields alone: a term would also be found in the texts that callers choose, as Call-IDs are. */
  readonly pattern: JsonPattern;
  /** What a line adds: a number, or where in the line it is. @default '1' */
  readonly value?: string;
  readonly unit?: Unit;
};

type Logging = { readonly logGroup: ILogGroup; readonly node: Construct['node'] };

/** Metrics made of log lines, in one of CloudWatch's namespaces. */
export class LineMetrics extends Construct {
  readonly #namespace: string;

  constructor(scope: Construct, id: string, namespace: string) {
    super(scope, id);
    this.#namespace = namespace;
  }

  /** The metric that lines of these functions add to; filters of one metric have a `name` each. */
  of(
    metricName: string,
    { pattern, value, unit }: Counted,
    functions: readonly Logging[],
    name: string = metricName,
  ): Metric {
    const scope = new Construct(this, name);
    for (const { node, logGroup } of functions) {
      new MetricFilter(scope, node.id, {
        logGroup,
        filterPattern: pattern,
        metricNamespace: this.#namespace,
        metricName,
        ...(value !== undefined && { metricValue: value }),
        ...(unit !== undefined && { unit }),
      });
    }
    return new Metric({ namespace: this.#namespace, metricName, statistic: 'sum' });
  }
}

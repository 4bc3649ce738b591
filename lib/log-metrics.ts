import { Metric, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import {
  FilterPattern,
  type IFilterPattern,
  type ILogGroup,
  type JsonPattern,
  MetricFilter,
} from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { type Platform, type PushReason, platforms, pushReasons } from '../lambda/core/contract.ts';
import type { ServiceFunction } from './service-function.ts';
import type { ServiceStack } from './service-stack.ts';

type LogMetricsProps = {
  /** CloudWatch's name for what belongs together. */
  readonly namespace: string;
  readonly service: ServiceStack;
};

type Logged = {
  readonly pattern: IFilterPattern;
  /** Where in a line the value is. @default - each line counts 1 */
  readonly value?: string;
  readonly unit?: Unit;
};

/** A push_call that somebody waits for, whatever it came to: neither a test nor a request that is wrong in itself. */
const call = (...more: JsonPattern[]): JsonPattern =>
  FilterPattern.all(
    FilterPattern.stringValue('$.message.operation', '=', 'push_call'),
    FilterPattern.notExists('$.message.test'),
    ...more,
  );
const answered = FilterPattern.numberValue('$.message.statusCode', '=', 200);
const refused = FilterPattern.numberValue('$.message.statusCode', '>=', 429);
const above0 = (field: string): JsonPattern => FilterPattern.numberValue(field, '>', 0);

/**
 * Metrics of what the functions log, one line a request (docs/administration.md, "Logs"): Lambda's JSON log holds the
 * logged object under `message`. Why so and not otherwise: docs/decisions/0015-metrics-come-from-the-log-lines.md.
 */
export class LogMetrics extends Construct {
  readonly calls: Metric;
  /** Calls that got an error for an answer. */
  readonly callsRefused: Metric;
  /** Calls to phones that can be woken, for none of which a push was taken. */
  readonly callsUnheard: Metric;
  /** How many phones each call could wake. */
  readonly phones: Metric;
  /** For how many of them a push was taken. */
  readonly accepted: Metric;
  readonly failedByReason: Readonly<Record<PushReason, Metric>>;
  readonly failedByPlatform: Readonly<Record<Platform, Metric>>;
  /** How long each copy of a function on the way of a call took to start, in milliseconds. */
  readonly coldStarts: { readonly pushCall: Metric; readonly authorize: Metric };
  /** Age of the oldest request that a PBX could not deliver, in seconds, as it says in a header. */
  readonly spoolOldest: Metric;
  readonly disabledApplications: Metric;
  readonly guardedRefusals: Metric;
  readonly credentialRefusals: Metric;
  readonly pushesThrottled: Metric;
  readonly pushRefusals: Metric;
  readonly #namespace: string;

  constructor(scope: Construct, id: string, { namespace, service }: LogMetricsProps) {
    super(scope, id);
    this.#namespace = namespace;
    const { authorize, pushCall, register, update, delete: remove, devices } = service.operations;
    const ofCalls = (name: string, pattern: JsonPattern, value?: string): Metric =>
      this.#logged(name, { pattern, ...(value !== undefined && { value }) }, pushCall);

    this.calls = ofCalls('Calls', call(FilterPattern.any(answered, refused)));
    this.callsRefused = ofCalls('CallsRefused', call(refused));
    this.callsUnheard = ofCalls(
      'CallsUnheard',
      call(above0('$.message.devices'), FilterPattern.numberValue('$.message.accepted', '=', 0)),
    );
    this.phones = ofCalls('Phones', call(answered), '$.message.devices');
    this.accepted = ofCalls('Accepted', call(answered), '$.message.accepted');
    const failed = <Key extends string>(by: 'reason' | 'platform', keys: readonly Key[]) => {
      const counted = keys.map((key) => {
        const field = `$.message.failed.${by}.${key}`;
        return [key, ofCalls(`Failed-${key}`, call(above0(field)), field)];
      });
      return Object.fromEntries(counted) as Record<Key, Metric>;
    };
    this.failedByReason = failed('reason', Object.keys(pushReasons) as PushReason[]);
    this.failedByPlatform = failed('platform', platforms);

    const started = (name: string, started: ServiceFunction): Metric => {
      const value = '$.record.metrics.initDurationMs';
      // AWS Lambda developer guide, "Lambda telemetry API event schema": the report of an invocation that started a copy.
      const pattern = FilterPattern.all(
        FilterPattern.stringValue('$.type', '=', 'platform.report'),
        above0(value),
      );
      return this.#logged(name, { pattern, value, unit: Unit.MILLISECONDS }, started);
    };
    this.coldStarts = {
      pushCall: started('PushCallColdStarts', pushCall),
      authorize: started('AuthorizeColdStarts', authorize),
    };
    const age = '$.message.spoolOldestSeconds';
    this.spoolOldest = this.#logged(
      'SpoolOldest',
      { pattern: FilterPattern.numberValue(age, '>=', 0), value: age, unit: Unit.SECONDS },
      register,
      pushCall,
      update,
      remove,
      devices,
    );

    this.disabledApplications = this.#logged(
      'DisabledApplications',
      // In the log of push_call it is a phone's reason, in the others the endpoint's: hence a term, no path.
      { pattern: FilterPattern.literal('"application-disabled"') },
      pushCall,
      register,
      update,
    );
    // As core/deliver.ts and core/feedback.ts have it.
    this.guardedRefusals = this.#logged(
      'GuardedRefusals',
      { pattern: FilterPattern.literal('"kept-by-guard"') },
      pushCall,
      service.feedback.function,
    );
    const reported = (name: string, failureType: string): Metric =>
      this.#logged(
        name,
        { pattern: FilterPattern.stringValue('$.message.failureType', '=', failureType) },
        service.feedback.function,
      );
    this.credentialRefusals = reported('CredentialRefusals', 'InvalidCredentials');
    this.pushesThrottled = reported('PushesThrottled', 'Throttled');
    this.pushRefusals = reported('PushRefusals', 'InvalidNotification');
  }

  #logged(
    metricName: string,
    logged: Logged,
    ...functions: { logGroup: ILogGroup; node: Construct['node'] }[]
  ) {
    const { pattern, value, unit } = logged;
    const scope = new Construct(this, metricName);
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

import { type Metric, Unit } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type JsonPattern } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { type Platform, type PushReason, platforms, pushReasons } from '../lambda/core/contract.ts';
import { addFailureMetrics, type FailureMetrics, providerDown } from './failure-metrics.ts';
import { LineMetrics } from './line-metrics.ts';
import type { ServiceFunction } from './service-function.ts';
import type { ServiceStack } from './service-stack.ts';

type LogMetricsProps = {
  /** CloudWatch's name for what belongs together. */
  readonly namespace: string;
  readonly service: ServiceStack;
};

type Pushing = 'push_call' | 'push_cancel' | 'push_message';

/** A push that somebody waits for, whatever it came to: neither a test nor a request that is wrong in itself. */
const push = (operation: Pushing, ...more: JsonPattern[]): JsonPattern =>
  FilterPattern.all(
    FilterPattern.stringValue('$.message.operation', '=', operation),
    FilterPattern.notExists('$.message.test'),
    ...more,
  );
const status = (comparison: '=' | '>=', code: number): JsonPattern =>
  FilterPattern.numberValue('$.message.statusCode', comparison, code);
const answered = status('=', 200);
const failed = status('>=', 429);
const counted = FilterPattern.any(answered, failed);
const above0 = (field: string): JsonPattern => FilterPattern.numberValue(field, '>', 0);
const nobody = FilterPattern.numberValue('$.message.accepted', '=', 0);
const notWoken = FilterPattern.any(
  ...platforms.map((platform) => above0(`$.message.failed.platform.${platform}`)),
);
const failedFor = (reason: PushReason): JsonPattern => above0(`$.message.failed.reason.${reason}`);
const endpointIs = (reason: PushReason): JsonPattern =>
  FilterPattern.stringValue('$.message.endpoint', '=', reason);
const formerEndpointIs = (reason: PushReason): JsonPattern =>
  FilterPattern.stringValue('$.message.formerEndpoint', '=', reason);

/** Always the operator's to mend, and no alarm's own. */
const deploymentFaults = ['not-authorized', 'invalid-notification', 'platform-not-served'] as const;

/** They speak of SNS, of Huawei or of a browser's push service, that answer nothing. */
const ofProviders = ['provider-down', 'unavailable'] as const;

/**
 * Metrics of what the functions log, one line a request (docs/administration.md, "Logs"): Lambda's JSON log holds the
 * logged object under `message`. A metric that one alarm watches has its name. Why so and not otherwise:
 * docs/decisions/0015-metrics-come-from-the-log-lines.md.
 */
export class LogMetrics {
  readonly calls: Metric;
  /** Calls that got 429 or 5xx for an answer; other 4xx are the PBX's mistakes, and no calls. */
  readonly callsFailed: Metric;
  /** Those that the brake refused. */
  readonly callsBraked: Metric;
  /** Calls to phones that can be woken, for none of which a push was taken. */
  readonly callsUnheard: Metric;
  /**
   * Calls that had a phone, one of those refused before or not, and woke none: each 1. Calls that woke one are 0, so that
   * the mean is a share, and the number of samples how many calls there were.
   */
  readonly callsSilent: Metric;
  /** How many phones each call could wake. */
  readonly phones: Metric;
  /** For how many of them a push was taken. */
  readonly accepted: Metric;
  readonly cancels: Metric;
  readonly messages: Metric;
  /** For how many phones a push of any of these was taken. */
  readonly taken: Metric;
  /** Phones that were not reached, by a call, a cancel or a message. */
  readonly failedByReason: Readonly<Record<PushReason, Metric>>;
  readonly failedByPlatform: Readonly<Record<Platform, Metric>>;
  /** How long each copy of a function on the way of a call took to start, in milliseconds. */
  readonly coldStarts: { readonly pushCall: Metric; readonly authorize: Metric };
  /** Age of the oldest request that a PBX could not deliver, in seconds, as it says in a header. */
  readonly spoolOldest: Metric;
  readonly deploymentFaults: Metric;
  readonly applicationDisabled: Metric;
  readonly fleetGuard: Metric;
  readonly failures: FailureMetrics;

  constructor(scope: Construct, id: string, { namespace, service }: LogMetricsProps) {
    const metrics = new LineMetrics(scope, id, namespace);
    const { authorize, pushCall, pushCancel, pushMessage } = service.operations;
    const { register, update, delete: remove, devices } = service.operations;
    const pushing = { push_call: pushCall, push_cancel: pushCancel, push_message: pushMessage };
    const allPushing = Object.values(pushing);
    const ofOne = (operation: Pushing, name: string, pattern: JsonPattern, value = '1', id = name): Metric =>
      metrics.of(name, { pattern: push(operation, pattern), value }, [pushing[operation]], id);
    const ofCalls = (name: string, pattern: JsonPattern, value = '1'): Metric =>
      ofOne('push_call', name, pattern, value);
    const ofAll = (name: string, pattern: JsonPattern, value: string): Metric => {
      ofOne('push_cancel', name, pattern, value, `${name}OfCancels`);
      ofOne('push_message', name, pattern, value, `${name}OfMessages`);
      return ofCalls(name, pattern, value);
    };

    this.calls = ofCalls('Calls', counted);
    this.callsFailed = ofCalls('CallsFailed', failed);
    this.callsBraked = ofCalls(
      'CallsBraked',
      FilterPattern.stringValue('$.message.code', '=', 'too-many-calls'),
    );
    this.callsUnheard = ofCalls('CallsUnheard', FilterPattern.all(above0('$.message.devices'), nobody));
    this.callsSilent = ofCalls(
      'CallsSilent',
      FilterPattern.any(status('>=', 500), FilterPattern.all(nobody, notWoken)),
    );
    ofOne('push_call', 'CallsSilent', above0('$.message.accepted'), '0', 'CallsHeard');
    this.phones = ofCalls('Phones', answered, '$.message.devices');
    this.accepted = ofCalls('Accepted', answered, '$.message.accepted');
    this.cancels = ofOne('push_cancel', 'Cancels', counted);
    this.messages = ofOne('push_message', 'Messages', counted);
    this.taken = ofAll('PushesTaken', answered, '$.message.accepted');
    const failedBy = <Key extends string>(by: 'reason' | 'platform', keys: readonly Key[]) => {
      const byKey = keys.map((key) => {
        const field = `$.message.failed.${by}.${key}`;
        return [key, ofAll(`Failed-${key}`, above0(field), field)];
      });
      return Object.fromEntries(byKey) as Record<Key, Metric>;
    };
    this.failedByReason = failedBy('reason', Object.keys(pushReasons) as PushReason[]);
    this.failedByPlatform = failedBy('platform', platforms);

    const started = (name: string, started: ServiceFunction): Metric => {
      const value = '$.record.metrics.initDurationMs';
      // AWS Lambda developer guide, "Lambda telemetry API event schema": the report of an invocation that started a copy.
      const pattern = FilterPattern.all(
        FilterPattern.stringValue('$.type', '=', 'platform.report'),
        above0(value),
      );
      return metrics.of(name, { pattern, value, unit: Unit.MILLISECONDS }, [started]);
    };
    this.coldStarts = {
      pushCall: started('PushCallColdStarts', pushCall),
      authorize: started('AuthorizeColdStarts', authorize),
    };
    const age = '$.message.spoolOldestSeconds';
    this.spoolOldest = metrics.of(
      'SpoolOldest',
      { pattern: FilterPattern.numberValue(age, '>=', 0), value: age, unit: Unit.SECONDS },
      [register, ...allPushing, update, remove, devices],
    );

    // In the logs of pushes it is a phone's reason, in the others what SNS said of the endpoint.
    const anywhere = (name: string, reasons: readonly PushReason[], ofEndpoints: JsonPattern): Metric => {
      const ofPhones = FilterPattern.any(...reasons.map(failedFor));
      metrics.of(name, { pattern: ofPhones }, allPushing);
      return metrics.of(name, { pattern: ofEndpoints }, [register, update], `${name}OfEndpoints`);
    };
    // An endpoint that stays behind at an app that is served no more harms nobody.
    this.deploymentFaults = anywhere(
      'DeploymentFaults',
      deploymentFaults,
      FilterPattern.any(...deploymentFaults.map(endpointIs)),
    );
    const disabled = 'application-disabled';
    this.applicationDisabled = anywhere(
      'ApplicationDisabled',
      [disabled],
      FilterPattern.any(endpointIs(disabled), formerEndpointIs(disabled)),
    );
    const kept = '$.message.keptByGuard';
    this.fleetGuard = metrics.of('FleetGuard', { pattern: above0(kept), value: kept }, [
      ...allPushing,
      service.feedback.function,
    ]);
    this.failures = addFailureMetrics(metrics, service.feedback.function);
    for (const reason of ofProviders) {
      const value = `$.message.failed.reason.${reason}`;
      metrics.of(providerDown, { pattern: above0(value), value }, allPushing, `${providerDown}-${reason}`);
    }
  }
}

import { Duration } from 'aws-cdk-lib';
import { Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

/**
 * Invokes functions now and then, so that a call on a quiet day does not wait for one to start. Less often
 * than 5 minutes would let Lambda reclaim them in between.
 */
export class KeepWarm extends Construct {
  constructor(scope: Construct, id: string, functions: readonly IFunction[]) {
    super(scope, id);
    new Rule(this, 'Rule', {
      schedule: Schedule.rate(Duration.minutes(5)),
      targets: functions.map(
        (target) =>
          new LambdaFunction(target, { event: RuleTargetInput.fromObject({ warm: true }), retryAttempts: 0 }),
      ),
    });
  }
}

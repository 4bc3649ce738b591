import { Duration } from 'aws-cdk-lib';
import { FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { SqsDlq } from 'aws-cdk-lib/aws-lambda-event-sources';
import { Construct } from 'constructs';
import { FailureQueue } from './failure-queue.ts';
import type { PlatformApplications } from './platform-applications.ts';
import type { RegistrationTable } from './registration-table.ts';
import { servedApps } from './served-apps.ts';
import { ServiceFunction } from './service-function.ts';
import type { Settings } from './settings-schema.ts';

type EndpointReleaseProps = {
  readonly settings: Settings;
  readonly table: RegistrationTable;
  readonly applications: PlatformApplications;
};

/** Deletes the SNS endpoint of a token once the table's stream tells that its last registration is gone. */
export class EndpointRelease extends Construct {
  readonly function: ServiceFunction;
  readonly failures: FailureQueue;

  constructor(scope: Construct, id: string, { settings, table, applications }: EndpointReleaseProps) {
    super(scope, id);
    this.failures = new FailureQueue(this, 'Failures');
    const release = new ServiceFunction(this, 'ReleaseEndpoints', {
      entry: 'release-endpoints',
      description: 'Deletes the SNS endpoints that no registration uses any longer',
      environment: {
        TABLE_NAME: table.tableName,
        APPS: JSON.stringify(servedApps(settings.apps)),
        ...applications.environment,
      },
      timeout: Duration.seconds(30),
      logRetention: settings.logRetentionDays,
    });
    this.function = release;
    table.allow(release.role, 'TOKEN#*', 'dynamodb:Query', 'dynamodb:UpdateItem');
    applications.allow(release.role, 'sns:DeleteEndpoint', 'sns:CreatePlatformEndpoint');
    table.grantStreamRead(release.role);
    release.function.addEventSourceMapping('Stream', {
      eventSourceArn: table.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      // Keys' rows are removed too, and have no endpoint.
      filters: [
        FilterCriteria.filter({
          eventName: FilterRule.isEqual('REMOVE'),
          dynamodb: { Keys: { pk: { S: FilterRule.beginsWith('TOKEN#') } } },
        }),
      ],
      // Without bounds one bad record would hold up its shard for the 24 hours that a stream keeps.
      retryAttempts: 5,
      maxRecordAge: Duration.hours(1),
      bisectBatchOnError: true,
      onFailure: new SqsDlq(this.failures),
    });
  }
}

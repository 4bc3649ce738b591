import type { Construct } from 'constructs';
import type { Environment } from '../lambda/environment.ts';
import type { PlatformApplications } from './platform-applications.ts';
import type { RegistrationTable } from './registration-table.ts';
import { allowSecrets } from './secret-access.ts';
import { providerSecrets, providerSettings, servedApps } from './served-apps.ts';
import { ServiceFunction } from './service-function.ts';
import type { Settings } from './settings-schema.ts';

type PushFunctionProps = {
  readonly settings: Settings;
  readonly table: RegistrationTable;
  readonly applications: PlatformApplications;
  /** The file in `lambda/`, without its ending. */
  readonly entry: string;
  readonly description: string;
  /** What it reads beside what all of them do. @default - nothing */
  readonly environment?: Partial<Environment>;
  /** @default - none */
  readonly reservedConcurrency?: number;
};

/** A function that tells phones of something, through SNS and, where SNS does not serve a platform, by itself. */
export class PushFunction extends ServiceFunction {
  constructor(scope: Construct, id: string, props: PushFunctionProps) {
    const { settings, table, applications, environment, ...rest } = props;
    super(scope, id, {
      ...rest,
      environment: {
        TABLE_NAME: table.tableName,
        ...applications.environment,
        APPS: JSON.stringify(servedApps(settings.apps)),
        PROVIDERS: JSON.stringify(providerSettings(settings.apps)),
        CALLS_PER_SECOND: String(settings.brake.callsPerSecond),
        CALLS_BURST: String(settings.brake.burst),
        GUARD_REFUSALS: String(settings.guard.refusals),
        GUARD_TIMES_USUAL: String(settings.guard.timesUsual),
        ...environment,
      } satisfies Partial<Environment>,
      memorySize: 1024,
      logRetention: settings.logRetentionDays,
      indexedFields: ['message.uuid', 'message.callId', 'message.extension'],
    });
    table.allowQuery(this.role, 'byExtension', 'PBX#*');
    table.allow(this.role, 'TOKEN#*', 'dynamodb:Query', 'dynamodb:UpdateItem');
    table.allow(this.role, 'GUARD#*', 'dynamodb:Query', 'dynamodb:UpdateItem');
    applications.allow(
      this.role,
      'sns:Publish',
      'sns:CreatePlatformEndpoint',
      'sns:SetEndpointAttributes',
      'sns:DeleteEndpoint',
    );
    allowSecrets(this.role, providerSecrets(settings.apps));
  }
}

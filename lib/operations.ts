import { Duration } from 'aws-cdk-lib';
import { type IFunction, Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { Environment } from '../lambda/environment.ts';
import type { PlatformApplications } from './platform-applications.ts';
import { PushFunction } from './push-function.ts';
import type { RegistrationTable } from './registration-table.ts';
import { servedApps } from './served-apps.ts';
import { ServiceFunction, type ServiceFunctionProps } from './service-function.ts';
import type { Settings } from './settings-schema.ts';

type OperationsProps = {
  readonly settings: Settings;
  readonly table: RegistrationTable;
  readonly applications: PlatformApplications;
};

/** The functions behind the routes, and the authorizer before them: each may do what its operation does, no more. */
export class Operations extends Construct {
  readonly authorize: ServiceFunction;
  readonly register: ServiceFunction;
  readonly pushCall: ServiceFunction;
  /** What a push_call is sent to: the function, or its alias that has provisioned concurrency. */
  readonly pushCallTarget: IFunction;
  readonly pushCancel: ServiceFunction;
  readonly pushMessage: ServiceFunction;
  readonly update: ServiceFunction;
  readonly delete: ServiceFunction;
  readonly devices: ServiceFunction;
  readonly health: ServiceFunction;

  constructor(scope: Construct, id: string, { settings, table, applications }: OperationsProps) {
    super(scope, id);
    const make = (name: string, props: Omit<ServiceFunctionProps, 'logRetention'>): ServiceFunction =>
      new ServiceFunction(this, name, { ...props, logRetention: settings.logRetentionDays });
    const tableName = { TABLE_NAME: table.tableName } satisfies Partial<Environment>;
    const endpoints = { ...tableName, ...applications.environment } satisfies Partial<Environment>;
    const serving = {
      ...endpoints,
      APPS: JSON.stringify(servedApps(settings.apps)),
    } satisfies Partial<Environment>;

    this.authorize = make('Authorize', {
      entry: 'authorize',
      description: 'Checks the key of a PBX',
      environment: tableName,
      timeout: Duration.seconds(5),
      memorySize: 1024,
    });
    table.allow(this.authorize.role, 'KEY#*', 'dynamodb:GetItem');

    this.register = make('Register', {
      entry: 'register',
      description: 'POST /register',
      environment: {
        ...serving,
        REGISTRATION_DAYS: String(settings.registrationDays),
        REGISTRATIONS_PER_EXTENSION: String(settings.registrationsPerExtension),
      },
    });
    table.allow(
      this.register.role,
      'TOKEN#*',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
      'dynamodb:Query',
    );
    table.allowQuery(this.register.role, 'byExtension', 'PBX#*');
    applications.allow(
      this.register.role,
      'sns:CreatePlatformEndpoint',
      'sns:SetEndpointAttributes',
      'sns:DeleteEndpoint',
    );

    const pushing = { settings, table, applications };
    this.pushCall = new PushFunction(this, 'PushCall', {
      ...pushing,
      entry: 'push-call',
      description: 'POST /push_call',
      environment: { RING_SECONDS: String(settings.ringSeconds) },
      ...(settings.reservedConcurrency && { reservedConcurrency: settings.reservedConcurrency }),
    });
    this.pushCallTarget = settings.provisionedConcurrency
      ? this.#provisioned(this.pushCall, settings.provisionedConcurrency)
      : this.pushCall.function;
    this.pushCancel = new PushFunction(this, 'PushCancel', {
      ...pushing,
      entry: 'push-cancel',
      description: 'POST /push_cancel',
    });
    this.pushMessage = new PushFunction(this, 'PushMessage', {
      ...pushing,
      entry: 'push-message',
      description: 'POST /push_message',
    });

    this.update = make('Update', {
      entry: 'update',
      description: 'POST /update',
      environment: { ...endpoints, REGISTRATION_DAYS: String(settings.registrationDays) },
    });
    table.allow(
      this.update.role,
      'TOKEN#*',
      'dynamodb:Query',
      'dynamodb:GetItem',
      'dynamodb:UpdateItem',
      'dynamodb:DeleteItem',
    );
    applications.allow(
      this.update.role,
      'sns:CreatePlatformEndpoint',
      'sns:SetEndpointAttributes',
      'sns:DeleteEndpoint',
    );

    this.delete = make('Delete', {
      entry: 'delete',
      description: 'POST /delete',
      environment: tableName,
    });
    table.allow(this.delete.role, 'TOKEN#*', 'dynamodb:Query', 'dynamodb:DeleteItem');
    table.allowQuery(this.delete.role, 'byExtension', 'PBX#*');

    this.devices = make('Devices', {
      entry: 'devices',
      description: 'GET /devices',
      environment: tableName,
    });
    table.allowQuery(this.devices.role, 'byExtension', 'PBX#*');

    this.health = make('Health', { entry: 'health', description: 'GET /health', environment: {} });
  }

  /** The function's newest version behind an alias, since only these can have provisioned concurrency. */
  #provisioned({ function: provisioned }: ServiceFunction, executions: number): IFunction {
    const alias = provisioned.addAlias('live', { provisionedConcurrentExecutions: executions });
    // An Alias itself is no IFunction to TypeScript where exactOptionalPropertyTypes is on.
    return LambdaFunction.fromFunctionAttributes(this, 'LivePushCall', {
      functionArn: alias.functionArn,
      sameEnvironment: true,
    });
  }
}

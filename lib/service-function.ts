import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, LoggingFormat, Runtime } from 'aws-cdk-lib/aws-lambda';
import { NodejsFunction, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import { FieldIndexPolicy, LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { Environment } from '../lambda/environment.ts';

const root = join(import.meta.dirname, '..');

export type ServiceFunctionProps = {
  /** The file in `lambda/`, without its ending. */
  readonly entry: string;
  readonly description: string;
  readonly environment: Partial<Environment>;
  /** @default 10 seconds */
  readonly timeout?: Duration;
  /** In MB; CPU grows with it. @default 512 */
  readonly memorySize?: number;
  /** @default - none: a new account's quota of 10 leaves nothing to reserve */
  readonly reservedConcurrency?: number;
  readonly logRetention: RetentionDays;
  /** Fields of the log by which pns-admin looks for a line, so that Logs Insights reads (and bills) little. @default - none */
  readonly indexedFields?: string[];
};

/** One function of `lambda/`: with a role and a log group that are its own, and no permission but to log. */
export class ServiceFunction extends Construct {
  readonly role: Role;
  readonly logGroup: LogGroup;
  readonly function: NodejsFunction;

  constructor(scope: Construct, id: string, props: ServiceFunctionProps) {
    super(scope, id);
    this.role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup = new LogGroup(this, 'Log', {
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(props.indexedFields && {
        fieldIndexPolicies: [new FieldIndexPolicy({ fields: props.indexedFields })],
      }),
    });
    this.logGroup.grantWrite(this.role);
    this.function = new NodejsFunction(this, 'Function', {
      entry: join(root, 'lambda', `${props.entry}.ts`),
      projectRoot: root,
      depsLockFilePath: join(root, 'package-lock.json'),
      description: props.description,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture.ARM_64,
      timeout: props.timeout ?? Duration.seconds(10),
      memorySize: props.memorySize ?? 512,
      ...(props.reservedConcurrency && { reservedConcurrentExecutions: props.reservedConcurrency }),
      environment: { ...props.environment, NODE_OPTIONS: '--enable-source-maps' },
      // A switch of the SDK's version 2, which no function uses.
      awsSdkConnectionReuse: false,
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.JSON,
      bundling: {
        format: OutputFormat.CJS,
        target: 'node24',
        minify: true,
        sourceMap: true,
        sourcesContent: false,
        // The SDK's ES modules are tree-shaken: 38 % smaller and 35 % faster to load than its CommonJS ones.
        mainFields: ['module', 'main'],
        bundleAwsSDK: true,
      },
    });
  }
}

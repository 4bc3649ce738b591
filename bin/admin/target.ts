import { ApiGatewayV2Client, ResetAuthorizersCacheCommand } from '@aws-sdk/client-apigatewayv2';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createGuardTable, type GuardAdministration } from '../../lambda/aws/guard-table.ts';
import { createKeyTable, type KeyAdministration } from '../../lambda/aws/key-table.ts';
import type { Deployment, Outputs } from './deployed-stack.ts';
import { findDeployedStack } from './deployed-stack.ts';
import { findLocalCloud } from './local-cloud.ts';
import { createPbxRegistrations, type PbxRegistrations } from './pbx-registrations.ts';

/** The deployment that a command works on. */
export type Target = Deployment & {
  keys: KeyAdministration;
  guard: GuardAdministration;
  dynamoDb: DynamoDBDocumentClient;
  sns: SNSClient;
  registrations: PbxRegistrations;
  /** Milliseconds that an authorizer may take: one that read a key before it went may answer until then. */
  authorizerTimeoutMs: number;
  /** Makes API Gateway forget whom it let in, and ask the authorizer anew. */
  resetAuthorizersCache(): Promise<void>;
};

export type TargetOptions = {
  /** CloudFormation's name of the service stack. */
  stack: string;
  /** @default - from the AWS environment */
  region?: string;
  /** The local cloud's address, in place of AWS. */
  local?: string;
};

/** Whoever waits for a command notices half a minute; the SDK by itself waits without end. */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true };

/** The JavaScript SDK does not know AWS_DEFAULT_REGION, which the AWS CLI and the CDK do. */
const regionOf = ({ region }: TargetOptions): { region?: string } => {
  const given = region ?? process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'];
  return given ? { region: given } : {};
};

/** What every client of AWS is made with. */
export const clientOptions = (options: TargetOptions) => ({ requestHandler, ...regionOf(options) });

/** @throws AdminError where there is no such stack */
export const findOutputs = (options: TargetOptions): Promise<Outputs> =>
  findDeployedStack(options.stack, clientOptions(options));

const deploymentOf = (output: Outputs, stack: string): Deployment => ({
  tableName: output('TableName'),
  apiId: output('ApiId'),
  apps: output('Apps').split(','),
  registrationDays: Number(output('RegistrationDays')),
  applications: { arn: output('SnsArn'), prefix: stack },
});

const findPlace = async (options: TargetOptions) => {
  if (options.local === undefined) {
    const client = clientOptions(options);
    const found = deploymentOf(await findOutputs(options), options.stack);
    return { found, dynamoDb: client, sns: client, apiGateway: client };
  }
  const { region, dynamodb, sns, apigateway, ...found } = await findLocalCloud(options.local);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = { requestHandler, region, credentials };
  return {
    found,
    dynamoDb: { ...client, endpoint: dynamodb },
    sns: { ...client, endpoint: sns },
    apiGateway: { ...client, endpoint: apigateway },
  };
};

/** @throws AdminError, and whatever AWS answers, where the deployment cannot be found */
export const openTarget = async (options: TargetOptions): Promise<Target> => {
  const { found, dynamoDb, sns, apiGateway } = await findPlace(options);
  const { tableName, apiId } = found;
  // Removing a large PBX may be throttled for a while, and nobody rings meanwhile.
  const table = DynamoDBDocumentClient.from(new DynamoDBClient({ ...dynamoDb, maxAttempts: 8 }));
  const gateway = new ApiGatewayV2Client(apiGateway);
  return {
    ...found,
    dynamoDb: table,
    sns: new SNSClient({ ...sns, maxAttempts: 8 }),
    guard: createGuardTable(table, tableName),
    keys: createKeyTable(table, tableName),
    registrations: createPbxRegistrations(table, tableName),
    // lib/operations.ts gives the authorizer 5 s; the local one has no cold start.
    authorizerTimeoutMs: options.local === undefined ? 6_000 : 500,
    resetAuthorizersCache: async () => {
      await gateway.send(new ResetAuthorizersCacheCommand({ ApiId: apiId, StageName: '$default' }));
    },
  };
};

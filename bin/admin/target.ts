import { ApiGatewayV2Client, ResetAuthorizersCacheCommand } from '@aws-sdk/client-apigatewayv2';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { createKeyTable, type KeyAdministration } from '../../lambda/aws/key-table.ts';
import { findDeployedStack, type Outputs } from './deployed-stack.ts';
import { findLocalCloud } from './local-cloud.ts';
import { createPbxRegistrations, type PbxRegistrations } from './pbx-registrations.ts';

/** The deployment that a command works on. */
export type Target = {
  keys: KeyAdministration;
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

const findPlace = async (options: TargetOptions) => {
  if (options.local === undefined) {
    const client = clientOptions(options);
    const output = await findOutputs(options);
    return { tableName: output('TableName'), apiId: output('ApiId'), dynamoDb: client, apiGateway: client };
  }
  const { region, tableName, apiId, dynamodb, apigateway } = await findLocalCloud(options.local);
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const client = { requestHandler, region, credentials };
  return {
    tableName,
    apiId,
    dynamoDb: { ...client, endpoint: dynamodb },
    apiGateway: { ...client, endpoint: apigateway },
  };
};

/** @throws AdminError, and whatever AWS answers, where the deployment cannot be found */
export const openTarget = async (options: TargetOptions): Promise<Target> => {
  const { tableName, apiId, dynamoDb, apiGateway } = await findPlace(options);
  // Removing a large PBX may be throttled for a while, and nobody rings meanwhile.
  const table = DynamoDBDocumentClient.from(new DynamoDBClient({ ...dynamoDb, maxAttempts: 8 }));
  const gateway = new ApiGatewayV2Client(apiGateway);
  return {
    keys: createKeyTable(table, tableName),
    registrations: createPbxRegistrations(table, tableName),
    // lib/operations.ts gives the authorizer 5 s; the local one has no cold start.
    authorizerTimeoutMs: options.local === undefined ? 6_000 : 500,
    resetAuthorizersCache: async () => {
      await gateway.send(new ResetAuthorizersCacheCommand({ ApiId: apiId, StageName: '$default' }));
    },
  };
};

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SNSClient } from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * A call is ringing: a request that has not been answered within these is given up, and may be sent again
 * while there is time. DynamoDB and SNS answer in milliseconds.
 */
const requestHandler = {
  connectionTimeout: 800,
  requestTimeout: 1_500,
  throwOnRequestTimeout: true,
  // An answer that has begun may stall, too.
  socketTimeout: 1_500,
};

export const createDynamoDb = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ maxAttempts: 2, requestHandler }), {
    marshallOptions: { removeUndefinedValues: true },
  });

/** Without retries of its own: core repeats, since each try must carry a TTL that is counted anew. */
export const createSns = (): SNSClient => new SNSClient({ maxAttempts: 1, requestHandler });

/** A push waits for it, the first that needs the secret. */
export const createSecretsManager = (): SecretsManagerClient =>
  new SecretsManagerClient({ maxAttempts: 2, requestHandler });

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };

export const documentClient = (endpoint: string): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region: 'eu-west-1', credentials }), {
    marshallOptions: { removeUndefinedValues: true },
  });

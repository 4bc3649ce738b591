import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DeleteEndpointCommand,
  GetEndpointAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  NotFoundException,
  SetEndpointAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { DynamoDBDocumentClient, QueryCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RegistrationItem } from '../../lambda/aws/registration-item.ts';
import { tokenPk } from '../../lambda/aws/registration-item.ts';
import { hashOf } from '../../lambda/core/token.ts';
import type { LocalCloud } from '../../local/cloud.ts';

/** The table and SNS as they are, past the fault proxies. */
export const openAws = ({ info, snsUrl }: LocalCloud) => {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const { region, tableName: TableName, dynamodb } = info.aws;
  const client = new DynamoDBClient({ region, endpoint: dynamodb, credentials });
  const table = DynamoDBDocumentClient.from(client);
  const sns = new SNSClient({ region, endpoint: snsUrl, credentials });

  const rows = async (): Promise<RegistrationItem[]> => {
    const items: RegistrationItem[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await table.send(
        new ScanCommand({ TableName, ...(ExclusiveStartKey && { ExclusiveStartKey }) }),
      );
      items.push(...((page.Items ?? []) as RegistrationItem[]).filter(({ pk }) => pk.startsWith('TOKEN#')));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return items;
  };

  const endpointsOf = async (PlatformApplicationArn: string): Promise<string[]> => {
    const tokens: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await sns.send(
        new ListEndpointsByPlatformApplicationCommand({
          PlatformApplicationArn,
          ...(NextToken && { NextToken }),
        }),
      );
      tokens.push(...(page.Endpoints ?? []).map(({ Attributes }) => Attributes?.['Token'] ?? ''));
      NextToken = page.NextToken;
    } while (NextToken);
    return tokens;
  };

  return {
    /** Every registration. */
    rows,
    rowsOf: async (token: string): Promise<RegistrationItem[]> => {
      const { Items = [] } = await table.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': tokenPk(hashOf(token)) },
          ConsistentRead: true,
        }),
      );
      return Items as RegistrationItem[];
    },
    /** The tokens that have an endpoint, once for each. */
    endpointTokens: async (): Promise<string[]> => {
      const { PlatformApplications = [] } = await sns.send(new ListPlatformApplicationsCommand());
      const lists = await Promise.all(
        PlatformApplications.map(({ PlatformApplicationArn = '' }) => endpointsOf(PlatformApplicationArn)),
      );
      return lists.flat();
    },
    /** Undefined where there is none. */
    endpoint: async (EndpointArn: string) => {
      try {
        const { Attributes } = await sns.send(new GetEndpointAttributesCommand({ EndpointArn }));
        return Attributes;
      } catch (error) {
        if (error instanceof NotFoundException) return undefined;
        throw error;
      }
    },
    deleteEndpoint: (EndpointArn: string) => sns.send(new DeleteEndpointCommand({ EndpointArn })),
    disableEndpoint: (EndpointArn: string) =>
      sns.send(new SetEndpointAttributesCommand({ EndpointArn, Attributes: { Enabled: 'false' } })),
    forgetEndpoint: ({ pk, sk }: RegistrationItem) =>
      table.send(
        new UpdateCommand({ TableName, Key: { pk, sk }, UpdateExpression: 'REMOVE endpointArn, verifiedAt' }),
      ),
    close: () => {
      client.destroy();
      sns.destroy();
    },
  };
};

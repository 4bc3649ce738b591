import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RegistrationTable } from '../core/ports.ts';
import type { Registration, RegistrationKey } from '../core/registration.ts';
import type { RegistrationItem } from './registration-item.ts';
import {
  claimAttributes,
  extensionKey,
  itemKey,
  linesOf,
  readItem,
  readItemKey,
  tokenPk,
} from './registration-item.ts';
import { asking, whether } from './table-errors.ts';
import { unchanged, updateExpression } from './update-expression.ts';

const refusalAttributes = ['disabledAt', 'disabledReason'] as const;
const optionalAttributes = ['deviceId', 'deviceName', 'callAlerts', 'harmonyOs'] as const;

/** Registrations in the one table of the deployment (docs/architecture.md, "The table"). */
export const createRegistrationTable = (
  dynamoDb: DynamoDBDocumentClient,
  TableName: string,
): RegistrationTable => {
  const query = async (
    condition: string,
    values: Record<string, unknown>,
    options: { IndexName?: string; ConsistentRead?: boolean },
  ): Promise<RegistrationItem[]> => {
    const items: RegistrationItem[] = [];
    let ExclusiveStartKey: Record<string, unknown> | undefined;
    do {
      const page = await asking(
        dynamoDb.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: condition,
            ExpressionAttributeValues: values,
            ...options,
            ...(ExclusiveStartKey && { ExclusiveStartKey }),
          }),
        ),
      );
      items.push(...((page.Items ?? []) as RegistrationItem[]));
      ExclusiveStartKey = page.LastEvaluatedKey;
    } while (ExclusiveStartKey);
    return items;
  };

  const update = (key: RegistrationKey, expression: ReturnType<typeof updateExpression>) =>
    dynamoDb.send(new UpdateCommand({ TableName, Key: itemKey(key), ...expression }));

  const absent = (registration: Registration) =>
    optionalAttributes.filter((name) => registration[name] === undefined);

  return {
    claim: async (registration) => {
      const { Attributes } = await asking(
        dynamoDb.send(
          new UpdateCommand({
            TableName,
            Key: itemKey(registration),
            ReturnValues: 'ALL_OLD',
            ...updateExpression({
              set: claimAttributes(registration),
              remove: [...absent(registration), ...refusalAttributes],
            }),
          }),
        ),
      );
      return Attributes && readItem({ ...(Attributes as RegistrationItem), ...itemKey(registration) });
    },

    inherit: (registration) =>
      whether(
        update(
          registration,
          updateExpression({
            set: claimAttributes(registration),
            remove: [...absent(registration), ...refusalAttributes, 'verifiedAt'],
            condition: [
              'attribute_not_exists(pk)',
              '#expiresAt <= :now',
              '(#claimedAt < :claimedAt AND #app = :app AND #platform = :platform AND #environment = :environment)',
            ].join(' OR '),
            values: { ':now': Math.floor(registration.registeredAt / 1_000) },
          }),
        ),
      ),

    ofToken: async (pbxId, tokenHash) => {
      const values = { ':pk': tokenPk(tokenHash), ':lines': linesOf(pbxId) };
      const items = await query('pk = :pk AND begins_with(sk, :lines)', values, { ConsistentRead: true });
      return items.map(readItem);
    },

    ofTokenAnywhere: async (tokenHash) => {
      const items = await query('pk = :pk', { ':pk': tokenPk(tokenHash) }, { ConsistentRead: true });
      return items.map(readItem);
    },

    get: async (key) => {
      const get = new GetCommand({ TableName, Key: itemKey(key), ConsistentRead: true });
      const { Item } = await asking(dynamoDb.send(get));
      return Item && readItem(Item as RegistrationItem);
    },

    ofExtension: async (pbxId, extension) => {
      const values = { ':key': extensionKey(pbxId, extension) };
      const items = await query('extensionKey = :key', values, { IndexName: 'byExtension' });
      return items.map(readItem);
    },

    ofEndpoint: async (endpointArn) => {
      const items = await query('endpointArn = :arn', { ':arn': endpointArn }, { IndexName: 'byEndpoint' });
      return items.map(readItemKey);
    },

    // A late write must not leave a ghost of two attributes, nor touch what was registered since.
    setEndpoint: (key, { endpointArn, verifiedAt }, read) =>
      whether(
        update(
          key,
          updateExpression({
            set: { endpointArn, verifiedAt },
            ...unchanged(['registeredAt', 'app', 'platform', 'environment'], read),
          }),
        ),
      ),

    setRefusal: (key, refusal, expiresAt, read) =>
      whether(
        update(
          key,
          updateExpression({
            set: {
              expiresAt: Math.ceil(expiresAt / 1_000),
              disabledAt: refusal?.at,
              disabledReason: refusal?.reason,
            },
            remove: refusal === undefined ? refusalAttributes : [],
            ...unchanged(['registeredAt', 'verifiedAt', 'disabledReason'], read),
          }),
        ),
      ),

    remove: async (key, onlyIf = {}) => {
      const given = Object.entries(onlyIf).filter(([, value]) => value !== undefined);
      return whether(
        dynamoDb.send(
          new DeleteCommand({
            TableName,
            Key: itemKey(key),
            ConditionExpression: [
              'attribute_exists(pk)',
              ...given.map(([name]) => `#${name} = :${name}`),
            ].join(' AND '),
            ...(given.length > 0 && {
              ExpressionAttributeNames: Object.fromEntries(given.map(([name]) => [`#${name}`, name])),
              ExpressionAttributeValues: Object.fromEntries(
                given.map(([name, value]) => [`:${name}`, value]),
              ),
            }),
          }),
        ),
      );
    },
  };
};

import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { days } from '../core/duration.ts';
import type { GuardNotes, GuardTable } from '../core/ports.ts';
import { asking } from './table-errors.ts';
import { updateExpression } from './update-expression.ts';

/** What `pns-admin` does to the guard, beside reading it. */
export type GuardAdministration = GuardTable & {
  /** Forgets what was counted in an hour. */
  forgetHour(app: string, hour: string): Promise<void>;
  /** Takes the flag away. Refusals of before `at`, in epoch milliseconds, are not believed any more. */
  clearGuard(app: string, at: number): Promise<void>;
};

/** Nobody asks for what is older than a week (core/guard.ts). In seconds, for DynamoDB's time to live. */
const expiryOf = (time: number): number => Math.ceil((time + days(8)) / 1_000);

const hourPrefix = 'HOUR#';
const partition = (app: string): string => `GUARD#${app}`;
const flagKey = (app: string) => ({ pk: partition(app), sk: 'FLAG' });
const hourKey = (app: string, hour: string) => ({ pk: partition(app), sk: `${hourPrefix}${hour}` });

type Item = { sk: string; trippedAt?: number; clearedAt?: number; refusals?: number };

/** The fleet guard's flags and counters in the one table of the deployment (docs/architecture.md, "The table"). */
export const createGuardTable = (
  dynamoDb: DynamoDBDocumentClient,
  TableName: string,
): GuardAdministration => ({
  // An hour's item is a hundred bytes: nine days of them are one page.
  readGuard: async (app) => {
    const { Items = [] } = await asking(
      dynamoDb.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :pk',
          ExpressionAttributeValues: { ':pk': partition(app) },
        }),
      ),
    );
    return notesOf(Items as Item[]);
  },

  countRefusal: async (app, hour) => {
    const { Attributes } = await asking(
      dynamoDb.send(
        new UpdateCommand({
          TableName,
          Key: hourKey(app, hour),
          ReturnValues: 'UPDATED_NEW',
          UpdateExpression: 'ADD #refusals :one SET #expiresAt = :expiresAt',
          ExpressionAttributeNames: { '#refusals': 'refusals', '#expiresAt': 'expiresAt' },
          ExpressionAttributeValues: { ':one': 1, ':expiresAt': expiryOf(Date.parse(`${hour}:00:00Z`)) },
        }),
      ),
    );
    return Number(Attributes?.['refusals']);
  },

  tripGuard: async (app, at) => {
    await asking(
      dynamoDb.send(
        new UpdateCommand({
          TableName,
          Key: flagKey(app),
          UpdateExpression: 'SET #trippedAt = if_not_exists(#trippedAt, :at) REMOVE #expiresAt',
          ExpressionAttributeNames: { '#trippedAt': 'trippedAt', '#expiresAt': 'expiresAt' },
          ExpressionAttributeValues: { ':at': at },
        }),
      ),
    );
  },

  forgetHour: async (app, hour) => {
    await asking(dynamoDb.send(new DeleteCommand({ TableName, Key: hourKey(app, hour) })));
  },

  clearGuard: async (app, at) => {
    const set = { clearedAt: at, expiresAt: expiryOf(at) };
    const update = updateExpression({ set, remove: ['trippedAt'] });
    await asking(dynamoDb.send(new UpdateCommand({ TableName, Key: flagKey(app), ...update })));
  },
});

const notesOf = (items: readonly Item[]): GuardNotes => {
  const { trippedAt, clearedAt } = items.find(({ sk }) => sk === 'FLAG') ?? {};
  return {
    ...(trippedAt !== undefined && { trippedAt }),
    ...(clearedAt !== undefined && { clearedAt }),
    hours: items
      .filter(({ sk }) => sk.startsWith(hourPrefix))
      .map(({ sk, refusals = 0 }) => ({ hour: sk.slice(hourPrefix.length), refusals })),
  };
};

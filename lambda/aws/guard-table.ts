import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { days } from '../core/duration.ts';
import type { GuardNotes, GuardTable } from '../core/ports.ts';
import { asking, whether } from './table-errors.ts';
import { updateExpression } from './update-expression.ts';

/** What `pns-admin` does to the guard, beside reading it. */
export type GuardAdministration = GuardTable & {
  /** Forgets what was counted in an hour. */
  forgetHour(app: string, hour: string): Promise<void>;
  /** Takes the flag away. Refusals of before `at`, in epoch milliseconds, are not believed any more. */
  clearGuard(app: string, at: number): Promise<void>;
};

/** Nobody asks for what is older than eight days (core/guard.ts). In seconds, for DynamoDB's time to live. */
const expiryOf = (time: number): number => Math.ceil((time + days(9)) / 1_000);

/** Enough to tell ten thousand tokens apart, and no more than is needed. */
const nameOf = (tokenHash: string): string => tokenHash.slice(0, 12);

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
  // Most hours' items are some hundred bytes: nine days of them are one page, but where very many phones are refused.
  readGuard: async (app) => {
    const query = {
      TableName,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': partition(app) },
      ProjectionExpression: 'sk, trippedAt, clearedAt, refusals',
    };
    const items: Item[] = [];
    const pages = paginateQuery({ client: dynamoDb }, query)[Symbol.asyncIterator]();
    for (let page = await asking(pages.next()); !page.done; page = await asking(pages.next()))
      items.push(...((page.value.Items ?? []) as Item[]));
    return notesOf(items);
  },

  // One write, so that a crash counts a token or does not, and a repeat counts none twice.
  countRefusal: async (app, hour, tokenHash) => {
    let refusals: number | undefined;
    await whether(
      dynamoDb
        .send(
          new UpdateCommand({
            TableName,
            Key: hourKey(app, hour),
            ReturnValues: 'UPDATED_NEW',
            UpdateExpression: 'ADD #refusals :one, #tokens :token SET #expiresAt = :expiresAt',
            ConditionExpression: 'NOT contains(#tokens, :name)',
            ExpressionAttributeNames: {
              '#refusals': 'refusals',
              '#tokens': 'tokens',
              '#expiresAt': 'expiresAt',
            },
            ExpressionAttributeValues: {
              ':one': 1,
              ':token': new Set([nameOf(tokenHash)]),
              ':name': nameOf(tokenHash),
              ':expiresAt': expiryOf(Date.parse(`${hour}:00:00Z`)),
            },
          }),
        )
        .then(({ Attributes }) => {
          refusals = Number(Attributes?.['refusals']);
        }),
    );
    return refusals;
  },

  tripGuard: async (app, at, clearedAt) => {
    await whether(
      dynamoDb.send(
        new UpdateCommand({
          TableName,
          Key: flagKey(app),
          UpdateExpression: 'SET #trippedAt = if_not_exists(#trippedAt, :at)',
          ConditionExpression:
            clearedAt === undefined ? 'attribute_not_exists(#clearedAt)' : '#clearedAt = :clearedAt',
          ExpressionAttributeNames: { '#trippedAt': 'trippedAt', '#clearedAt': 'clearedAt' },
          ExpressionAttributeValues: {
            ':at': at,
            ...(clearedAt !== undefined && { ':clearedAt': clearedAt }),
          },
        }),
      ),
    );
  },

  forgetHour: async (app, hour) => {
    await asking(dynamoDb.send(new DeleteCommand({ TableName, Key: hourKey(app, hour) })));
  },

  // For good: a failure queue keeps an event of before for two weeks.
  clearGuard: async (app, at) => {
    const update = updateExpression({ set: { clearedAt: at }, remove: ['trippedAt'] });
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

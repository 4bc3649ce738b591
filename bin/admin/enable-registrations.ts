import { paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RegistrationItem } from '../../lambda/aws/registration-item.ts';
import { asking, whether } from '../../lambda/aws/table-errors.ts';
import { updateExpression } from '../../lambda/aws/update-expression.ts';
import { days } from '../../lambda/core/duration.ts';
import { clearGuard } from './guard.ts';
import { inBatches } from './in-batches.ts';
import type { Target } from './target.ts';

type Row = Pick<RegistrationItem, 'pk' | 'sk' | 'registeredAt' | 'verifiedAt' | 'disabledAt'>;

/** What a run came to: rows whose mark is gone, and others that the next call asks SNS about. */
export type Enabled = { unmarked: number; others: number };

/**
 * Undoes what a wrong credential did to an app: clears the marks made since a time, and makes the next call enable the
 * endpoint of every phone where SNS has disabled it, those that the guard kept from being marked too: core enables one
 * that the phone has vouched for since SNS was last asked, so it forgets when that was. Then clears the guard's flag.
 * May be repeated. What was registered meanwhile is left as it is.
 *
 * @param since epoch milliseconds
 */
export const enableRegistrations = async (target: Target, app: string, since: number): Promise<Enabled> => {
  const { dynamoDb, tableName: TableName, registrationDays } = target;
  const unmark = ({ registeredAt }: Row) => ({
    set: { expiresAt: Math.ceil((registeredAt + days(registrationDays)) / 1_000) },
    remove: ['disabledAt', 'disabledReason', 'verifiedAt'],
  });
  const write = (row: Row, changes: { set?: Record<string, unknown>; remove: string[] }) =>
    whether(
      dynamoDb.send(
        new UpdateCommand({
          TableName,
          Key: { pk: row.pk, sk: row.sk },
          ...updateExpression({
            ...changes,
            condition: 'attribute_exists(pk) AND #registeredAt = :read',
            names: ['registeredAt'],
            values: { ':read': row.registeredAt },
          }),
        }),
      ),
    );
  const enable = async (row: Row): Promise<keyof Enabled | undefined> => {
    const { disabledAt, verifiedAt } = row;
    if (disabledAt !== undefined)
      return disabledAt >= since && (await write(row, unmark(row))) ? 'unmarked' : undefined;
    if (verifiedAt === undefined) return undefined;
    return (await write(row, { remove: ['verifiedAt'] })) ? 'others' : undefined;
  };

  const count: Enabled = { unmarked: 0, others: 0 };
  const scan = {
    TableName,
    ConsistentRead: true,
    FilterExpression: 'begins_with(pk, :token) AND #app = :app',
    ExpressionAttributeNames: { '#app': 'app' },
    ExpressionAttributeValues: { ':token': 'TOKEN#', ':app': app },
    ProjectionExpression: 'pk, sk, registeredAt, verifiedAt, disabledAt',
  };
  const pages = paginateScan({ client: dynamoDb }, scan)[Symbol.asyncIterator]();
  for (let page = await asking(pages.next()); !page.done; page = await asking(pages.next())) {
    for (const done of await inBatches((page.value.Items ?? []) as Row[], enable)) {
      if (done !== undefined) count[done] += 1;
    }
  }
  await clearGuard(target, app);
  return count;
};

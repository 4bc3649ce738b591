import { GetCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RegistrationItem } from '../../lambda/aws/registration-item.ts';
import { asking, whether } from '../../lambda/aws/table-errors.ts';
import { unchanged, updateExpression } from '../../lambda/aws/update-expression.ts';
import { days } from '../../lambda/core/duration.ts';
import { clearGuard, holdGuard } from './guard.ts';
import { inBatches } from './in-batches.ts';
import type { Target } from './target.ts';

/** What may change under our hands: a write is made only where all of it is as it was read. */
const read = ['registeredAt', 'verifiedAt', 'disabledAt'] as const;
type Row = Pick<RegistrationItem, 'pk' | 'sk' | (typeof read)[number]>;

/** What a run came to: rows whose mark is gone, and others that the next call asks SNS about. */
export type Enabled = { unmarked: number; others: number };

/**
 * Undoes what a wrong credential did to an app: clears the marks made since a time, and makes the next call enable the
 * endpoint of every phone where SNS has disabled it, those that the guard kept from being marked too: core enables one
 * that the phone has vouched for since SNS was last asked, so it forgets when that was. The guard's flag is set all the
 * while, so that nothing is marked behind its back, and cleared in the end. May be repeated, and must be where it was
 * broken off. What is registered meanwhile is left as it is.
 *
 * @param since epoch milliseconds
 */
export const enableRegistrations = async (target: Target, app: string, since: number): Promise<Enabled> => {
  const { dynamoDb, tableName: TableName, registrationDays } = target;
  const expiresAt = ({ registeredAt }: Row) => Math.ceil((registeredAt + days(registrationDays)) / 1_000);

  const write = (row: Row, changes: { set?: Record<string, unknown>; remove: string[] }) =>
    whether(
      dynamoDb.send(
        new UpdateCommand({
          TableName,
          Key: { pk: row.pk, sk: row.sk },
          ...updateExpression({
            ...changes,
            ...unchanged(read, row),
          }),
        }),
      ),
    );

  const readAgain = async ({ pk, sk }: Row): Promise<Row | undefined> => {
    const get = new GetCommand({ TableName, Key: { pk, sk }, ConsistentRead: true });
    return (await asking(dynamoDb.send(get))).Item as Row | undefined;
  };

  const enable = async (scanned: Row): Promise<keyof Enabled | undefined> => {
    for (let row: Row | undefined = scanned; row !== undefined; row = await readAgain(row)) {
      const { registeredAt, disabledAt, verifiedAt } = row;
      const isMarked = disabledAt !== undefined;
      if (registeredAt > scanned.registeredAt) return undefined;
      if (isMarked ? disabledAt < since : verifiedAt === undefined) return undefined;
      const changes = isMarked
        ? { set: { expiresAt: expiresAt(row) }, remove: ['disabledAt', 'disabledReason', 'verifiedAt'] }
        : { remove: ['verifiedAt'] };
      if (await write(row, changes)) return isMarked ? 'unmarked' : 'others';
    }
    return undefined;
  };

  await holdGuard(target, app);
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
  await clearGuard(target, app, since);
  return count;
};

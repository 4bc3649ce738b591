import { setTimeout } from 'node:timers/promises';
import { days } from '../../lambda/core/duration.ts';
import { hourOf, lookMs } from '../../lambda/core/guard.ts';
import { AdminError } from './failure.ts';
import { formatTable } from './format-table.ts';
import { inBatches } from './in-batches.ts';
import type { Target } from './target.ts';

const time = (at: number | undefined): string => (at === undefined ? '-' : new Date(at).toISOString());

/** The fleet guard's flag of each app, as a table for people. */
export const listGuards = async ({ guard, apps }: Pick<Target, 'guard' | 'apps'>): Promise<string> => {
  const hour = hourOf(Date.now());
  const rows = await Promise.all(
    apps.map(async (app) => {
      const { trippedAt, clearedAt, hours } = await guard.readGuard(app);
      const refusals = hours.find((one) => one.hour === hour)?.refusals ?? 0;
      return [app, time(trippedAt), time(clearedAt), String(refusals)];
    }),
  );
  return formatTable(['APP', 'TRIPPED', 'CLEARED', 'REFUSALS THIS HOUR'], rows);
};

/**
 * Lets tokens of an app be given up again. The last day counts from nothing then, else the next refusal would set the
 * flag.
 *
 * @param since epoch milliseconds: what was refused from then on is not usual, either
 * @throws AdminError where the deployment serves no such app
 */
export const clearGuard = async (
  { guard, apps }: Pick<Target, 'guard' | 'apps'>,
  app: string,
  since: number = Date.now(),
): Promise<void> => {
  checkApp({ apps }, app);
  const now = Date.now();
  const from = hourOf(Math.min(since, now - days(1)));
  const { hours } = await guard.readGuard(app);
  await inBatches(
    hours.filter(({ hour }) => hour >= from),
    ({ hour }) => guard.forgetHour(app, hour),
  );
  await guard.clearGuard(app, now);
};

/**
 * Sets the flag, and waits until every running copy of a function has seen it: from then on no token is given up.
 */
export const holdGuard = async ({ guard }: Pick<Target, 'guard'>, app: string): Promise<void> => {
  const { clearedAt } = await guard.readGuard(app);
  await guard.tripGuard(app, Date.now(), clearedAt);
  await setTimeout(lookMs);
};

/** @throws AdminError where the deployment serves no such app */
export const checkApp = ({ apps }: Pick<Target, 'apps'>, app: string): void => {
  if (!apps.includes(app))
    throw new AdminError(`there is no app ${app}: this deployment serves ${apps.join(', ')}`);
};

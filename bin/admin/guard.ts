import { hourOf } from '../../lambda/core/guard.ts';
import { AdminError } from './failure.ts';
import { formatTable } from './format-table.ts';
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
 * Lets tokens of an app be given up again. This hour counts from nothing then, else the next refusal would set the flag.
 *
 * @throws AdminError where the deployment serves no such app
 */
export const clearGuard = async (
  { guard, apps }: Pick<Target, 'guard' | 'apps'>,
  app: string,
): Promise<void> => {
  checkApp({ apps }, app);
  const now = Date.now();
  await guard.forgetHour(app, hourOf(now));
  await guard.clearGuard(app, now);
};

/** @throws AdminError where the deployment serves no such app */
export const checkApp = ({ apps }: Pick<Target, 'apps'>, app: string): void => {
  if (!apps.includes(app))
    throw new AdminError(`there is no app ${app}: this deployment serves ${apps.join(', ')}`);
};

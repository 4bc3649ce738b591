import { createRegistrationTable } from '../../../lambda/aws/registration-table.ts';
import { createSnsGateway } from '../../../lambda/aws/sns-gateway.ts';
import { systemClock } from '../../../lambda/aws/system-clock.ts';
import type { Target } from '../target.ts';
import { createEndpointReader } from './endpoints.ts';
import { find } from './find.ts';
import { mend } from './mend.ts';
import { openProgress } from './progress.ts';
import { countFindings, describeFindings } from './report.ts';

export type ReconcileOptions = {
  /** Where the progress is kept. @default pns-reconcile-<stack>.json in the current folder */
  state?: string;
  /** Mend what is reported. */
  mend?: true;
};

type Say = { report(line: string): void; note(line: string): void };

/**
 * Finds endpoints without registrations and registrations whose endpoint is gone, reports them, and mends them if told
 * to. Interrupted, a repeat goes on where it was; once all is looked at, a repeat reports the same, for whoever is to
 * decide, until it is mended.
 */
export const reconcile = async (target: Target, options: ReconcileOptions, say: Say): Promise<void> => {
  const { dynamoDb, tableName, sns, applications } = target;
  const stateFile = options.state ?? `pns-reconcile-${applications.prefix}.json`;
  const open = openProgress(stateFile, `${applications.arn}:${applications.prefix} ${tableName}`);
  const { progress } = open;
  const ports = {
    table: createRegistrationTable(dynamoDb, tableName),
    endpoints: createSnsGateway(sns, applications),
    clock: systemClock,
    reader: createEndpointReader(sns, systemClock),
  };
  if (progress.finishedAt !== undefined) say.note(`Found at ${progress.finishedAt} (${stateFile})`);
  else {
    if (open.goesOn) say.note(`Going on from ${stateFile}`);
    open.save();
    await find(target, ports, open).finally(open.save);
  }
  for (const line of describeFindings(progress)) say.report(line);
  const { endpoints, rows } = countFindings(progress);
  say.note(`Endpoints without registration: ${endpoints}. Registrations without endpoint: ${rows}`);
  if (options.mend) {
    const { deleted, needed, cleared } = await mend(target, ports, open).finally(open.save);
    say.note(`Deleted: ${deleted} endpoints; ${needed} are needed by now. Cleared: ${cleared} registrations`);
  }
  if (options.mend || endpoints + rows === 0) open.forget();
  else say.note(`To mend it: the same with --mend. To look anew: remove ${stateFile}`);
};

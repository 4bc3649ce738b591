import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { itemKey } from '../../../lambda/aws/registration-item.ts';
import { whether } from '../../../lambda/aws/table-errors.ts';
import { updateExpression } from '../../../lambda/aws/update-expression.ts';
import type { EndpointPorts } from '../../../lambda/core/endpoints.ts';
import { releaseEndpoint } from '../../../lambda/core/endpoints.ts';
import { hashOf } from '../../../lambda/core/token.ts';
import { AdminError } from '../failure.ts';
import type { Target } from '../target.ts';
import type { EndpointReader } from './endpoints.ts';
import { applicationsOf } from './find.ts';
import type { OpenProgress } from './progress.ts';

/** What mending came to: `needed` endpoints have a registration by now, or were made anew for one that came meanwhile. */
export type Mended = { deleted: number; needed: number; cleared: number };

type Ports = EndpointPorts & { reader: EndpointReader };

/**
 * Mends what was found, looking at each again right before: deletes endpoints that no registration uses, and clears
 * those that are gone from the registrations that name them, so that the next call makes one.
 * What is mended leaves the file, so a repeat goes on with the rest.
 */
export const mend = async (
  target: Target,
  ports: Ports,
  { progress, ...file }: OpenProgress,
): Promise<Mended> => {
  const mended: Mended = { deleted: 0, needed: 0, cleared: 0 };
  for (const arn of Object.keys(progress.endpointsWithoutRows)) {
    const outcome = await release(target, ports, arn);
    mended[outcome === 'deleted' ? 'deleted' : 'needed'] += 1;
    delete progress.endpointsWithoutRows[arn];
    file.saveNowAndThen();
  }
  for (const arn of Object.keys(progress.rowsWithoutEndpoint)) {
    mended.cleared += await clear(target, ports, arn);
    delete progress.rowsWithoutEndpoint[arn];
    file.saveNowAndThen();
  }
  return mended;
};

const release = async (target: Target, ports: Ports, arn: string) => {
  const token = await ports.reader.tokenOf(arn);
  if (token === undefined) return 'deleted';
  const application = applicationsOf(target).find((one) => ports.endpoints.belongs(arn, one));
  if (application === undefined) throw new AdminError(`${arn} is of no app of this deployment`);
  // It finds, deletes and perhaps makes an endpoint: three requests at most.
  for (let request = 0; request < 3; request += 1) await ports.reader.pace();
  return releaseEndpoint(ports, { ...application, token, tokenHash: hashOf(token), endpointArn: arn });
};

/** Gives how many registrations it cleared. */
const clear = async (
  { dynamoDb, tableName: TableName }: Target,
  { table, reader }: Ports,
  arn: string,
): Promise<number> => {
  if ((await reader.tokenOf(arn)) !== undefined) return 0;
  const update = updateExpression({
    remove: ['endpointArn'],
    condition: '#endpointArn = :gone',
    values: { ':gone': arn },
  });
  const keys = await table.ofEndpoint(arn);
  const writes = keys.map((key) =>
    whether(dynamoDb.send(new UpdateCommand({ TableName, Key: itemKey(key), ...update }))),
  );
  return (await Promise.all(writes)).filter(Boolean).length;
};

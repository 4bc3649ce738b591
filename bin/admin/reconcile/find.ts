import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type RegistrationItem, readItemKey } from '../../../lambda/aws/registration-item.ts';
import { snsPlatformOf } from '../../../lambda/aws/sns-message.ts';
import { asking } from '../../../lambda/aws/table-errors.ts';
import { environments, platforms } from '../../../lambda/core/contract.ts';
import type { EndpointGateway, RegistrationTable } from '../../../lambda/core/ports.ts';
import type { SnsApplication } from '../../../lambda/core/registration.ts';
import { hasEndpoints, hasSandbox, isOfSameApplication } from '../../../lambda/core/registration.ts';
import { fingerprintOf, hashOf } from '../../../lambda/core/token.ts';
import { inBatches } from '../in-batches.ts';
import type { Target } from '../target.ts';
import type { EndpointReader } from './endpoints.ts';
import { tableParts } from './limits.ts';
import type { OpenProgress } from './progress.ts';

const sides = platforms.flatMap((platform) =>
  (hasSandbox(platform) ? environments : (['production'] as const)).map((environment) => ({
    platform,
    environment,
  })),
);

/** Every platform application that the apps of a deployment may have. */
export const applicationsOf = ({ apps }: Pick<Target, 'apps'>): SnsApplication[] =>
  apps.flatMap((app) => sides.map((side) => ({ app, ...side }))).filter(hasEndpoints);

const applicationArn = ({ applications: { arn, prefix } }: Target, application: SnsApplication): string =>
  `${arn}:app/${snsPlatformOf(application)}/${prefix}-${application.app}`;

type Ports = { table: RegistrationTable; endpoints: EndpointGateway; reader: EndpointReader };

/** Looks at every endpoint and every registration, from where it was left, and notes what is out of step. */
export const find = async (target: Target, ports: Ports, { progress, ...file }: OpenProgress) => {
  const applications = applicationsOf(target);
  /** Spares a question to SNS for each registration. */
  const listed = new Set<string>();
  const earlier = applications.slice(0, progress.applicationsListed + (progress.nextToken ? 1 : 0));
  while (progress.applicationsListed < applications.length) {
    const application = applications[progress.applicationsListed];
    if (application === undefined) throw new Error('no such application');
    const page = await ports.reader.list(applicationArn(target, application), progress.nextToken);
    await inBatches(page.endpoints, async ({ arn, token }) => {
      listed.add(arn);
      const rows = await ports.table.ofTokenAnywhere(hashOf(token));
      if (rows.some((row) => isOfSameApplication(row, application))) return;
      progress.endpointsWithoutRows[arn] = { fingerprint: fingerprintOf(token) };
    });
    delete progress.nextToken;
    if (page.nextToken === undefined) progress.applicationsListed += 1;
    else if (page.nextToken !== '') progress.nextToken = page.nextToken;
    file.saveNowAndThen();
  }
  // 100 endpoints a request, where asking for each that an earlier run has seen would take hours.
  for (const application of earlier) await listAgain(target, ports, application, listed);
  const asksFor = (arn: string) =>
    !listed.has(arn) && applications.some((application) => ports.endpoints.belongs(arn, application));
  while (progress.partsRead < tableParts) {
    await findRowsWithoutEndpoint(target, ports, asksFor, progress);
    progress.partsRead += 1;
    file.saveNowAndThen();
  }
  progress.finishedAt = new Date().toISOString();
};

const listAgain = async (
  target: Target,
  { reader }: Ports,
  application: SnsApplication,
  listed: Set<string>,
): Promise<void> => {
  let nextToken: string | undefined;
  do {
    const page = await reader.list(applicationArn(target, application), nextToken);
    for (const { arn } of page.endpoints) listed.add(arn);
    nextToken = page.nextToken;
    // Where SNS has forgotten the place, what is left is asked for by itself.
  } while (nextToken);
};

const findRowsWithoutEndpoint = async (
  { dynamoDb, tableName }: Target,
  { reader }: Ports,
  asksFor: (endpointArn: string) => boolean,
  progress: OpenProgress['progress'],
): Promise<void> => {
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const scan = new ScanCommand({
      TableName: tableName,
      ConsistentRead: true,
      Segment: progress.partsRead,
      TotalSegments: tableParts,
      FilterExpression: 'begins_with(pk, :token) AND attribute_exists(endpointArn)',
      ExpressionAttributeValues: { ':token': 'TOKEN#' },
      ProjectionExpression: 'pk, sk, endpointArn',
      ...(ExclusiveStartKey && { ExclusiveStartKey }),
    });
    const page = await asking(dynamoDb.send(scan));
    const rows = (page.Items ?? []) as Required<Pick<RegistrationItem, 'pk' | 'sk' | 'endpointArn'>>[];
    await inBatches(
      rows.filter(({ endpointArn }) => asksFor(endpointArn)),
      async ({ pk, sk, endpointArn }) => {
        if ((await reader.tokenOf(endpointArn)) !== undefined) return;
        const { tokenHash, pbxId } = readItemKey({ pk, sk });
        const fingerprint = tokenHash.slice(0, 8);
        const others = (progress.rowsWithoutEndpoint[endpointArn] ?? []).filter(
          (other) => other.fingerprint !== fingerprint || other.pbxId !== pbxId,
        );
        progress.rowsWithoutEndpoint[endpointArn] = [...others, { fingerprint, pbxId }];
      },
    );
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
};

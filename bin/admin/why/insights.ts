import { setTimeout as delay } from 'node:timers/promises';
import {
  CloudWatchLogsClient,
  type CloudWatchLogsClientConfig,
  DescribeLogGroupsCommand,
  GetQueryResultsCommand,
  StartQueryCommand,
  StopQueryCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { days } from '../../../lambda/core/duration.ts';
import { AdminError } from '../failure.ts';
import type { FunctionLogs, Span, Wanted } from './find-calls.ts';
import { type PushOperation, pushOperations } from './lines.ts';

/*
 * Logs Insights, and not FilterLogEvents. That one is free, but it reads a log from its oldest event on, a page of
 * 1 MB at a time: thousands of requests for a month of a busy deployment, and the latest calls come last. Insights
 * gives the latest first, in seconds, for $0.005 per GB that it reads; and lib/ has the fields below indexed, so that it
 * skips what cannot hold the call (Amazon CloudWatch Logs user guide, "Create field indexes"): `=` and `in` alone use an
 * index.
 */

/** A text of Insights' query language. */
const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, '\\$&')}"`;

export const pushQuery = ({ field, value, pbxId }: Wanted, limit: number): string =>
  [
    'fields @message',
    `filter message.${field} = ${quoted(value)}`,
    ...(pbxId === undefined ? [] : [`filter message.pbxId = ${quoted(pbxId)}`]),
    'sort @timestamp desc',
    `limit ${limit}`,
  ].join(' | ');

export const failureQuery = (messageIds: readonly string[]): string =>
  `fields @message | filter message.messageId in [${messageIds.map(quoted).join(', ')}] | sort @timestamp asc | limit 10000`;

/** A query is at most 10,000 characters long (Amazon CloudWatch Logs quotas); an id takes 40. */
const idsPerQuery = 200;

const pollMs = 500;
/** Insights itself gives up after an hour; whoever waits for an answer does so sooner. */
const patienceMs = 120_000;
const dayMs = days(1);

const parseLine = (line: string): unknown[] => {
  try {
    return [JSON.parse(line)];
  } catch {
    return [];
  }
};

/** By name. */
type LogGroups = Readonly<Record<PushOperation | 'feedback', string>>;

/** @throws AdminError, and whatever AWS answers, where the logs cannot be read */
export const openInsights = async (
  groups: LogGroups,
  config: CloudWatchLogsClientConfig,
): Promise<FunctionLogs> => {
  const client = new CloudWatchLogsClient(config);

  const keptSince = async (name: string): Promise<number> => {
    const { logGroups = [] } = await client.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    const group = logGroups.find(({ logGroupName }) => logGroupName === name);
    if (group === undefined) throw new AdminError(`there is no log group ${name}: deploy the stack again`);
    const { creationTime = 0, retentionInDays } = group;
    return Math.max(creationTime, retentionInDays === undefined ? 0 : Date.now() - retentionInDays * dayMs);
  };

  const results = async (queryId: string): Promise<unknown[]> => {
    const giveUpAt = Date.now() + patienceMs;
    for (;;) {
      const { status, results: rows = [] } = await client.send(new GetQueryResultsCommand({ queryId }));
      if (status === 'Complete') {
        const fields = rows.flat().filter(({ field }) => field === '@message');
        return fields.flatMap(({ value = '' }) => parseLine(value));
      }
      if (status !== 'Scheduled' && status !== 'Running' && status !== 'Unknown') {
        throw new AdminError(`Logs Insights ended the query as ${status}: repeat the command`);
      }
      if (Date.now() > giveUpAt) {
        // Refused, too, where it has just ended; one that goes on ends by itself, and neither is the caller's business.
        await client.send(new StopQueryCommand({ queryId })).catch(() => {});
        throw new AdminError(
          `Logs Insights had not answered after ${patienceMs / 1_000} s: look through less, with --since`,
        );
      }
      await delay(pollMs);
    }
  };

  const query = async (logGroupName: string, queryString: string, { since, until }: Span) => {
    const startTime = Math.floor(since / 1_000);
    const endTime = Math.ceil(until / 1_000);
    const { queryId = '' } = await client.send(
      new StartQueryCommand({ logGroupName, queryString, startTime, endTime }),
    );
    return results(queryId);
  };

  const begins = new Map(
    await Promise.all(pushOperations.map(async (one) => [one, await keptSince(groups[one])] as const)),
  );
  return {
    place: `the log groups ${pushOperations.map((one) => groups[one]).join(', ')}`,
    begins: Math.min(...begins.values()),
    pushes: async (wanted, { since, until }, limit) => {
      // One by one, since each log begins by itself: Insights refuses what was before.
      const found = wanted.operations.map((one) => {
        const from = Math.max(since, begins.get(one) ?? 0);
        return from < until ? query(groups[one], pushQuery(wanted, limit), { since: from, until }) : [];
      });
      return (await Promise.all(found)).flat();
    },
    failures: async (messageIds, span) => {
      const found: unknown[] = [];
      for (let start = 0; start < messageIds.length; start += idsPerQuery) {
        const ids = messageIds.slice(start, start + idsPerQuery);
        found.push(...(await query(groups.feedback, failureQuery(ids), span)));
      }
      return found;
    },
  };
};

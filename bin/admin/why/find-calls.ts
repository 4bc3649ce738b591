import { hours } from '../../../lambda/core/duration.ts';
import { mergeFailures } from './failures.ts';
import type { PushLine, PushOperation } from './lines.ts';
import { type FailureLine, isThroughSns, readFailureLine, readPushLine } from './lines.ts';

/** Which pushes are looked for. An extension is one of a PBX; the same of another is somebody else. */
export type Wanted = {
  field: 'uuid' | 'callId' | 'extension';
  value: string;
  pbxId?: string;
  /** Which functions logged them: an extension that is written to all day must not hide its calls. */
  operations: readonly PushOperation[];
};

/** From when to when, in epoch milliseconds. */
export type Span = { since: number; until: number };

/** Where the functions' lines are kept, parsed from JSON. What they give may hold other lines beside those asked for. */
export type FunctionLogs = {
  /** For people. */
  place: string;
  /** How far back the lines go, in epoch milliseconds. */
  begins: number;
  /** The latest lines on what is wanted, so many at most of each function. */
  pushes(wanted: Wanted, span: Span, limit: number): Promise<unknown[]>;
  /** The lines of feedback on these messages of SNS. */
  failures(messageIds: readonly string[], span: Span): Promise<unknown[]>;
};

/** One ring attempt at one extension of one PBX, with its cancels; or one message to it. */
export type PushRecord = {
  pbxId: string;
  extension: string;
  uuid: string;
  /** Its requests, oldest first: a PBX repeats one whose answer it has not seen, and cancels a call under its UUID. */
  requests: [PushLine, ...PushLine[]];
  /** By SNS's message id. */
  failures: ReadonlyMap<string, FailureLine>;
};

export type Search = {
  /** The latest, in the order in which they came. */
  calls: PushRecord[];
  /** There are more, before these. */
  more: boolean;
  /** What was looked through. */
  span: Span;
};

/** A PBX sends a call a few times at most. */
const requestsPerCall = 20;
/** Logs Insights gives no more (Amazon CloudWatch Logs quotas). */
const mostLines = 10_000;
/** SNS tries for 6 h, and its event may wait for the function for 6 h more (lib/delivery-feedback.ts). */
const failureMs = hours(13);

const isWanted =
  ({ field, value, pbxId, operations }: Wanted) =>
  (line: PushLine): boolean =>
    operations.includes(line.operation) &&
    line[field] === value &&
    (pbxId === undefined || line.pbxId === pbxId);

/**
 * @param last how many calls to give at most
 * @param now epoch milliseconds
 */
export const findCalls = async (
  logs: FunctionLogs,
  wanted: Wanted,
  { since, last, now }: { since: number; last: number; now: number },
): Promise<Search> => {
  const span = { since: Math.max(since, logs.begins), until: now };
  const limit = Math.min(last * requestsPerCall, mostLines);
  const read = await logs.pushes(wanted, span, limit);
  const lines = read
    .flatMap(readPushLine)
    .filter(isWanted(wanted))
    .filter(({ at }) => at >= span.since)
    .toSorted((a, b) => a.askedAt - b.askedAt);
  const groups = [
    ...Map.groupBy(lines, ({ pbxId, extension, uuid }) => `${pbxId} ${extension} ${uuid}`).values(),
  ];
  const chosen = groups.slice(-last);

  const requests = chosen.flat();
  const messageIds = requests.flatMap(({ pushes }) =>
    pushes.filter(isThroughSns).flatMap(({ messageId = [] }) => messageId),
  );
  const after = {
    since: Math.min(...requests.map(({ askedAt }) => askedAt)),
    until: Math.min(now, Math.max(...requests.map(({ at }) => at)) + failureMs),
  };
  const found =
    messageIds.length === 0 ? [] : (await logs.failures(messageIds, after)).flatMap(readFailureLine);
  const failures = mergeFailures(found);
  const calls = chosen.flatMap(([first, ...others]): PushRecord[] => {
    if (first === undefined) return [];
    const { pbxId, extension, uuid } = first;
    return [{ pbxId, extension, uuid, requests: [first, ...others], failures }];
  });
  return { calls, more: groups.length > chosen.length || read.length >= limit, span };
};

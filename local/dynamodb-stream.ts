import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Item } from './dynamodb-engine.ts';

/** Amazon DynamoDB developer guide, "Working with expired items and TTL": who removes what has expired. */
export const expiry = { type: 'Service', principalId: 'dynamodb.amazonaws.com' } as const;

type RemovedItem = { key: Item; oldImage: Item; userIdentity?: typeof expiry };

type Handler = (records: DynamoDBRecord[]) => Promise<void>;

export type RemovalStream = {
  add(removed: RemovedItem): void;
  /** Resolves when no record waits or is being handled. */
  idle(): Promise<void>;
  /** Hands over what is left, without waiting before a retry. */
  close(): Promise<void>;
};

type Options = {
  tableArn: string;
  /** When the table was made: names its stream. */
  createdAt: Date;
  onRemoved: Handler;
  /** How many records go out together. @default 100, Lambda's own */
  batchSize?: number;
  /** How often a record that fails alone is tried again, before it is given up. @default 5 */
  retries?: number;
  /** Milliseconds before the first retry; doubled for each further one. @default 100 */
  retryMs?: number;
};

/**
 * Stands in for a table's stream of old images with one shard, and for its event source mapping: records go
 * out in order, in batches, one batch at a time; one that fails is halved, so that a bad record is
 * given up alone (AWS Lambda developer guide, "Process DynamoDB records with Lambda"). Records are kept in memory:
 * what was not handled when the process is killed is lost, where the real stream holds it for a day.
 */
export const startRemovalStream = (options: Options): RemovalStream => {
  const { tableArn, createdAt, onRemoved, batchSize = 100, retries = 5, retryMs = 100 } = options;
  const waiting: DynamoDBRecord[] = [];
  const closing = new AbortController();
  let handling: Promise<void> | undefined;
  // Sequence numbers rise over restarts too.
  let sequence = BigInt(Date.now()) * 10n ** 12n;

  const toRecord = ({ key, oldImage, userIdentity }: RemovedItem): DynamoDBRecord => {
    sequence += 1n;
    return {
      eventID: randomUUID().replaceAll('-', ''),
      eventName: 'REMOVE',
      eventVersion: '1.1',
      eventSource: 'aws:dynamodb',
      awsRegion: tableArn.split(':')[3],
      dynamodb: {
        ApproximateCreationDateTime: Math.floor(Date.now() / 1000),
        Keys: key,
        OldImage: oldImage,
        SequenceNumber: String(sequence),
        SizeBytes: Buffer.byteLength(JSON.stringify(oldImage)),
        StreamViewType: 'OLD_IMAGE',
      },
      eventSourceARN: `${tableArn}/stream/${createdAt.toISOString().replace('Z', '')}`,
      ...(userIdentity === undefined ? {} : { userIdentity }),
    };
  };

  const handled = async (records: DynamoDBRecord[]): Promise<boolean> => {
    try {
      await onRemoved(records);
      return true;
    } catch {
      return false;
    }
  };

  const handOver = async (records: DynamoDBRecord[]): Promise<void> => {
    if (await handled(records)) return;
    if (records.length > 1) {
      const half = Math.ceil(records.length / 2);
      await handOver(records.slice(0, half));
      await handOver(records.slice(half));
      return;
    }
    for (let retry = 0; retry < retries; retry += 1) {
      await sleep(retryMs * 2 ** retry, undefined, { signal: closing.signal }).catch(() => undefined);
      if (await handled(records)) return;
    }
    // Neither the error nor the record: both may hold a token.
    console.error(`table stream: a removed item was given up after ${retries} retries`);
  };

  const run = async (): Promise<void> => {
    // What is removed in one turn goes out together.
    await Promise.resolve();
    while (waiting.length > 0) await handOver(waiting.splice(0, batchSize));
    handling = undefined;
  };

  return {
    add(removed) {
      waiting.push(toRecord(removed));
      handling ??= run();
    },
    async idle() {
      while (handling !== undefined) await handling;
    },
    async close() {
      closing.abort();
      await this.idle();
    },
  };
};

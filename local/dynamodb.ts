import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { promisify } from 'node:util';
import type { DynamoDBRecord } from 'aws-lambda';
import { startEngine } from './dynamodb-engine.ts';
import { removeExpired } from './dynamodb-expiry.ts';
import { watchRemovals } from './dynamodb-removals.ts';
import { expiry, startRemovalStream } from './dynamodb-stream.ts';
import { openTable } from './dynamodb-table.ts';
import { listenOnLoopback } from './loopback.ts';

export type DynamoDb = {
  url: string;
  /** Resolves when no removed item waits to be handed over, or is being handled. */
  idle(): Promise<void>;
  /** Hands over what was removed, then stops. */
  close(): Promise<void>;
};

type Options = {
  /** LevelDB's folder, for one process at a time; made if it is missing. Without, data is kept in memory. */
  dir?: string;
  tableName: string;
  /** Gets what left the table, deleted or expired, as its stream gives it. Rejects to get it again. */
  onRemoved(records: DynamoDBRecord[]): Promise<void>;
  /** Milliseconds between two looks for expired items. @default 60000 */
  sweepMs?: number;
  /** Milliseconds before the stream's first retry. @default 100 */
  retryMs?: number;
};

/**
 * DynamoDB on one machine: dynalite on a free port of 127.0.0.1, with the table, and with what dynalite lacks:
 * its stream of removed items, and the removal of those whose `expiresAt` has passed.
 */
export const startDynamoDb = async (options: Options): Promise<DynamoDb> => {
  const { dir, tableName, onRemoved, sweepMs = 60_000, retryMs = 100 } = options;
  const engine = startEngine(dir);
  const table = await openTable(engine, tableName);
  const stream = startRemovalStream({
    tableArn: table.TableArn,
    createdAt: new Date(table.CreationDateTime * 1000),
    onRemoved,
    retryMs,
  });
  const ask = watchRemovals(engine, tableName, (key, oldImage) => stream.add({ key, oldImage }));

  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url = '', headers } = request;
    const answer = await ask({ method, url, headers, body: await buffer(request) });
    response.statusCode = answer.status;
    response.setHeaders(new Map(Object.entries(answer.headers)));
    response.end(answer.body);
  };
  engine.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    serve(request, response).catch(() => response.destroy());
  });
  // Clients keep connections; one that is closed under a request costs them a retry.
  engine.server.keepAliveTimeout = 60_000;
  const { port } = await listenOnLoopback(engine.server);

  let sweeping: Promise<void> | undefined;
  const sweep = async () => {
    await removeExpired(engine, tableName, (key, oldImage) =>
      stream.add({ key, oldImage, userIdentity: expiry }),
    );
    sweeping = undefined;
  };
  const sweeper = setInterval(() => {
    sweeping ??= sweep();
  }, sweepMs);
  sweeper.unref();

  return {
    url: `http://127.0.0.1:${port}`,
    idle: stream.idle,
    async close() {
      clearInterval(sweeper);
      await sweeping;
      // Before the server: who is told of a removed item asks the table.
      await stream.close();
      // Not the event: dynalite calls back once the store is closed too.
      await promisify(engine.server.close).call(engine.server);
    },
  };
};

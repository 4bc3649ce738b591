import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Log } from '../log/log.ts';
import type { Change, Entry } from './entry.ts';
import { describeChange } from './entry.ts';
import type { SpoolErrorCode } from './spool-error.ts';
import { SpoolError } from './spool-error.ts';
import type { Counts, Store } from './store.ts';
import type { Call, Method, Reason, WorkerMessage } from './worker-calls.ts';

/** The spool, as the rest of the daemon has it: every function resolves once its doing is on disk. */
export type Spool = {
  [M in Exclude<Method, 'add'>]: (...args: Parameters<Store[M]>) => Promise<ReturnType<Store[M]>>;
} & {
  /**
   * Takes a request. Its number tells its place among all.
   *
   * @throws SpoolError where it is not on disk, and so must not be acknowledged: no room left, for example
   */
  add<O extends Change['operation']>(
    operation: O,
    request: Extract<Change, { operation: O }>['request'],
  ): Promise<number>;
  /** Is told of each request that is taken. */
  onAdded(listener: (entry: Entry) => void): void;
  /** As they were when last something was written or looked for. */
  depth(): number;
  /** In epoch milliseconds; undefined where all has reached the proxy. */
  oldestAt(): number | undefined;
  keptAside(): number;
  /** Why it takes nothing now, or what it takes would not last; undefined where all is well. */
  fault(): SpoolErrorCode | undefined;
  /** Resolves once the thread that writes has answered, whatever the disk is like: a restart would not mend that. */
  ping(): Promise<void>;
  /** What has been asked for is done first. */
  close(): Promise<void>;
};

/** The same in the sources and in a bundle of them. */
const workerUrl = new URL(`./spool-worker${extname(import.meta.url)}`, import.meta.url);

type Waiting = { resolve(result: unknown): void; reject(error: SpoolError): void };

/**
 * Opens the spool, and makes its file and directory if they are not there. Where it cannot be opened, it is tried again
 * every few seconds, with nothing changed in it, and takes and gives nothing until then: calls need no spool.
 *
 * @param onBroken is told where the thread that writes has died: nothing can be spooled from then on
 * @throws SpoolError where there can be no such thread
 */
export const openSpool = async ({
  file,
  log,
  onBroken,
}: {
  file: string;
  log: Log;
  onBroken: (error: SpoolError) => void;
}): Promise<Spool> => {
  const worker = new Worker(workerUrl, { workerData: { file } });
  const waiting = new Map<number, Waiting>();
  let calls = 0;
  let counts: Counts = { depth: 0, oldestAt: undefined, keptAside: 0 };
  let fault: SpoolErrorCode | undefined;
  let closed: SpoolError | undefined;
  let listener: (entry: Entry) => void = () => {};

  const end = (error: SpoolError) => {
    closed ??= error;
    for (const one of waiting.values()) one.reject(error);
    waiting.clear();
  };
  const errorOf = ({ code, message }: Reason) => new SpoolError(code, message);

  await new Promise<void>((resolve, reject) => {
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'state') {
        const { event, code, message: reason } = message;
        fault = message.fault;
        const level = event === 'internal_error' ? 'error' : 'info';
        return log(level, event, { ...(code !== undefined && { code: `spool-${code}` }), reason });
      }
      counts = message.counts ?? counts;
      if (message.kind === 'begun') return resolve();
      for (const answer of message.answers) {
        const one = waiting.get(answer.id);
        waiting.delete(answer.id);
        if ('failure' in answer) one?.reject(errorOf(answer.failure));
        else one?.resolve(answer.result);
      }
    });
    worker.on('error', (cause: Error) => {
      const error = new SpoolError('other', `the spool ${file} has failed: ${cause.message}`, { cause });
      end(error);
      reject(error);
      onBroken(error);
    });
  });

  const send = (call: Omit<Call, 'id'>): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (closed !== undefined) return reject(closed);
      calls += 1;
      waiting.set(calls, { resolve, reject });
      worker.postMessage({ ...call, id: calls });
    });
  const call =
    <M extends Method>(method: M) =>
    (...args: Parameters<Store[M]>) =>
      send({ method, args } as Omit<Call, 'id'>) as Promise<ReturnType<Store[M]>>;
  const add = call('add');

  return {
    pendingAfter: call('pendingAfter'),
    isThere: call('isThere'),
    failed: call('failed'),
    delivered: call('delivered'),
    keepAside: call('keepAside'),
    retriesAsked: call('retriesAsked'),
    release: call('release'),
    add: async (operation, request) => {
      const entry = await add({ operation, request } as Change);
      log('info', 'spooled', { ...describeChange(entry), entry: entry.id });
      listener(entry);
      return entry.id;
    },
    onAdded: (told) => {
      listener = told;
    },
    depth: () => counts.depth,
    oldestAt: () => counts.oldestAt,
    keptAside: () => counts.keptAside,
    fault: () => fault,
    ping: async () => void (await send({ method: 'ping' })),
    close: async () => {
      if (closed !== undefined) return;
      const done = send({ method: 'close' });
      closed = new SpoolError('closed', `the spool ${file} is closed`);
      await done;
    },
  };
};

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { SpoolError, spoolErrorOf } from './spool-error.ts';
import type { Store } from './store.ts';
import { openStore } from './store.ts';
import type { Answer, Call, Reason, WorkerMessage } from './worker-calls.ts';

/**
 * The thread that owns the spool's database, so that waiting for a disk keeps no call waiting. All that is asked for
 * while a commit is on its way goes into the next one: one wait for the disk, however many are waiting.
 */
const { file } = workerData as { file: string };

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);

const reasonOf = (error: unknown): Reason => {
  const { code, message } = error instanceof SpoolError ? error : spoolErrorOf(error, 'use', file);
  return { code, message };
};

type Work = Extract<Call, { args: unknown }>;

const answer = (store: Store, { id, method, args }: Work): Answer => {
  const act = store[method] as (...given: readonly unknown[]) => unknown;
  return { id, result: act(...args) };
};

/** What they share would stop each of them alike, and some would be waited for anew. */
const shared: ReadonlySet<Reason['code']> = new Set(['busy', 'io', 'corrupt', 'denied']);

/**
 * What fails in company is tried again apart: a disk too full for what is new may have room for what removes, and
 * what is wrong by itself must not stop others.
 */
const answersOf = (store: Store, calls: readonly Work[]): Answer[] => {
  try {
    return store.transaction(() => calls.map((call) => answer(store, call)));
  } catch (error) {
    const failure = reasonOf(error);
    const apart = shared.has(failure.code) ? [] : partsOf(calls, failure);
    if (apart.length > 1) return apart.flatMap((part) => answersOf(store, part));
    return calls.map(({ id }) => ({ id, failure }));
  }
};

const partsOf = (calls: readonly Work[], { code }: Reason): Work[][] => {
  if (code !== 'full') return calls.map((call) => [call]);
  const isNew = ({ method }: Work) => method === 'add';
  return [calls.filter(isNew), calls.filter((call) => !isNew(call))].filter((part) => part.length > 0);
};

const countsOf = (store: Store) => {
  try {
    return { counts: store.counts() };
  } catch {
    return {};
  }
};

/** Between two tries to bring back what was deleted: each may write the whole spool. */
const rescueEveryMs = 2_000;
let rescueAt = 0;
let told: Reason['code'] | undefined;

/** Brings back what somebody has deleted, while it is still open here. */
const rescued = (store: Store): Store => {
  if (performance.now() < rescueAt || store.whereabouts() !== 'deleted') return store;
  try {
    store.rescue();
  } catch (error) {
    rescueAt = performance.now() + rescueEveryMs;
    const failure = reasonOf(error);
    if (failure.code !== told) post({ kind: 'deleted', failure });
    told = failure.code;
    return store;
  }
  told = undefined;
  // Before it is opened anew: SQLite shares what it has open of a file. From here on all is on disk, so that whatever
  // fails ends this thread, and pns starts again.
  store.close();
  const next = openStore(file);
  post({ kind: 'deleted', failure: undefined });
  return next;
};

const serve = (first: Store): void => {
  let store = first;
  parentPort?.on('message', (message: Call) => {
    const calls = [message];
    for (;;) {
      const more = parentPort && receiveMessageOnPort(parentPort);
      if (!more) break;
      calls.push(more.message);
    }
    const work = calls.filter((call) => 'args' in call);
    store = rescued(store);
    if (work.length > 0) post({ kind: 'answers', answers: answersOf(store, work), ...countsOf(store) });
    const rest = calls.filter((call) => !('args' in call));
    const closing = rest.some(({ method }) => method === 'close');
    if (closing) store.close();
    post({ kind: 'answers', answers: rest.map(({ id }) => ({ id, result: undefined })) });
    if (closing) parentPort?.close();
  });
};

try {
  const store = openStore(file);
  serve(store);
  post({ kind: 'opened', counts: store.counts() });
} catch (error) {
  post({ kind: 'refused', reason: reasonOf(error) });
}

import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { createKeeper, reasonOf, tryEveryMs } from './keeper.ts';
import type { Store } from './store.ts';
import type { Answer, Call, Reason, WorkerMessage } from './worker-calls.ts';

/**
 * The thread that owns the spool's database, so that waiting for a disk keeps no call waiting. All that is asked for
 * while a commit is on its way goes into the next one: one wait for the disk, however many are waiting.
 */
const { file } = workerData as { file: string };

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);

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
    const failure = reasonOf(error, file);
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

const countsOf = (store: Store | undefined) => {
  try {
    return store === undefined ? {} : { counts: store.counts() };
  } catch {
    return {};
  }
};

const keeper = createKeeper(file, (state) => post({ kind: 'state', ...state }));
post({ kind: 'begun', ...countsOf(keeper.store()) });

const opening = setInterval(() => {
  if (keeper.store() !== undefined) return;
  keeper.open();
  post({ kind: 'answers', answers: [], ...countsOf(keeper.store()) });
}, tryEveryMs);

const refusalsOf = (calls: readonly Work[]): Answer[] => {
  const failure = keeper.fault() ?? { code: 'other', message: `the spool ${file} is not open` };
  return calls.map(({ id }) => ({ id, failure }));
};

parentPort?.on('message', (message: Call) => {
  const calls = [message];
  for (;;) {
    const more = parentPort && receiveMessageOnPort(parentPort);
    if (!more) break;
    calls.push(more.message);
  }
  const work = calls.filter((call) => 'args' in call);
  keeper.look();
  const store = keeper.store();
  if (work.length > 0) {
    const answers = store === undefined ? refusalsOf(work) : answersOf(store, work);
    post({ kind: 'answers', answers, ...countsOf(store) });
  }
  const rest = calls.filter((call) => !('args' in call));
  const closing = rest.some(({ method }) => method === 'close');
  if (closing) {
    clearInterval(opening);
    keeper.close();
  }
  post({ kind: 'answers', answers: rest.map(({ id }) => ({ id, result: undefined })) });
  if (closing) parentPort?.close();
});

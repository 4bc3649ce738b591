import { setTimeout as sleep } from 'node:timers/promises';
import { PnsProxyError } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { Conclusion } from './conclude.ts';
import { conclude } from './conclude.ts';
import type { Entry } from './entry.ts';
import { describeChange } from './entry.ts';
import { createFresh } from './fresh.ts';
import { createOrder } from './order.ts';
import type { Pace } from './pace.ts';
import { defaultPace } from './pace.ts';
import type { Job } from './queue.ts';
import { createQueue } from './queue.ts';
import { createReader } from './reader.ts';
import type { Spool } from './spool.ts';
import { SpoolError } from './spool-error.ts';
import { failureOf, mayStillHappen, verdictOf } from './verdict.ts';

/** Hands a request to the proxy. Rejects with PnsProxyError; is to end soon once the signal comes. */
export type Send = (entry: Entry, signal: AbortSignal) => Promise<unknown>;

export type Delivery = {
  /**
   * Resolves to true once nothing that was just taken and concerns this extension is on its way any more; to false
   * after so many milliseconds, or at once where the proxy is down.
   */
  settled(extension: string, milliseconds: number): Promise<boolean>;
  /** There is reason to think that the proxy is up again, or the key right: what waits is tried now. */
  hurry(): void;
  /** Sends nothing more, and resolves once what is under way has ended; that is given up after so many milliseconds. */
  stop(milliseconds: number): Promise<void>;
};

/** What the proxy has answered, and could not be written down: with more than this, sending more would lead nowhere. */
const mostUnwritten = 64;

/** Between two tries to write down what the proxy has answered, and for the last such try when stopping. */
const writePauseMs = 1_000;

/** What answers may ask for longer, and mean it or not. */
const longestAskedMs = 10 * 60_000;

/** Brings what is spooled to the proxy, in order where it matters, for as long as it takes. Begins at once. */
export const startDelivery = ({
  spool,
  send,
  log,
  pace = defaultPace,
}: {
  spool: Spool;
  send: Send;
  log: Log;
  pace?: Pace;
}): Delivery => {
  const order = createOrder();
  const queue = createQueue(pace);
  const fresh = createFresh();
  const running = new Set<Promise<void>>();
  const stopper = new AbortController();
  let isStopping = false;
  let unwritten = 0;
  let timer: NodeJS.Timeout | undefined;

  /** A try in which the last process was killed may still be carried out. */
  const before = { startedAt: Date.now(), strayUntil: performance.now() + pace.strayMs };
  const push = (entry: Entry) => queue.push(entry, entry.at < before.startedAt ? before.strayUntil : 0);
  const reader = createReader({ spool, order, push, readyCount: queue.readyCount });

  const tell = (
    level: Conclusion['level'] | 'warn',
    event: Conclusion['event'] | 'delivery_failed',
    job: Job,
    fields: object,
  ) => {
    const { entry } = job;
    const ageMs = Date.now() - entry.at;
    log(level, event, { ...describeChange(entry), entry: entry.id, tries: entry.tries, ageMs, ...fields });
  };
  /** The same fault is told once, until something could be written again: all that waits for the disk meets it. */
  let fault: string | undefined;
  const tellFault = (error: unknown): void => {
    if (spool.fault() !== undefined) return;
    const failure = failureOf(error);
    const isClosed = error instanceof SpoolError && error.code === 'closed';
    if (!isClosed && failure.code !== fault) log('error', 'internal_error', failure);
    fault = failure.code;
  };

  const pump = (): void => {
    clearTimeout(timer);
    if (isStopping || unwritten >= mostUnwritten) return;
    for (let job = queue.take(); job !== undefined; job = queue.take()) {
      const run: Promise<void> = attempt(job).finally(() => running.delete(run));
      running.add(run);
    }
    const wait = queue.nextAt() - performance.now();
    if (Number.isFinite(wait)) timer = setTimeout(pump, Math.max(0, Math.ceil(wait)));
  };

  const readAndPump = (): void => {
    if (isStopping) return;
    reader.read().then(pump, tellFault);
    pump();
  };

  const attempt = async (job: Job): Promise<void> => {
    const error = await outcomeOf(() => send(job.entry, stopper.signal));
    const verdict = error === undefined ? 'taken' : verdictOf(error);
    job.entry.tries += 1;
    if (verdict === 'later' || verdict === 'key') return again(job, error, verdict === 'key');
    queue.passed();
    queue.left(job);
    pump();
    unwritten += 1;
    const conclusion = await written(() => conclude(spool, job.entry.id, error));
    unwritten -= 1;
    // Not written down: it is sent again after the next start, and nothing that conflicts goes before.
    if (conclusion === undefined) return;
    tell(conclusion.level, conclusion.event, job, conclusion.fields);
    fresh.remove(job.entry.id);
    leaveOrder(job);
    readAndPump();
  };

  const again = async (job: Job, error: unknown, isKey: boolean): Promise<void> => {
    if (stopper.signal.aborted) return queue.left(job);
    const failure = failureOf(error);
    if (mayStillHappen(error)) job.strayUntil = performance.now() + pace.strayMs;
    const retryInMs = Math.round(queue.failed(job, isKey, retryAfterOf(error)));
    if (queue.isDown()) fresh.giveUp();
    tell('warn', 'delivery_failed', job, { ...failure, retryInMs });
    pump();
    // For people to read: where it cannot be written, the request is sent again all the same.
    await spool.failed(job.entry.id, failure).catch(tellFault);
  };

  /** Tried until it is on disk: until then nothing that conflicts may go, but all else. Undefined where pns stops before. */
  const written = async <T>(write: () => Promise<T>): Promise<T | undefined> => {
    for (;;) {
      try {
        const result = await write();
        fault = undefined;
        return result;
      } catch (error) {
        tellFault(error);
        if (isStopping) return undefined;
        await sleep(writePauseMs);
      }
    }
  };

  const leaveOrder = (job: Job): void => {
    const rest = job.strayUntil - performance.now();
    if (rest <= 0) for (const entry of order.remove(job.entry)) push(entry);
    else
      setTimeout(() => {
        leaveOrder(job);
        pump();
      }, Math.ceil(rest)).unref();
  };

  spool.onAdded((entry) => {
    fresh.add(entry);
    reader.added();
    readAndPump();
  });
  const looking = setInterval(() => {
    reader.look();
    readAndPump();
  }, pace.lookEveryMs);
  readAndPump();

  return {
    settled: async (extension, milliseconds) => fresh.settled(extension, queue.isDown() ? 0 : milliseconds),
    hurry: () => {
      queue.hurry();
      pump();
    },
    stop: async (milliseconds) => {
      isStopping = true;
      clearTimeout(timer);
      clearInterval(looking);
      fresh.giveUp();
      const giveUp = setTimeout(() => stopper.abort(), milliseconds);
      const patience = new AbortController();
      const enough = sleep(milliseconds + writePauseMs, undefined, { signal: patience.signal });
      await Promise.race([Promise.allSettled(running), enough]);
      clearTimeout(giveUp);
      patience.abort();
      await enough.catch(() => {});
    },
  };
};

const retryAfterOf = (error: unknown): number =>
  error instanceof PnsProxyError ? Math.min(error.retryAfterMs ?? 0, longestAskedMs) : 0;

/** What it ended in; undefined where all went well. */
const outcomeOf = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
    return undefined;
  } catch (error) {
    return error ?? new Error('rejected with nothing');
  }
};

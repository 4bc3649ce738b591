import { setTimeout as sleep } from 'node:timers/promises';
import { PnsProxyError } from 'pns-proxy-client';
import type { Log } from '../log/log.ts';
import type { Conclusion } from './conclude.ts';
import { createConcluding, writePauseMs } from './conclude.ts';
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
import { unreadable } from './statements.ts';
import { failureOf, mayStillHappen, verdictOf } from './verdict.ts';

/** Hands a request to the proxy. Rejects with PnsProxyError; is to end soon once the signal comes. */
export type Send = (entry: Entry, signal: AbortSignal) => Promise<unknown>;

export type Delivery = {
  /**
   * Resolves once nothing that was just taken and concerns this extension is on its way any more; after so many
   * milliseconds, or at once where the proxy is down.
   */
  settled(extension: string, milliseconds: number): Promise<void>;
  /** There is reason to think that the proxy is up again, or the key right: what waits is tried now. */
  hurry(): void;
  /** Sends nothing more, and resolves once what is under way has ended; that is given up after so many milliseconds. */
  stop(milliseconds: number): Promise<void>;
};

/** What was taken so short a while ago nobody has dropped, as a rule: the disk is not asked for it. In milliseconds. */
const newMs = 30_000;

/** What answers may ask for longer, and mean it or not; milliseconds. */
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
  const { conclude, ...concluding } = createConcluding(spool, log);
  const running = new Set<Promise<void>>();
  const stopper = new AbortController();
  let isStopping = false;
  let timer: NodeJS.Timeout | undefined;

  /** A try in which the last process was killed may still be carried out. */
  const strayOfBeforeUntil = performance.now() + pace.strayMs;
  /** Told by number: the clock may have been set since. */
  let firstOwn = Number.POSITIVE_INFINITY;
  const push = (entry: Entry) => queue.push(entry, entry.id < firstOwn ? strayOfBeforeUntil : 0);
  const onUnreadable = (entry: number) => log('error', 'kept_aside', { entry, ...unreadable });
  const reader = createReader({ spool, order, push, readyCount: queue.readyCount, onUnreadable });

  const tell = (
    level: Conclusion['level'] | 'warn',
    event: Conclusion['event'] | 'delivery_failed' | 'dropped',
    { entry }: Job,
    fields: object,
  ) => {
    const ageMs = Date.now() - entry.at;
    log(level, event, { ...describeChange(entry), entry: entry.id, tries: entry.tries, ageMs, ...fields });
  };
  const keepRunning = (work: Promise<void>): void => {
    const run: Promise<void> = work.finally(() => running.delete(run));
    running.add(run);
  };

  const pump = (): void => {
    clearTimeout(timer);
    if (isStopping || concluding.isJammed()) return;
    for (let job = queue.take(); job !== undefined; job = queue.take()) keepRunning(attempt(job));
    const wait = queue.nextAt() - performance.now();
    if (Number.isFinite(wait)) timer = setTimeout(pump, Math.max(0, Math.ceil(wait)));
  };

  const readAndPump = (): void => {
    if (isStopping) return;
    reader.read().then(pump, concluding.tellFault);
    pump();
  };

  const attempt = async (job: Job): Promise<void> => {
    const { entry } = job;
    const isNew = entry.tries === 0 && Math.abs(Date.now() - entry.at) < newMs;
    if (!isNew && !(await spool.isThere(entry.id).catch(() => true))) return dropped(job);
    if (isStopping) return queue.left(job);
    const error = await outcomeOf(() => send(entry, stopper.signal));
    const verdict = error === undefined ? 'taken' : verdictOf(error);
    entry.tries += 1;
    if (verdict === 'later' || verdict === 'key') return again(job, error, verdict === 'key');
    queue.passed();
    queue.left(job);
    fresh.remove(entry.id);
    pump();
    // Written down before, a stray try would be forgotten by a restart, and could undo what conflicts with it. So it is
    // sent once more then, which changes nothing.
    await onceStrayed(job, () => finish(job, error));
  };

  const finish = async (job: Job, refusal: unknown): Promise<void> => {
    const conclusion = await conclude(job.entry.id, refusal);
    // Not written down: it is sent again after the next start, and nothing that conflicts goes before.
    if (conclusion === undefined) return;
    tell(conclusion.level, conclusion.event, job, conclusion.fields);
    leaveOrder(job);
  };

  /** Somebody has given it up: what waits behind it may go. */
  const dropped = async (job: Job): Promise<void> => {
    queue.left(job);
    fresh.remove(job.entry.id);
    tell('info', 'dropped', job, {});
    pump();
    await onceStrayed(job, async () => leaveOrder(job));
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
    await spool.failed(job.entry.id, failure).catch(concluding.tellFault);
  };

  const leaveOrder = (job: Job): void => {
    for (const entry of order.remove(job.entry)) push(entry);
    readAndPump();
  };

  /** Once the proxy can be at work on none of its tries any more. A stop does not wait for that, and nothing is done then. */
  const onceStrayed = async (job: Job, act: () => Promise<void>): Promise<void> => {
    const restMs = job.strayUntil - performance.now();
    if (restMs <= 0) return act();
    setTimeout(() => {
      if (!isStopping) keepRunning(act());
    }, Math.ceil(restMs)).unref();
  };

  spool.onAdded((entry) => {
    firstOwn = Math.min(firstOwn, entry.id);
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
    settled: (extension, milliseconds) => fresh.settled(extension, queue.isDown() ? 0 : milliseconds),
    hurry: () => {
      queue.hurry();
      pump();
    },
    stop: async (milliseconds) => {
      isStopping = true;
      concluding.stop();
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

import type { Entry } from './entry.ts';
import type { Pace } from './pace.ts';
import { pauseAfter } from './pace.ts';

/** A request on its way. Times are of `performance.now()`: the clock on the wall may be set. */
export type Job = {
  entry: Entry;
  sentAt: number;
  /** How many requests had gone through when it was sent first, or failed last. */
  passedBefore: number;
  /** How often it failed though others went through. */
  ownFailures: number;
  notBefore: number;
  /** Until when the proxy may still carry out a try of it whose answer never came. */
  strayUntil: number;
};

/** So many are sent at once. */
const width = 8;

/**
 * Which of the requests that may go is sent next, and when. Either the proxy is taken to be up: then each that failed
 * though others went through waits out a pause of its own, and holds nobody back. Or the last try of all failed: then
 * one request at a time is tried, each time another one, with one pause growing for all; the first that goes through
 * frees them all.
 */
export const createQueue = (pace: Pace) => {
  const ready: Job[] = [];
  const ailing = new Set<Job>();
  const suspects: Job[] = [];
  const sent = new Set<Job>();
  let passed = 0;
  let failures = 0;
  let failedAt = 0;
  let nextProbeAt = 0;

  const isDown = () => failures > 0;
  const dueAiling = (now: number): Job | undefined => {
    for (const job of ailing) if (job.notBefore <= now) return job;
    return undefined;
  };
  const pick = (now: number): Job | undefined => {
    if (!isDown()) return dueAiling(now) ?? ready[0];
    if (sent.size > 0 || now < nextProbeAt) return undefined;
    return ready[0] ?? suspects[0] ?? dueAiling(now);
  };
  const drop = (list: Job[], job: Job) => {
    if (list[0] === job) list.shift();
  };

  return {
    isDown,
    readyCount: () => ready.length,
    push: (entry: Entry, strayUntil: number): void => {
      ready.push({ entry, sentAt: 0, passedBefore: -1, ownFailures: 0, notBefore: 0, strayUntil });
    },

    /** The next one to be sent now. It is to end in `passed` or `failed`, or in `left`. */
    take: (): Job | undefined => {
      const now = performance.now();
      const job = sent.size < width ? pick(now) : undefined;
      if (job === undefined) return undefined;
      drop(ready, job);
      drop(suspects, job);
      ailing.delete(job);
      sent.add(job);
      job.sentAt = now;
      if (job.passedBefore < 0) job.passedBefore = passed;
      return job;
    },

    /** When there may be a next one, if not at once. */
    nextAt: (): number => {
      if (sent.size >= (isDown() ? 1 : width)) return Number.POSITIVE_INFINITY;
      let own = Number.POSITIVE_INFINITY;
      for (const { notBefore } of ailing) own = Math.min(own, notBefore);
      if (!isDown()) return own;
      return ready.length + suspects.length > 0 ? nextProbeAt : Math.max(own, nextProbeAt);
    },

    /** The proxy has answered it, whatever it said: it is up, and all others may go. */
    passed: (): void => {
      passed += 1;
      failures = 0;
      for (const job of suspects.splice(0)) ready.push(job);
    },

    /** Its place is free. */
    left: (job: Job): void => {
      sent.delete(job);
    },

    /**
     * It is to be sent again. Gives the pause before that, at the least.
     *
     * @param askedMs the pause that the answer asks for
     */
    failed: (job: Job, isKey: boolean, askedMs: number): number => {
      const now = performance.now();
      sent.delete(job);
      const isOwn = job.ownFailures > 0 || passed > job.passedBefore;
      job.passedBefore = passed;
      if (!isOwn || isDown()) {
        // What was under way together fails together, and counts once.
        if (!isDown() || job.sentAt >= failedAt) failures += 1;
        failedAt = now;
        nextProbeAt = now + askedMs + pauseAfter(pace, failures, isKey);
      }
      if (!isOwn) {
        suspects.push(job);
        return nextProbeAt - now;
      }
      job.ownFailures += 1;
      const pause = askedMs + pauseAfter(pace, job.ownFailures, isKey);
      job.notBefore = now + pause;
      ailing.add(job);
      return pause;
    },

    /** There is reason to think that the proxy is up again, or that the key is right. */
    hurry: (): void => {
      nextProbeAt = 0;
      for (const job of ailing) job.notBefore = 0;
    },
  };
};

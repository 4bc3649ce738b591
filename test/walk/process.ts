import { aTime } from './fingerprint.ts';

/** Processes that a walk can hold: each runs freely between two calls of its ports, and waits at each such call. */

/** A call that a process waits for. */
export type Step = {
  name: string;
  /** Performs it at a time; an index read on what the index shows: all, or nothing new yet. */
  run(view: View, at: number): Promise<unknown>;
  mayLag: boolean;
  /** What the call is given. */
  args: readonly unknown[];
  /**
   * How many times the process has looked at the clock, just before this call, for nothing but its deadline or
   * another's lifetime. Such a time tells no two states apart, since it is never written.
   */
  passingLooks: number;
};
export type View = 'current' | 'stale';

export type Process = {
  name: string;
  /** Two processes of one kind may change places, and the state is the same. */
  kind: string;
  /** What AWS starts if this is cut off, as it delivers a stream's record or an event until it is taken. */
  again?: Process;
  mayCrash: boolean;
  /** Must do nothing to the world but by `ask`. Gives what of its answer matters to the check. */
  run(ask: (step: Step) => Promise<unknown>, now: () => number): Promise<string | undefined>;
};

export type Ending =
  | { state: 'finished'; answer: string | undefined }
  | { state: 'failed'; error: Error }
  | { state: 'crashed' };

/** What one of the waiting calls came to, and when. */
type Outcome = { place: number; name: string; value: unknown; at: number };

/** A process as far as it has come. Never changes: going on gives another. */
export type Progress = {
  process: Process;
  waiting: readonly Step[];
  ending: Ending | undefined;
  /** Everything that tells it from another process, but for the world around both. */
  state: string;
  goOn(outcome: Outcome): Promise<Progress>;
};

/** Lets every promise that can settle do so: Node runs a tick only when no promise has anything left to run. */
const settle = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

/** The real code, run up to where it waits. It goes one way only. */
const launch = async (launched: Process, startedAt: number) => {
  const waiting: { step: Step; resume: (value: unknown) => void }[] = [];
  const seen: unknown[] = [];
  /** Times read since the last step. */
  const looks: number[] = [];
  const passed = new Set<string>();
  let time = startedAt;
  let ending: Ending | undefined;

  const refuseForgotten = (step: Step) => {
    const given = JSON.stringify(step.args).match(aTime) ?? [];
    const doubtful = given.filter((time) => passed.has(time));
    if (doubtful.length === 0) return;
    const kept = JSON.stringify(seen);
    if (doubtful.some((time) => !kept.includes(time)))
      throw new Error(`${step.name} is given a time of a passing look`);
  };
  const ask = (step: Step) =>
    new Promise<unknown>((resolve, reject) => {
      const read = looks.splice(0);
      const kept = read.slice(0, Math.max(0, read.length - step.passingLooks));
      seen.push(...kept);
      for (const look of read) if (!kept.includes(look)) passed.add(String(look));
      refuseForgotten(step);
      const resume = (value: unknown) => (value instanceof Error ? reject(value) : resolve(value));
      waiting.push({ step, resume });
    });
  const now = () => {
    looks.push(time);
    return time;
  };
  launched.run(ask, now).then(
    (answer) => {
      ending = { state: 'finished', answer };
    },
    (error: Error) => {
      ending = { state: 'failed', error };
    },
  );
  await settle();
  return {
    waiting,
    seen,
    ending: () => ending,
    tell: async ({ place, name, value, at }: Outcome): Promise<void> => {
      const [taken] = waiting.splice(place, 1);
      if (taken?.step.name !== name) throw new Error(`${launched.name} does not run the same way twice`);
      time = at;
      seen.push(name, value instanceof Error ? String(value) : (value ?? null));
      taken.resume(value);
      await settle();
    },
  };
};

type Run = Awaited<ReturnType<typeof launch>>;

const progressOf = (launched: Process, startedAt: number, told: readonly Outcome[], live: Run): Progress => {
  const ending = live.ending();
  const waiting = ending === undefined ? live.waiting.map(({ step }) => step) : [];
  let unused: Run | undefined = live;
  /** The run that is there; one that went on in another way already is made again. */
  const takeRun = async (): Promise<Run> => {
    if (unused !== undefined) {
      const run = unused;
      unused = undefined;
      return run;
    }
    const run = await launch(launched, startedAt);
    for (const outcome of told) await run.tell(outcome);
    return run;
  };
  return {
    process: launched,
    waiting,
    ending,
    state: stateOf(launched, ending ?? [live.seen, waiting.map(({ name }) => name)]),
    goOn: async (outcome) => {
      const run = await takeRun();
      await run.tell(outcome);
      return progressOf(launched, startedAt, [...told, outcome], run);
    },
  };
};

/** What a process that has ended went through no longer matters, only how it ended. */
const stateOf = ({ kind }: Process, how: Ending | readonly unknown[]): string =>
  JSON.stringify([kind, 'error' in how ? String(how.error) : how]);

/** @param at epoch milliseconds */
export const begin = async (process: Process, at: number): Promise<Progress> =>
  progressOf(process, at, [], await launch(process, at));

export const crashed = (process: Process): Progress => {
  const ending = { state: 'crashed' } as const;
  const goOn = () => Promise.reject(new Error(`${process.name} has crashed`));
  return { process, waiting: [], ending, state: stateOf(process, ending), goOn };
};

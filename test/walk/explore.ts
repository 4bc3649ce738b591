import { hash } from 'node:crypto';

/**
 * Walks every interleaving of a few processes. A process runs freely between two calls of its ports; each such
 * call is a step, and the walker decides which process takes the next one, whether it crashes instead, and whether
 * an index read sees what was written since the beginning. Paths that come to a state already seen are not walked again.
 */

/** A call that a process waits for. `run` performs it, an index read on what the index shows: all, or nothing new yet. */
export type Step = {
  name: string;
  run(view: View): Promise<unknown>;
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
  /** Gives what of its answer matters to the check. */
  run(ask: (step: Step) => Promise<unknown>, now: () => number): Promise<string | undefined>;
};

export type Ending =
  | { state: 'finished'; answer: string | undefined }
  | { state: 'failed'; error: Error }
  | { state: 'crashed' };

/** One system under test, made anew for each path. */
export type World = {
  processes: readonly Process[];
  /** Processes that a step brought about, since this was last asked. */
  spawned(): readonly Process[];
  /** Everything that tells two states apart, as plain data. Numbers from `epoch` on are times. */
  state(): unknown;
  /** Called where nothing is left to do. Throws where something is wrong. */
  check(endings: ReadonlyMap<string, Ending>): Promise<void>;
};

export const epoch = 1_795_348_800_000;

type Choice = { process: number; step: number; view: View } | { crash: number };
type Running = {
  process: Process;
  waiting: { step: Step; resume: (value: unknown) => void }[];
  seen: unknown[];
  /** Times read since the last step. */
  looks: number[];
  passed: Set<string>;
};

/** Lets every promise that can settle do so. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One path through a world, taken step by step. */
const begin = (world: World, crashes: number) => {
  const running: Running[] = [];
  const endings = new Map<string, Ending>();
  let time = epoch;

  const start = (process: Process) => {
    const self: Running = { process, waiting: [], seen: [], looks: [], passed: new Set() };
    running.push(self);
    const end = (ending: Ending) => {
      if (!endings.has(process.name)) endings.set(process.name, ending);
    };
    const ask = (step: Step) =>
      new Promise<unknown>((resolve, reject) => {
        const resume = (outcome: unknown) => (outcome instanceof Error ? reject(outcome) : resolve(outcome));
        const looks = self.looks.splice(0);
        self.seen.push(...looks.slice(0, Math.max(0, looks.length - step.passingLooks)));
        for (const look of looks) if (!self.seen.includes(look)) self.passed.add(String(look));
        self.waiting.push({ step, resume });
      });
    const now = () => {
      self.looks.push(time);
      return time;
    };
    process.run(ask, now).then(
      (answer) => end({ state: 'finished', answer }),
      (error: Error) => end({ state: 'failed', error }),
    );
  };

  const crash = (index: number) => {
    const crashed = running[index];
    if (crashed === undefined) throw new Error('no such process');
    crashed.waiting = [];
    endings.set(crashed.process.name, { state: 'crashed' });
    if (crashed.process.again !== undefined) start(crashed.process.again);
  };

  const step = async ({ process: index, step: place, view }: Exclude<Choice, { crash: number }>) => {
    const self = running[index];
    const [taken] = self?.waiting.splice(place, 1) ?? [];
    if (self === undefined || taken === undefined) throw new Error('no such step');
    const outcome = await taken.step.run(view).catch((error: Error) => error);
    self.seen.push(taken.step.name, outcome instanceof Error ? String(outcome) : (outcome ?? null));
    for (const process of world.spawned()) start(process);
    taken.resume(outcome);
  };

  for (const process of world.processes) start(process);
  return {
    endings,
    take: async (choice: Choice): Promise<void> => {
      time += 1;
      if ('crash' in choice) crash(choice.crash);
      else await step(choice);
      await settle();
    },
    choices: async (): Promise<Choice[]> => {
      const crashed = [...endings.values()].filter(({ state }) => state === 'crashed').length;
      const choices: Choice[] = [];
      for (const [index, { process, seen, passed, waiting }] of running.entries()) {
        for (const [place, { step: next }] of waiting.entries()) {
          const given = JSON.stringify(next.args).match(aTime) ?? [];
          const forgotten = given.find((one) => passed.has(one) && !JSON.stringify(seen).includes(one));
          if (forgotten !== undefined) throw new Error(`${next.name} is given a time of a passing look`);
          for (const view of await viewsOf(next)) choices.push({ process: index, step: place, view });
        }
        if (process.mayCrash && waiting.length > 0 && crashed < crashes) choices.push({ crash: index });
      }
      return choices;
    },
    /** Tells two states apart. What a process that has ended went through no longer matters, only how it ended. */
    state: (): string => {
      const locals = running.map(({ process, seen, waiting }) => {
        const ending = endings.get(process.name);
        if (ending !== undefined)
          return [process.kind, ending.state === 'failed' ? String(ending.error) : ending];
        return [process.kind, seen, waiting.map(({ step: next }) => next.name)];
      });
      return fingerprint([world.state(), locals.sort()]);
    },
    describe: (choice: Choice): string => {
      if ('crash' in choice) return `${running[choice.crash]?.process.name} crashes`;
      const self = running[choice.process];
      const stale = choice.view === 'stale' ? ' (stale)' : '';
      return `${self?.process.name}: ${self?.waiting[choice.step]?.step.name}${stale}`;
    },
  };
};

const replay = async (world: World, path: readonly Choice[], crashes: number) => {
  const run = begin(world, crashes);
  await settle();
  for (const choice of path) await run.take(choice);
  return run;
};

/** An index that lags makes a difference only where it shows something else. */
const viewsOf = async (step: Step): Promise<View[]> => {
  if (!step.mayLag) return ['current'];
  const [current, stale] = [await step.run('current'), await step.run('stale')];
  return JSON.stringify(current) === JSON.stringify(stale) ? ['current'] : ['current', 'stale'];
};

/**
 * Times count by their order alone and endpoints by which is which, so that two states that differ only in when they
 * came about, or in how many endpoints there were before, are one.
 */
const fingerprint = (state: unknown): string => {
  const text = JSON.stringify(state);
  // What was before `epoch` stays: how long before is a matter of days.
  const times = [...new Set(text.match(aTime))].filter((time) => Number(time) >= epoch).sort();
  const endpoints = [...new Set(text.match(anEndpoint))];
  const canonical = text
    .replace(aTime, (time) => (times.includes(time) ? `-${times.indexOf(time)}` : time))
    .replace(anEndpoint, (endpoint) => `endpoint ${endpoints.indexOf(endpoint)}`);
  return hash('sha1', canonical, 'base64');
};

const aTime = /\b1[78]\d{11}\b/g;
const anEndpoint = /arn:aws:sns:[^"]+/g;

export type Walked = { states: number; endings: number };

/**
 * Walks everything that can happen, with at most `crashes` processes cut off on one path.
 *
 * @throws the first fault found, with the path that leads to it
 */
export const explore = async (create: () => World, crashes = 1): Promise<Walked> => {
  const seen = new Set<string>();
  const open: Choice[][] = [[]];
  let endings = 0;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const world = create();
    const run = await replay(world, path, crashes);
    for (let state = run.state(); !seen.has(state); state = run.state()) {
      seen.add(state);
      const [first, ...others] = await run.choices();
      if (first === undefined) {
        endings += 1;
        const trail = path;
        await world.check(run.endings).catch(async (error: unknown) => {
          throw new Error(`after ${await tell(create, trail, crashes)}: ${String(error)}`, { cause: error });
        });
        break;
      }
      for (const other of others) open.push([...path, other]);
      path = [...path, first];
      await run.take(first);
    }
  }
  return { states: seen.size, endings };
};

/** The path in words, for whoever has to understand a fault. */
const tell = async (create: () => World, path: readonly Choice[], crashes: number): Promise<string> => {
  const run = await replay(create(), [], crashes);
  const words: string[] = [];
  for (const choice of path) {
    words.push(run.describe(choice));
    await run.take(choice);
  }
  return words.join(' → ');
};

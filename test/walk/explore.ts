import { epoch, fingerprint } from './fingerprint.ts';
import type { Ending, Process, Progress, Step, View } from './process.ts';
import { begin, crashed } from './process.ts';

/**
 * Walks every interleaving of a few processes: at each moment the walker decides which process takes the next step,
 * whether it crashes instead, and whether an index read sees what was written since the beginning. Ways that come to
 * a moment already seen are not walked again.
 */

/** One system under test. */
export type World = {
  processes: readonly Process[];
  /** Processes that a step brought about, since this was last asked. */
  spawned(): readonly Process[];
  /** Everything that tells two states apart, as plain data. Numbers from `epoch` on are times. */
  state(): unknown;
  /** Notes how everything is; what it gives puts it back, as often as need be. */
  save(): () => void;
  /** Called where nothing is left to do. Throws where something is wrong. */
  check(endings: ReadonlyMap<string, Ending>): Promise<void>;
};

type Choice = { index: number; step?: { place: number; view: View } };

/** How far everything has come on one way. */
type Moment = {
  processes: readonly Progress[];
  at: number;
  restore: () => void;
  /** What led here, in words, and from where. */
  came?: { how: string; from: Moment };
};

/** Everything that can happen next, in a world that is as it was at that moment. */
const choicesOf = async ({ processes }: Moment, crashes: number): Promise<Choice[]> => {
  const mayCrash = processes.filter(({ ending }) => ending?.state === 'crashed').length < crashes;
  const choices: Choice[] = [];
  for (const [index, { process, waiting }] of processes.entries()) {
    for (const [place, step] of waiting.entries()) {
      for (const view of await viewsOf(step)) choices.push({ index, step: { place, view } });
    }
    if (mayCrash && process.mayCrash && waiting.length > 0) choices.push({ index });
  }
  return choices;
};

/** An index that lags makes a difference only where it shows something else. */
const viewsOf = async (step: Step): Promise<View[]> => {
  if (!step.mayLag) return ['current'];
  const [current, stale] = [await step.run('current', 0), await step.run('stale', 0)];
  return JSON.stringify(current) === JSON.stringify(stale) ? ['current'] : ['current', 'stale'];
};

/** Makes a choice in a world that is as it was at that moment. */
const take = async (world: World, from: Moment, { index, step: chosen }: Choice): Promise<Moment> => {
  const at = from.at + 1;
  const before = from.processes[index];
  if (before === undefined) throw new Error('no such process');
  const { name, again } = before.process;
  const moment = (after: Progress, started: readonly Progress[], how: string): Moment => ({
    processes: [...from.processes.with(index, after), ...started],
    at,
    restore: world.save(),
    came: { how, from },
  });
  if (chosen === undefined) {
    const started = again === undefined ? [] : [await begin(again, at)];
    return moment(crashed(before.process), started, `${name} crashes`);
  }
  const { place, view } = chosen;
  const step = before.waiting[place];
  if (step === undefined) throw new Error('no such step');
  const value = await step.run(view, at).catch((error: Error) => error);
  const started = await Promise.all(world.spawned().map((process) => begin(process, at)));
  const after = await before.goOn({ place, name: step.name, value, at });
  return moment(after, started, `${name}: ${step.name}${view === 'stale' ? ' (stale)' : ''}`);
};

/** The way to a moment in words, for whoever has to understand a fault. */
const tell = ({ came }: Moment): string[] => (came === undefined ? [] : [...tell(came.from), came.how]);

export type Walked = { states: number; endings: number };

/**
 * Walks everything that can happen, with at most `crashes` processes cut off on one way.
 *
 * @throws the first fault found, with the way that leads to it
 */
export const explore = async (world: World, crashes = 1): Promise<Walked> => {
  const seen = new Set<string>();
  const open: Moment[] = [];
  /** The world has to be as it is at that moment. */
  const add = (moment: Moment) => {
    const processes = moment.processes.map(({ state }) => state).sort();
    const state = fingerprint(`${JSON.stringify(world.state())}${processes.join()}`);
    if (!seen.has(state)) open.push(moment);
    seen.add(state);
  };

  const beginning = await Promise.all(world.processes.map((process) => begin(process, epoch)));
  add({ processes: beginning, at: epoch, restore: world.save() });
  let endings = 0;
  let turnedAt = 0;
  for (let moment = open.pop(); moment !== undefined; moment = open.pop()) {
    // Else no timer would ever end that a process has set, of which nothing here waits for any.
    if (seen.size - turnedAt > 1_000) {
      turnedAt = seen.size;
      await new Promise(setImmediate);
    }
    moment.restore();
    const choices = await choicesOf(moment, crashes);
    for (const choice of choices) {
      moment.restore();
      add(await take(world, moment, choice));
    }
    if (choices.length > 0) continue;
    endings += 1;
    const ended = new Map(
      moment.processes.flatMap(({ process, ending }) => (ending ? [[process.name, ending]] : [])),
    );
    await world.check(ended).catch((error: unknown) => {
      throw new Error(`after ${tell(moment).join(' → ')}: ${String(error)}`, { cause: error });
    });
  }
  return { states: seen.size, endings };
};

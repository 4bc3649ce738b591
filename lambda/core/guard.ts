import { days } from './duration.ts';
import type { Clock, GuardTable } from './ports.ts';

export type GuardSettings = {
  /** How many tokens of one app may be given up within an hour, whatever is usual. */
  refusals: number;
  /** And how many times as many as within a usual hour: the mean of the week before. */
  timesUsual: number;
};

/**
 * Doubts refusals that come in crowds. A credential of another project, or of another of Apple's environments, makes a
 * provider refuse every token of an app one by one, each in the words that it has for a phone that is gone. Once more
 * are refused than people can have removed the app, one flag stops marking until an operator clears it.
 */
export type Guard = {
  /**
   * Counts a refusal, and gives whether the token may be given up for it.
   *
   * @param at when it was refused, in epoch milliseconds: what is older than the flag's clearing is not believed
   */
  believes(app: string, at: number): Promise<boolean>;
};

/** How long a running copy of a function goes without looking at the flag: a fleet's refusals come close together. */
const lookMs = 5_000;

const hourMs = 3_600_000;
const usualHours = days(7) / hourMs;

/** The hour of a time, as `2026-11-22T12`. */
export const hourOf = (time: number): string => new Date(time).toISOString().slice(0, 13);

type Look = { at: number; hour: string; tripped: boolean; clearedAt: number; limit: number };

export const createGuard = (
  { table, clock }: { table: GuardTable; clock: Clock },
  { refusals, timesUsual }: GuardSettings,
): Guard => {
  const looks = new Map<string, Look>();

  const look = async (app: string): Promise<Look> => {
    const at = clock.now();
    const hour = hourOf(at);
    const known = looks.get(app);
    // A new hour counts from nothing: whoever begins it must have seen the flag.
    if (known !== undefined && known.hour === hour && at - known.at < lookMs) return known;
    const { trippedAt, clearedAt = 0, hours } = await table.readGuard(app);
    const weekBefore = hours.filter((one) => one.hour >= hourOf(at - days(7)) && one.hour < hour);
    const usual = weekBefore.reduce((sum, one) => sum + one.refusals, 0) / usualHours;
    const limit = Math.max(refusals, timesUsual * usual);
    const seen = { at, hour, tripped: trippedAt !== undefined, clearedAt, limit };
    looks.set(app, seen);
    return seen;
  };

  return {
    believes: async (app, at) => {
      const { hour, tripped, clearedAt, limit } = await look(app);
      if (tripped || at < clearedAt) return false;
      if ((await table.countRefusal(app, hour)) <= limit) return true;
      await table.tripGuard(app, clock.now());
      looks.delete(app);
      return false;
    },
  };
};

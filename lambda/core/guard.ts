import { days, hours } from './duration.ts';
import type { Clock, GuardTable } from './ports.ts';

export type GuardSettings = {
  /** How many tokens of one app may be given up within an hour, whatever is usual; within a day, five times as many. */
  refusals: number;
  /**
   * And how many times as many as within a usual hour: the mean of the week before. Within a day, half as many times the
   * usual day's.
   */
  timesUsual: number;
};

/**
 * Doubts refusals that come in crowds. A credential of another project, or of another of Apple's environments, makes a
 * provider refuse every token of an app one by one, each in the words that it has for a phone that is gone. Once more
 * are refused than people can have removed the app, one flag stops marking until an operator clears it.
 */
export type Guard = {
  /**
   * Counts a refused token, once in an hour, and gives whether it may be given up for that.
   *
   * @param at when it was refused, in epoch milliseconds: what is older than the flag's clearing is not believed
   */
  believes(app: string, tokenHash: string, at: number): Promise<boolean>;
};

/** How long a running copy of a function goes without looking at the flag: a fleet's refusals come close together. */
export const lookMs = 5_000;

/** A day's refusals are fewer than 24 hours of the most that one may have: a slow trickle is a wrong credential, too. */
const hoursPerDay = 5;
const dayTimesUsual = 1 / 2;

/** Tokens are counted by name in an hour's item, and DynamoDB's items hold 400 kB. */
const mostPerHour = 10_000;

/** The hour of a time, as `2026-11-22T12`. */
export const hourOf = (time: number): string => new Date(time).toISOString().slice(0, 13);

type Look = {
  at: number;
  hour: string;
  tripped: boolean;
  clearedAt: number | undefined;
  /** How many there may be in this hour, and how many there are. */
  limit: number;
  refusals: number;
};

export const createGuard = (
  { table, clock }: { table: GuardTable; clock: Clock },
  { refusals, timesUsual }: GuardSettings,
): Guard => {
  const looks = new Map<string, Look>();

  /** How many there may be in the hour of a time, by what was counted before it. */
  const limitOf = (at: number, counted: readonly { hour: string; refusals: number }[]): number => {
    const within = (from: number, to: number): number =>
      counted
        .filter(({ hour }) => hourOf(from) <= hour && hour < hourOf(to))
        .reduce((sum, one) => sum + one.refusals, 0);
    const dayBefore = at - hours(23);
    const usualHour = within(at - days(7), at) / (7 * 24);
    const usualDay = within(dayBefore - days(7), dayBefore) / 7;
    const ofHour = Math.max(refusals, timesUsual * usualHour);
    const ofDay = Math.max(hoursPerDay * refusals, dayTimesUsual * timesUsual * usualDay);
    return Math.min(ofHour, ofDay - within(dayBefore, at), mostPerHour);
  };

  const look = async (app: string): Promise<Look> => {
    const at = clock.now();
    const hour = hourOf(at);
    const known = looks.get(app);
    // A new hour counts from nothing: whoever begins it must have seen the flag.
    if (known !== undefined && known.hour === hour && at - known.at < lookMs) return known;
    const { trippedAt, clearedAt, hours } = await table.readGuard(app);
    const seen = {
      at,
      hour,
      tripped: trippedAt !== undefined,
      clearedAt,
      limit: limitOf(at, hours),
      refusals: hours.find((one) => one.hour === hour)?.refusals ?? 0,
    };
    looks.set(app, seen);
    return seen;
  };

  return {
    believes: async (app, tokenHash, at) => {
      const { hour, tripped, clearedAt, limit } = await look(app);
      if (tripped || at < (clearedAt ?? 0)) return false;
      let count = await table.countRefusal(app, hour, tokenHash);
      if (count === undefined) {
        // It was counted before, perhaps by a write of ours whose answer was lost: above the limit, perhaps.
        looks.delete(app);
        const fresh = await look(app);
        if (fresh.tripped) return false;
        count = fresh.refusals;
      }
      if (count <= limit) return true;
      await table.tripGuard(app, clock.now(), clearedAt);
      looks.delete(app);
      return false;
    },
  };
};

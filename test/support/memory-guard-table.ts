import type { GuardNotes, GuardTable } from '../../lambda/core/ports.ts';

/** The fleet guard's items in memory: held to the same contract suite as the real ones. */
export const createMemoryGuardTable = () => {
  const flags = new Map<string, { trippedAt?: number; clearedAt?: number }>();
  const counts = new Map<string, number>();
  const counted = new Set<string>();
  const nameOf = (app: string, hour: string) => `${app} ${hour}`;

  const table: GuardTable = {
    readGuard: async (app): Promise<GuardNotes> => ({
      ...flags.get(app),
      hours: [...counts]
        .filter(([name]) => name.startsWith(`${app} `))
        .map(([name, refusals]) => ({ hour: name.slice(app.length + 1), refusals })),
    }),
    countRefusal: async (app, hour, tokenHash) => {
      if (counted.has(`${nameOf(app, hour)} ${tokenHash}`)) return undefined;
      counted.add(`${nameOf(app, hour)} ${tokenHash}`);
      const count = (counts.get(nameOf(app, hour)) ?? 0) + 1;
      counts.set(nameOf(app, hour), count);
      return count;
    },
    tripGuard: async (app, at, clearedAt) => {
      if (flags.get(app)?.clearedAt === clearedAt) flags.set(app, { trippedAt: at, ...flags.get(app) });
    },
  };
  return {
    table,
    /** As an operator does, who has looked. */
    clear: (app: string, at: number) => {
      flags.set(app, { clearedAt: at });
      counts.clear();
      counted.clear();
    },
    /** That many refusals in an hour of the past. */
    remember: (app: string, hour: string, refusals: number) => void counts.set(nameOf(app, hour), refusals),
    state: () => [[...flags], [...counts], [...counted]],
    /** Notes how it is; what it gives puts it back. */
    save: (): (() => void) => {
      const before = [[...flags], [...counts], [...counted]] as const;
      return () => {
        flags.clear();
        counts.clear();
        counted.clear();
        for (const [app, flag] of before[0]) flags.set(app, flag);
        for (const [name, count] of before[1]) counts.set(name, count);
        for (const name of before[2]) counted.add(name);
      };
    },
  };
};

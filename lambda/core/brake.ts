/** How fast one PBX may call, in one running copy of the function. */
export type BrakeSettings = { perSecond: number; burst: number };

export type Brake = {
  /** Takes one call. Gives the whole seconds to wait where there is none left, else 0. */
  take(pbxId: string): number;
};

/**
 * A token bucket for each PBX, in memory: a brake against one that runs away, not a quota. Only PBXs with a
 * key get here, so there are no more buckets than PBXs.
 */
export const createBrake = ({ perSecond, burst }: BrakeSettings, now: () => number): Brake => {
  const buckets = new Map<string, { level: number; at: number }>();
  return {
    take: (pbxId) => {
      const at = now();
      const bucket = buckets.get(pbxId) ?? { level: burst, at };
      const refilled = bucket.level + (Math.max(0, at - bucket.at) / 1_000) * perSecond;
      const level = Math.min(burst, refilled);
      const taken = level >= 1;
      buckets.set(pbxId, { level: taken ? level - 1 : level, at });
      return taken ? 0 : Math.ceil((1 - level) / perSecond);
    },
  };
};

import type { Entry } from './entry.ts';
import { extensionOf, tokensOf } from './entry.ts';

/**
 * What a request touches. Two requests conflict where they touch the same thing, unless both do it in the same
 * `way`, which makes no difference in either order.
 */
type Touch = { what: string; way?: string };

const touchesOf = (entry: Entry): Touch[] => {
  const tokens = tokensOf(entry).map((token) => ({ what: `token ${token}` }));
  if (entry.operation === 'update') return [...tokens, { what: 'extensions', way: 'update' }];
  const extension = extensionOf(entry);
  if (extension === undefined) return tokens;
  const ofExtension = { what: `extension ${extension}`, way: entry.operation };
  if (entry.operation === 'register') return [...tokens, ofExtension];
  // Whose tokens an update moves, nobody here knows.
  return [ofExtension, { what: 'extensions', way: 'delete' }];
};

/** Those next to each other in line for one thing that may go in any order. */
type Rank = { way: string | undefined; members: Set<Entry> };

/**
 * Which requests may be sent, so that those that conflict go in the order in which they were taken: the same token,
 * or a delete of an extension (or one of its phones) and a register to it, or such a delete and an update. Registers of
 * different tokens to one extension do not conflict: one that fails must not keep the extension's other phones silent.
 */
export const createOrder = () => {
  const lines = new Map<string, Rank[]>();
  /** In how many lines each one is not in the first rank. */
  const hindrances = new Map<Entry, number>();

  return {
    /** Adds one behind all others, and gives whether it may go at once. */
    add: (entry: Entry): boolean => {
      let hindered = 0;
      for (const { what, way } of touchesOf(entry)) {
        const ranks = lines.get(what) ?? [];
        lines.set(what, ranks);
        const last = ranks.at(-1);
        if (last !== undefined && way !== undefined && last.way === way) last.members.add(entry);
        else ranks.push({ way, members: new Set([entry]) });
        if (ranks.length > 1) hindered += 1;
      }
      hindrances.set(entry, hindered);
      return hindered === 0;
    },

    /** Removes one that might go, and gives those that may go now. */
    remove: (entry: Entry): Entry[] => {
      const freed: Entry[] = [];
      hindrances.delete(entry);
      for (const { what } of touchesOf(entry)) {
        const ranks = lines.get(what);
        ranks?.[0]?.members.delete(entry);
        if (ranks === undefined || ranks[0]?.members.size !== 0) continue;
        ranks.shift();
        if (ranks.length === 0) lines.delete(what);
        for (const next of ranks[0]?.members ?? []) {
          const left = (hindrances.get(next) ?? 0) - 1;
          hindrances.set(next, left);
          if (left === 0) freed.push(next);
        }
      }
      return freed;
    },

    /** Whether a later one that conflicts with it is in line already. */
    isOvertaken: (entry: Entry): boolean =>
      touchesOf(entry).some(({ what, way }) =>
        (lines.get(what) ?? [])
          .filter((rank) => way === undefined || rank.way !== way)
          .some(({ members }) => [...members].some((other) => other.id > entry.id)),
      ),
  };
};

import { isDeepStrictEqual } from 'node:util';
import type { UpdateRequest } from 'pns-proxy-client';
import { canonical } from '../../../lambda/core/token.ts';
import type { Change, Entry } from './entry.ts';
import type { createLatest } from './latest.ts';
import type { Statements } from './statements.ts';
import { entryOf } from './statements.ts';
import { carriedBy, lineOf, subjectsCarriedBy, subjectsOf, supersedes } from './supersede.ts';

/** What became of earlier requests that were kept aside: by their numbers. */
export type Effects = {
  /** Moot, and gone. */
  superseded: number[];
  /** They name the new token of an update now. */
  carried: number[];
};

/** Updates in a chain are about one token, too, and none of them stands for another. */
const isLike = (a: Change, b: Change): boolean =>
  a.operation === 'update'
    ? b.operation === 'update' && canonical(a.request.oldToken) === canonical(b.request.oldToken)
    : a.operation === b.operation;

/** What the proxy has refused for good, and what later requests make of it: so that each may be sent again at any time. */
export const createKeptAside = ({ run, rows }: Statements, latest: ReturnType<typeof createLatest>) => {
  const forget = (id: number) => run('DELETE FROM entries WHERE id = ?', id);

  const note = (change: Change, id: number): void => {
    run('DELETE FROM kept_subjects WHERE entry = ?', id);
    for (const subject of subjectsOf(change)) {
      run('INSERT OR IGNORE INTO kept_subjects (subject, entry) VALUES (?, ?)', subject, id);
    }
  };

  /** Those that were taken before, in the order in which they were taken. */
  const about = (subjects: readonly string[], id: number): Entry[] => {
    const found = subjects.flatMap((subject) =>
      rows(
        'SELECT entries.* FROM kept_subjects JOIN entries ON id = entry WHERE subject = ? AND entry < ?',
        subject,
        id,
      ),
    );
    const byId = new Map(found.map((row) => [row.id, row]));
    return [...byId.values()].flatMap((row) => entryOf(row) ?? []).toSorted((a, b) => a.id - b.id);
  };

  const supersede = (later: Entry, holds: (earlier: Entry) => boolean = () => true): number[] => {
    const moot = about(subjectsOf(later), later.id).filter(
      (earlier) => supersedes(later, earlier) && holds(earlier),
    );
    for (const { id } of moot) forget(id);
    return moot.map(({ id }) => id);
  };

  const isOutdated = (change: Change, id: number, token: string): boolean =>
    change.operation !== 'update' && latest.isAfter(id, token, lineOf(change));

  /** The registrations of a token have another one now; so would those have that were kept aside. */
  const carryAlong = (update: UpdateRequest, updateId: number): Effects => {
    const effects: Effects = { superseded: [], carried: [] };
    const registered: Change[] = [];
    // The latest first: of those that name one token now, the last registration of a line wins.
    for (const earlier of about(subjectsCarriedBy(update), updateId).toReversed()) {
      const change = carriedBy(update, earlier);
      const isOver = (other: Change) => change?.operation === 'register' && supersedes(other, change);
      if (
        change === undefined ||
        isOutdated(change, earlier.id, update.newToken) ||
        registered.some(isOver)
      ) {
        forget(earlier.id);
        effects.superseded.push(earlier.id);
        continue;
      }
      if (change.operation === 'register') registered.push(change);
      if (isDeepStrictEqual(change.request, earlier.request)) continue;
      run('UPDATE entries SET request = ? WHERE id = ?', JSON.stringify(change.request), earlier.id);
      note(change, earlier.id);
      effects.carried.push(earlier.id);
    }
    return effects;
  };

  return {
    /** Takes the place of one like it, so that a phone that repeats itself fills no disk. */
    add: (entry: Entry): void => {
      supersede(entry, (earlier) => isLike(entry, earlier));
      note(entry, entry.id);
    },

    /** The proxy has taken this one. */
    follow: (entry: Entry): Effects =>
      entry.operation === 'update'
        ? carryAlong(entry.request, entry.id)
        : { superseded: supersede(entry), carried: [] },
  };
};

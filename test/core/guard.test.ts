import { beforeEach, describe, expect, it } from 'vitest';
import { days } from '../../lambda/core/duration.ts';
import { createGuard, type Guard, hourOf } from '../../lambda/core/guard.ts';
import type { GuardTable } from '../../lambda/core/ports.ts';
import { noon } from '../support/builders.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryGuardTable } from '../support/memory-guard-table.ts';

const settings = { refusals: 3, timesUsual: 10 };
let time: ReturnType<typeof createFakeClock>;
let notes: ReturnType<typeof createMemoryGuardTable>;
let requests: string[];
/** One running copy of a function. */
const aCopy = (): Guard => {
  const table = Object.fromEntries(
    Object.entries(notes.table).map(([name, call]: [string, (...args: never[]) => unknown]) => [
      name,
      (...args: never[]) => {
        requests.push(name);
        return call(...args);
      },
    ]),
  ) as GuardTable;
  return createGuard({ table, clock: time.clock }, settings);
};
let guard: Guard;
beforeEach(() => {
  time = createFakeClock();
  notes = createMemoryGuardTable();
  requests = [];
  guard = aCopy();
});
let phones = 0;
/** Of so many phones, none of which was refused before. */
const refuse = (count: number, by = guard, app = 'demo') =>
  Promise.all(
    Array.from({ length: count }, () => {
      phones += 1;
      return by.believes(app, `phone ${phones}`, time.clock.now());
    }),
  );
const isTripped = async () => (await notes.table.readGuard('demo')).trippedAt !== undefined;
const hour = 3_600_000;

describe('guard: how many refusals are believed', () => {
  it('as many as the least there may be, and then none, in every copy', async () => {
    const other = aCopy();
    expect(await refuse(3)).toEqual([true, true, true]);
    expect(await isTripped()).toBe(false);
    expect(await refuse(1, other)).toEqual([false]);
    expect(await isTripped()).toBe(true);
    expect(await refuse(2)).toEqual([false, false]);
  });

  it('no more than that where many come at once', async () => {
    const copies = Array.from({ length: 10 }, aCopy);
    const believed = await Promise.all(copies.map((copy) => refuse(5, copy)));
    expect(believed.flat().filter(Boolean)).toHaveLength(3);
  });

  it('of one app whatever becomes of another', async () => {
    await refuse(4);
    expect(await refuse(1, guard, 'pocket')).toEqual([true]);
  });

  it('an app’s few of each day never add up', async () => {
    for (let turn = 0; turn < 10 * 24; turn += 2) {
      expect(await refuse(1)).toEqual([true]);
      time.pass(2 * hour);
    }
    expect(await isTripped()).toBe(false);
  });

  it('within a day five times an hour’s most: a slow trickle is a wrong credential, too', async () => {
    for (let turn = 0; turn < 5; turn += 1) {
      expect(await refuse(3)).toEqual([true, true, true]);
      time.pass(hour);
    }
    expect(await refuse(1)).toEqual([false]);
    expect(await isTripped()).toBe(true);
  });

  it('or five times the usual day, where that is more', async () => {
    for (let ago = 24; ago <= 23 + 7 * 24; ago += 1) notes.remember('demo', hourOf(noon - ago * hour), 1);
    notes.remember('demo', hourOf(noon - 23 * hour), 18);
    notes.remember('demo', hourOf(noon - hour), 100);
    expect(await refuse(2)).toEqual([true, true]);
    expect(await refuse(1)).toEqual([false]);
  });

  it('and refusals that grow a little with each hour are not usual', async () => {
    for (let turn = 0; turn < 48; turn += 1) {
      await refuse(Math.ceil(0.5 * 1.05 ** turn));
      time.pass(hour);
    }
    expect(await isTripped()).toBe(true);
  });

  it('one phone is one, however often its pushes fail, and whoever tells of it', async () => {
    for (let turn = 0; turn < 30; turn += 1) {
      time.pass(60_000);
      expect(await aCopy().believes('demo', 'one phone', time.clock.now())).toBe(true);
    }
    const copies = Array.from({ length: 10 }, aCopy);
    await Promise.all(copies.map((copy) => copy.believes('demo', 'one phone', time.clock.now())));
    expect(await refuse(2)).toEqual([true, true]);
    expect(await isTripped()).toBe(false);
  });

  it('no more where the answer to the count was lost, and it is told again', async () => {
    await refuse(3);
    const { countRefusal } = notes.table;
    notes.table.countRefusal = async (...args) => {
      await countRefusal(...args);
      return countRefusal(...args);
    };
    expect(await refuse(1, aCopy())).toEqual([false]);
    expect(await isTripped()).toBe(true);
  });

  it('ten times the usual where that is more: a large app’s churn is no fault', async () => {
    for (let ago = 1; ago <= 8 * 24; ago += 1) notes.remember('demo', hourOf(noon - ago * hour), 2);
    expect((await refuse(20)).every(Boolean)).toBe(true);
    expect(await refuse(1)).toEqual([false]);
  });

  it('one busy hour is not usual: an hour without refusals counts as none', async () => {
    notes.remember('demo', hourOf(noon - 100 * hour), 30);
    await refuse(3);
    expect(await refuse(1)).toEqual([false]);
  });

  it('what was longer ago than a week is not usual, nor is this hour', async () => {
    notes.remember('demo', hourOf(noon - days(7) - hour), 168_000);
    notes.remember('demo', hourOf(noon), 3);
    expect(await refuse(1)).toEqual([false]);
  });
});

describe('guard: the flag', () => {
  it('stays, whatever time passes, until an operator clears it', async () => {
    await refuse(4);
    time.pass(days(3));
    expect(await refuse(1)).toEqual([false]);
    notes.clear('demo', time.clock.now());
    time.pass(5_000);
    expect(await refuse(1)).toEqual([true]);
  });

  it('is seen at once where a token is told of again: a look more is taken then', async () => {
    expect(await guard.believes('demo', 'one phone', noon)).toBe(true);
    await notes.table.tripGuard('demo', noon, undefined);
    expect(await guard.believes('demo', 'one phone', noon)).toBe(false);
  });

  it('is seen by every copy as soon as another hour counts from nothing', async () => {
    time.pass(hour - 2_000);
    const other = aCopy();
    await refuse(1, other);
    await refuse(3);
    time.pass(2_000);
    expect(await refuse(1, other)).toEqual([false]);
  });

  it('once it is cleared, refusals of before are believed no more: SNS may tell of them late', async () => {
    await refuse(4);
    notes.clear('demo', noon);
    time.pass(5_000);
    expect(await guard.believes('demo', 'late', noon - 1)).toBe(false);
    expect(await guard.believes('demo', 'late', noon)).toBe(true);
  });

  it('stays cleared where a refusal of before would set it', async () => {
    await refuse(3);
    const { tripGuard } = notes.table;
    notes.table.tripGuard = async (...args) => {
      notes.clear('demo', time.clock.now());
      return tripGuard(...args);
    };
    expect(await refuse(1, aCopy())).toEqual([false]);
    expect(await isTripped()).toBe(false);
  });

  it('keeps the moment at which it was set, whenever the refusal was', async () => {
    await refuse(3);
    await guard.believes('demo', 'long ago', noon - 60_000);
    await refuse(1);
    expect(await notes.table.readGuard('demo')).toMatchObject({ trippedAt: noon });
  });
});

describe('guard: what it asks of the table', () => {
  it('one read in five seconds, and one write a refusal', async () => {
    await refuse(1);
    time.pass(4_999);
    await refuse(1);
    time.pass(1);
    await refuse(1);
    expect(requests).toEqual(['readGuard', 'countRefusal', 'countRefusal', 'readGuard', 'countRefusal']);
  });

  it('nothing but that read while the flag is set', async () => {
    await refuse(4);
    time.pass(1);
    requests.length = 0;
    await refuse(1);
    await refuse(9);
    expect(requests).toEqual(['readGuard']);
  });

  it('counts anew where the flag could not be set, so that the next refusal sets it', async () => {
    await refuse(3);
    const { tripGuard } = notes.table;
    notes.table.tripGuard = () => Promise.reject(new Error('no answer'));
    const copy = aCopy();
    await expect(copy.believes('demo', 'phone', noon)).rejects.toThrow('no answer');
    notes.table.tripGuard = tripGuard;
    expect(await refuse(1, aCopy())).toEqual([false]);
    expect(await isTripped()).toBe(true);
  });
});

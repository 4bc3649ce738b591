import { describe, expect, it } from 'vitest';
import { createKept } from '../../lambda/providers/kept.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const begin = () => {
  const time = createFakeClock();
  let loads = 0;
  let failing = false;
  const kept = createKept(async () => {
    loads += 1;
    if (failing) throw new Error('it could not be loaded');
    return { value: `load ${loads}`, until: time.clock.now() + 1_000 };
  }, time.clock.now);
  return {
    time,
    kept,
    loads: () => loads,
    fail: (is: boolean) => {
      failing = is;
    },
  };
};

describe('what is kept', () => {
  it('is loaded once for all who ask at the same time, and until its time is over', async () => {
    const { kept, time, loads } = begin();
    expect(await Promise.all([kept.get(), kept.get(), kept.get()])).toEqual(Array(3).fill('load 1'));
    time.pass(999);
    expect(await kept.get()).toBe('load 1');
    expect(loads()).toBe(1);
    time.pass(1);
    expect(await kept.get()).toBe('load 2');
  });

  it('is not a failure: who asks next asks anew', async () => {
    const { kept, fail } = begin();
    fail(true);
    await expect(kept.get()).rejects.toThrow();
    fail(false);
    expect(await kept.get()).toBe('load 2');
  });

  it('is forgotten once, by however many were refused with it', async () => {
    const { kept, loads } = begin();
    const refused = await kept.get();
    kept.forget(refused);
    expect(await kept.get()).toBe('load 2');
    kept.forget(refused);
    expect(await kept.get()).toBe('load 2');
    expect(loads()).toBe(2);
  });

  it('is given while it is loaded anew, or that fails, for as long as it is good', async () => {
    const time = createFakeClock();
    let [loads, fails] = [0, false];
    const kept = createKept(async () => {
      if (fails) throw new Error('it could not be loaded');
      loads += 1;
      return { value: loads, until: time.clock.now() + 1_000, goodUntil: time.clock.now() + 5_000 };
    }, time.clock.now);
    expect(await kept.get()).toBe(1);
    fails = true;
    time.pass(4_999);
    expect(await kept.get()).toBe(1);
    time.pass(1);
    await expect(kept.get()).rejects.toThrow();
    fails = false;
    expect(await kept.get()).toBe(2);
    time.pass(1_000);
    expect(await Promise.all([kept.get(), kept.get()])).toEqual([2, 2]);
    expect(await kept.get()).toBe(3);
  });
});

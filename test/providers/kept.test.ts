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

  it('is given where loading it anew fails, for as long as it is good, and that is not tried at once again', async () => {
    const time = createFakeClock();
    let [loads, asked, fails] = [0, 0, false];
    const kept = createKept(async (needed) => {
      asked += 1;
      if (fails) throw new Error(`it could not be loaded, ${needed}`);
      loads += 1;
      return { value: loads, until: time.clock.now() + 1_000, goodUntil: time.clock.now() + 60_000 };
    }, time.clock.now);
    expect(await kept.get()).toBe(1);
    time.pass(1_000);
    expect(await kept.get()).toBe(2);
    fails = true;
    asked = 0;
    for (let second = 0; second < 50; second += 1) {
      time.pass(1_000);
      expect(await kept.get()).toBe(2);
    }
    expect(asked).toBeLessThanOrEqual(6);
    time.pass(10_000);
    await expect(kept.get()).rejects.toThrow('true');
    expect(kept.peek()).toBeUndefined();
    fails = false;
    expect(await kept.get()).toBe(3);
  });

  it('is given where loading it anew hangs', async () => {
    const time = createFakeClock();
    let first = true;
    const kept = createKept<string>(() => {
      if (!first) return new Promise<never>(() => {});
      first = false;
      return Promise.resolve({
        value: 'good',
        until: time.clock.now() + 1,
        goodUntil: time.clock.now() + 60_000,
      });
    }, time.clock.now);
    await kept.get();
    time.pass(2);
    expect(await kept.get()).toBe('good');
    expect(await kept.get()).toBe('good');
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBrake } from '../../lambda/core/brake.ts';
import { createFakeClock } from '../support/fake-clock.ts';

describe('brake', () => {
  it('lets a burst through, then asks to wait for whole seconds', () => {
    const { clock } = createFakeClock();
    const brake = createBrake({ perSecond: 0.5, burst: 3 }, clock.now);
    expect([1, 2, 3].map(() => brake.take('pbx-1'))).toEqual([0, 0, 0]);
    expect(brake.take('pbx-1')).toBe(2);
  });

  it('lets through again what has waited as long as it was told, and no more than that', () => {
    const { clock, pass } = createFakeClock();
    const brake = createBrake({ perSecond: 0.5, burst: 1 }, clock.now);
    brake.take('pbx-1');
    const wait = brake.take('pbx-1');
    pass(wait * 1_000 - 1);
    expect(brake.take('pbx-1')).toBe(1);
    pass(1);
    expect(brake.take('pbx-1')).toBe(0);
    expect(brake.take('pbx-1')).toBe(2);
  });

  it('never saves up more than a burst', () => {
    const { clock, pass } = createFakeClock();
    const brake = createBrake({ perSecond: 10, burst: 2 }, clock.now);
    brake.take('pbx-1');
    pass(3_600_000);
    expect([1, 2, 3].map(() => brake.take('pbx-1'))).toEqual([0, 0, 1]);
  });

  it('brakes no PBX for another', () => {
    const { clock } = createFakeClock();
    const brake = createBrake({ perSecond: 1, burst: 1 }, clock.now);
    brake.take('pbx-1');
    expect(brake.take('pbx-1')).toBe(1);
    expect(brake.take('pbx-2')).toBe(0);
  });

  it('gives nothing away when the clock is set back', () => {
    const { clock, pass } = createFakeClock();
    const brake = createBrake({ perSecond: 1, burst: 1 }, clock.now);
    brake.take('pbx-1');
    pass(-60_000);
    expect(brake.take('pbx-1')).toBe(1);
  });

  it('never lets more through than a burst and what time brings', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 2_000 }), { maxLength: 60 });
    fc.assert(
      fc.property(gaps, fc.integer({ min: 1, max: 9 }), (waits, burst) => {
        const { clock, pass } = createFakeClock(0);
        const brake = createBrake({ perSecond: 2, burst }, clock.now);
        let through = 0;
        for (const wait of waits) {
          pass(wait);
          if (brake.take('pbx-1') === 0) through += 1;
          expect(through).toBeLessThanOrEqual(burst + (clock.now() / 1_000) * 2);
        }
      }),
    );
  });
});

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RefusalReason } from '../../lambda/core/ports.ts';
import { PushRefusal } from '../../lambda/core/ports.ts';
import { retrying } from '../../lambda/core/retry.ts';
import { noon } from '../support/builders.ts';
import { createFakeClock } from '../support/fake-clock.ts';

/** Refused as often as there are reasons, and then taken. */
const attemptRefused = (reasons: readonly RefusalReason[], at: number[], now: () => number) => {
  const left = [...reasons];
  return async () => {
    at.push(now());
    const reason = left.shift();
    if (reason !== undefined) throw new PushRefusal(reason);
    return 'taken';
  };
};

describe('retrying', () => {
  it('repeats what was throttled or unavailable, and gives what came of it', async () => {
    const { clock, settle } = createFakeClock();
    const at: number[] = [];
    const attempt = attemptRefused(['throttled', 'unavailable'], at, clock.now);

    expect(await settle(retrying(clock, noon + 4_000, attempt))).toBe('taken');
    expect(at).toHaveLength(3);
  });

  it.each([
    'endpoint-disabled',
    'endpoint-missing',
    'application-disabled',
    'invalid-token',
    'invalid-notification',
    'not-authorized',
    'registration-changed',
    'expired',
  ] as const)('does not repeat what is final: %s', async (reason) => {
    const { clock, pauses, settle } = createFakeClock();
    const at: number[] = [];
    const attempt = attemptRefused([reason], at, clock.now);

    await expect(settle(retrying(clock, noon + 4_000, attempt))).rejects.toMatchObject({ reason });
    expect(at).toHaveLength(1);
    expect(pauses).toEqual([]);
  });

  it('does not repeat what is no refusal of SNS', async () => {
    const { clock, pauses, settle } = createFakeClock();
    const fault = new TypeError('a fault of ours');
    await expect(settle(retrying(clock, noon + 4_000, () => Promise.reject(fault)))).rejects.toBe(fault);
    expect(pauses).toEqual([]);
  });

  it('pauses up to twice as long each time, 2 s at most', async () => {
    const { clock, pauses, settle } = createFakeClock(noon, 0.999);
    const attempt = attemptRefused(Array(7).fill('throttled'), [], clock.now);
    await settle(retrying(clock, noon + 60_000, attempt));
    expect(pauses.map(Math.round)).toEqual([100, 200, 400, 799, 1_598, 1_998, 1_998]);
  });

  it('full jitter: any pause from nothing to the longest, and no attempt at or after the deadline', async () => {
    const random = fc.double({ min: 0.01, max: 1, maxExcluded: true, noNaN: true });
    await fc.assert(
      fc.asyncProperty(random, fc.integer({ min: 0, max: 10_000 }), async (jitter, patience) => {
        const { clock, pauses, settle } = createFakeClock(noon, jitter);
        const at: number[] = [];
        const attempt = attemptRefused(Array(5_000).fill('unavailable'), at, clock.now);

        await expect(settle(retrying(clock, noon + patience, attempt))).rejects.toMatchObject({
          reason: 'unavailable',
        });
        for (const [index, pause] of pauses.entries()) {
          expect(pause).toBeCloseTo(jitter * Math.min(100 * 2 ** index, 2_000));
        }
        // The first goes out whatever the time is: whoever sends looks at the deadline too.
        for (const time of at.slice(1)) expect(time).toBeLessThan(noon + patience);
      }),
      { numRuns: 100 },
    );
  });
});

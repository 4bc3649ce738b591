import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { backoffMs, retryAfterMs } from '../../client/src/retry-timing.ts';

describe('the pause before a retry', () => {
  it('is anything up to a bound that doubles, from 100 ms to 2 s', () => {
    const bounds = [1, 2, 3, 4, 5, 6, 7, 5_000].map((failures) => backoffMs(failures, 1));
    expect(bounds).toEqual([100, 200, 400, 800, 1_600, 2_000, 2_000, 2_000]);
    expect(backoffMs(3, 0)).toBe(0);
    expect(backoffMs(3, 0.25)).toBe(100);
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-11-22T12:00:00Z');

  it.each([
    ['seconds', '7', 7_000],
    ['no seconds', '0', 0],
    ['more seconds than there are', '99999999999999999999', 1e23],
    ['a date', 'Sun, 22 Nov 2026 12:00:05 GMT', 5_000],
    ['a date in the form of RFC 850', 'Sunday, 22-Nov-26 12:00:05 GMT', 5_000],
    ['a date in the form of asctime', 'Sun Nov 22 12:00:05 2026', 5_000],
    ['a date that has passed', 'Sun, 22 Nov 2026 11:59:00 GMT', 0],
    ['nothing', undefined, undefined],
    ['a negative number', '-5', undefined],
    ['a fraction', '1.5', undefined],
    ['a word', 'soon', undefined],
    ['no date', 'Sun, 99 Nov 2026 12:00:05 GMT', undefined],
    ['an empty value', '', undefined],
  ])('%s: %s', (_, value, expected) => {
    expect(retryAfterMs({ 'retry-after': value }, now)).toBe(expected);
  });

  it('compares a date with that of the answer: this machine’s clock may be an hour off', () => {
    const headers = { 'retry-after': 'Sun, 22 Nov 2026 12:00:05 GMT', date: 'Sun, 22 Nov 2026 12:00:00 GMT' };
    expect(retryAfterMs(headers, now + 3_600_000)).toBe(5_000);
    expect(retryAfterMs({ ...headers, date: 'today' }, now)).toBe(5_000);
  });

  it('never gives what cannot be waited for', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (value, date) => {
        const pause = retryAfterMs({ 'retry-after': value, date }, now);
        expect(pause === undefined || pause >= 0).toBe(true);
      }),
    );
  });
});

/** First pause at most; each further one may be twice as long. */
const firstPauseMs = 100;
const longestPauseMs = 2_000;

/**
 * Full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter"): clients that failed together do not come back
 * together.
 *
 * @param failures how many tries have failed, from 1
 * @param random from 0 to 1
 */
export const backoffMs = (failures: number, random: number): number =>
  random * Math.min(firstPauseMs * 2 ** (failures - 1), longestPauseMs);

/**
 * The pause that an answer's Retry-After asks for, given in seconds or as a date (RFC 9110, sections 10.2.3 and 5.6.7).
 * A date is compared with the answer's own, since the clock of a PBX may be wrong.
 *
 * @param now epoch milliseconds, for an answer without a date
 */
export const retryAfterMs = (
  headers: { 'retry-after'?: string | undefined; date?: string | undefined },
  now: number,
): number | undefined => {
  const value = headers['retry-after']?.trim() ?? '';
  if (/^\d+$/.test(value)) return Number(value) * 1_000;
  const until = epochOf(value);
  return until === undefined ? undefined : Math.max(0, until - (epochOf(headers.date ?? '') ?? now));
};

/** Of a date in any of HTTP's three forms: the one without a zone is in GMT as well. */
const epochOf = (date: string): number | undefined => {
  if (!/^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(date)) return undefined;
  const epoch = Date.parse(date.endsWith(' GMT') ? date : `${date} GMT`);
  return Number.isNaN(epoch) ? undefined : epoch;
};

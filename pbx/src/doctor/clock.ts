import type { Context } from './context.ts';
import type { Finding } from './finding.ts';
import { isHealthy, type Reach } from './reach.ts';

const offSeconds = 30;
export const wrongSeconds = 5 * 60;

/** By how many milliseconds the endpoint's clock is ahead of this one; undefined where it has not told. */
export const measureOffset = (reach: Reach): number | undefined => {
  const { health } = reach;
  if (health === undefined || 'failure' in health || !isHealthy(reach)) return undefined;
  const date = Date.parse(health.answer.headers.date ?? '');
  // The header counts whole seconds (RFC 9110 5.6.7): on average half of one has passed.
  return Number.isNaN(date) ? undefined : date + 500 - (health.askedAt + health.answeredAt) / 2;
};

export const checkClock = async (context: Context): Promise<Finding[]> => {
  const offset = measureOffset(await context.reach());
  if (offset === undefined) {
    return [{ check: 'clock', level: 'skipped', what: 'the endpoint has not told its time' }];
  }
  const seconds = Math.round(Math.abs(offset) / 1_000);
  const details = { offsetSeconds: Math.round(offset / 1_000) };
  if (seconds <= offSeconds) {
    return [{ check: 'clock', level: 'ok', what: `within ${offSeconds} s of the endpoint's`, details }];
  }
  const isWrong = seconds > wrongSeconds;
  return [
    {
      check: 'clock',
      level: isWrong ? 'fault' : 'warning',
      what: `this machine's clock is ${seconds} s ${offset > 0 ? 'behind' : 'ahead of'} the endpoint's`,
      remedy: `Set it and keep it set: \`timedatectl set-ntp true\`, and allow NTP (UDP port 123). Until then the log's times do not match anybody else's${isWrong ? ', and good certificates are refused as expired or not yet valid' : ''}.`,
      details,
    },
  ];
};

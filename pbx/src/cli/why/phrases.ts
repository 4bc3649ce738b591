import type { CancelReason } from 'pns-proxy-client';
import { visible } from '../../visible.ts';

/** `120 ms`, `2.2 s`, `3 min`, `5 h`: a time between two lines of the log. */
export const ago = (milliseconds: number): string => {
  if (milliseconds < 1_000) return `${Math.max(0, Math.round(milliseconds))} ms`;
  const seconds = milliseconds / 1_000;
  if (seconds < 120) return `${seconds.toFixed(1).replace(/\.0$/, '')} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
};

const cancelReasons: Readonly<Record<CancelReason, string>> = {
  answered_elsewhere: 'answered elsewhere',
  caller_hung_up: 'the caller hung up',
  timed_out: 'nobody answered in time',
  declined: 'declined',
};

/** A cancel's reason in words. */
export const phrase = (reason: string): string =>
  Object.hasOwn(cancelReasons, reason) ? cancelReasons[reason as CancelReason] : visible(reason);

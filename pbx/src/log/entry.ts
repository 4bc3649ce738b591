import type { Log } from './log.ts';

/** A line of the log. */
export type LogEntry = {
  /** ISO 8601, in UTC. */
  time: string;
  level: Parameters<Log>[0];
  /** A LogEvent, or one of another version of pns. */
  event: string;
  [field: string]: unknown;
};

const levels: readonly unknown[] = ['debug', 'info', 'warn', 'error'] satisfies LogEntry['level'][];

export const isLogEntry = (value: unknown): value is LogEntry => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { time, level, event }: Record<string, unknown> = { time: undefined, level: undefined, ...value };
  return (
    typeof time === 'string' &&
    /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(time) &&
    levels.includes(level) &&
    typeof event === 'string'
  );
};

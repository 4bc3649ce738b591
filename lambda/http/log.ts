export type LogLevel = 'info' | 'warn' | 'error';

/**
 * A call to an extension with a hundred phones has more fields in its list of pushes than the 200 of a line that Logs
 * Insights discovers (Amazon CloudWatch Logs user guide, "Supported logs and discovered fields"). The guide does not
 * say which 200: queries may count on those in front at the most.
 */
const listsLast = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).toSorted(([, a], [, b]) => Number(Array.isArray(a)) - Number(Array.isArray(b))),
  );

/**
 * Writes one structured line. The functions run with Lambda's JSON log format, which adds time, level and
 * request id around an object (AWS Lambda developer guide, "Log and monitor Node.js Lambda functions").
 * Callers pass no token, key, message text or caller's name.
 */
export const log = (level: LogLevel, fields: Record<string, unknown>): void =>
  console[level](listsLast(fields));

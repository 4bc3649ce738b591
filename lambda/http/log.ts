export type LogLevel = 'info' | 'warn' | 'error';

/**
 * Writes one structured line. The functions run with Lambda's JSON log format, which adds time, level and
 * request id around an object (AWS Lambda developer guide, "Log and monitor Node.js Lambda functions").
 * Callers pass no token, key, message text or caller's name.
 */
export const log = (level: LogLevel, fields: Record<string, unknown>): void => console[level](fields);

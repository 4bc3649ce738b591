/**
 * Everything that pns logs. `pns why` reads these lines, so a name here is kept. No token, key, text or name of a
 * person stands in any of them: a token appears as its fingerprint.
 */
const events = [
  'started',
  'stopping',
  'stopped',
  'reloaded',
  'reload_refused',
  /** A register, update or delete is on disk. */
  'spooled',
  /** It has reached the proxy. */
  'delivered',
  /** It has not, and is tried again. */
  'delivery_failed',
  /** The proxy refused it for good. */
  'kept_aside',
  'push_call',
  /** A push sent once more, since the phone brought no REGISTER. */
  'push_again',
  'push_cancel',
  'push_message',
  /** A phone of an extension has registered with the PBX. */
  'registered',
  'breaker_opened',
  'breaker_closed',
  'request_refused',
  'internal_error',
  /** Something in pns.conf should not stay so, or takes a restart. */
  'settings_warning',
  /** The log could not be written for a while. */
  'log_lines_lost',
  /** systemd could not be told how pns fares. */
  'notify_failed',
] as const;
export type LogEvent = (typeof events)[number];

export type Log = (
  level: 'debug' | 'info' | 'warn' | 'error',
  event: LogEvent,
  fields?: Record<string, unknown>,
) => void;

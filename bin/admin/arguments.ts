import { days, hours } from '../../lambda/core/duration.ts';

/** A command that was written wrongly. Never holds the value: it may be a key, put where its id belongs. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

const matching = (name: string, pattern: RegExp, expected: string) => (value: string) => {
  if (pattern.test(value)) return value;
  throw new UsageError(`${name}: expected ${expected}`);
};

export const pbxId = matching('the PBX', /^[a-z0-9-]{1,64}$/, '1 to 64 of a-z, 0-9 and -');

export const keyId = matching(
  'the key id',
  /^[0-9A-Za-z]{12}$/,
  '12 letters and digits: what a key has between its first and its second _',
);

export const appName = matching(
  '--app',
  /^[a-z0-9-]{1,32}$/,
  'the name of an app: 1 to 32 of a-z, 0-9 and -',
);

export const appNames = (value: string, earlier: readonly string[] = []): string[] => [
  ...new Set([...earlier, appName(value)]),
];

/** An option whose value may be left out swallows the argument behind it: hence the advice. */
const addressExpected = 'an address such as http://127.0.0.1:8080, or nothing behind it: then put it last';
const httpAddress = matching('--local', /^https?:\/\//, addressExpected);

export const localAddress = (value: string): string => {
  if (URL.canParse(httpAddress(value))) return value;
  throw new UsageError(`--local: expected ${addressExpected}`);
};

export const callUuid = matching(
  '--uuid',
  /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/,
  'a UUID: 8-4-4-4-12 hex digits',
);
export const callId = matching('--call', /^.{1,255}$/su, 'a SIP Call-ID, of at most 255 characters');
export const extension = matching(
  '--extension',
  /^[A-Za-z0-9._*+@-]{1,64}$/,
  '1 to 64 of A-Z a-z 0-9 . _ * + @ -',
);

const lastNumber = matching('--last', /^([1-9]\d?|[1-4]\d\d|500)$/, 'a number from 1 to 500');
export const callCount = (value: string): number => Number(lastNumber(value));

const unitsMs: Readonly<Record<string, number>> = { m: hours(1) / 60, h: hours(1), d: days(1) };
const isoTime = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)?$/;

/** Date takes a 30th of February for a day of March. */
const isDay = (date: string): boolean => new Date(date).getUTCDate() === Number(date.slice(-2));

/**
 * How long ago, or a time as ISO 8601 with its zone, since the logs and the table are in no zone of the reader's; in
 * epoch milliseconds.
 */
export const pastTime = (value: string): number => {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(value) ?? [];
  if (count !== undefined) return Date.now() - Number(count) * (unitsMs[unit] ?? 0);
  const [, date = '', zone] = isoTime.exec(value) ?? [];
  const time = Date.parse(value);
  if (!isDay(date) || Number.isNaN(time)) {
    throw new UsageError(
      '--since: expected how long ago (30m, 2h, 3d) or a time with its zone (2026-11-22T12:00:00Z)',
    );
  }
  if (zone === undefined) {
    throw new UsageError("--since: expected the time's zone behind it, Z or as +01:00");
  }
  if (time > Date.now()) throw new UsageError('--since: expected a time in the past');
  return time;
};

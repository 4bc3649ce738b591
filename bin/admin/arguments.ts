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

const isoTime = matching(
  '--since',
  /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/,
  'a time such as 2026-11-22T12:00Z',
);

/** In epoch milliseconds. */
export const pastTime = (value: string): number => {
  const time = Date.parse(isoTime(value));
  if (time <= Date.now()) return time;
  throw new UsageError('--since: expected a time in the past');
};

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

const unitsMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A time of day as ISO 8601, or how long ago; in epoch milliseconds. */
export const timeSince = (value: string): number => {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(value) ?? [];
  const date = /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  const time = count === undefined ? date : Date.now() - Number(count) * (unitsMs[unit] ?? 0);
  if (time <= Date.now()) return time;
  throw new UsageError(
    '--since: expected how long ago (30m, 12h, 7d) or a time gone by (2026-11-22T12:00:00Z)',
  );
};

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

const appName = matching('--app', /^[a-z0-9-]{1,32}$/, 'the name of an app: 1 to 32 of a-z, 0-9 and -');

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

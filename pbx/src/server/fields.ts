import type { AppleEnvironment, CancelReason, MessageKind, Platform } from 'pns-proxy-client';
import * as v from 'valibot';

/** Every value of a type of the contract: one that is missing here does not compile. */
const all = <Value extends string>(values: Record<Value, true>) => Object.keys(values) as Value[];
const platforms = all<Platform>({ fcm: true, apns: true, 'apns-voip': true });
const environments = all<AppleEnvironment>({ production: true, sandbox: true });
const reasons = all<CancelReason>({
  answered_elsewhere: true,
  caller_hung_up: true,
  timed_out: true,
  declined: true,
});
const kinds = all<MessageKind>({ message: true, voicemail: true, missed_call: true });

const pattern = (shape: RegExp) => v.pipe(v.string(), v.regex(shape));
/** Counted in code points, as JSON Schema counts. */
const text = (shortest: number, longest: number) => pattern(new RegExp(`^.{${shortest},${longest}}$`, 'su'));
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

const extension = pattern(/^[A-Za-z0-9._*+@-]{1,64}$/);
const token = pattern(/^[\x21-\x7e]{1,4096}$/);
const phoneName = pattern(/^[A-Za-z0-9._:@+-]{1,64}$/);

/**
 * Every field of every request: what it must be, and below how that is told to whoever sent something else. The limits
 * are the proxy's (docs/openapi.yaml), so that what it would refuse is refused here, where the sender still listens.
 */
export const fields = {
  extension,
  to: extension,
  token,
  oldToken: token,
  newToken: token,
  platform: v.picklist(platforms),
  environment: v.picklist(environments),
  app: pattern(/^[a-z0-9-]{1,32}$/),
  line: whole(1, 99),
  deviceId: phoneName,
  deviceName: text(1, 64),
  callAlerts: v.boolean(),
  fingerprint: pattern(/^[0-9a-f]{8}$/),
  from: text(0, 128),
  fromName: text(0, 1_000),
  uuid: pattern(/^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/),
  callId: text(0, 255),
  ringSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(300)),
  only: v.pipe(v.array(phoneName), v.minLength(1), v.maxLength(20)),
  test: v.boolean(),
  reason: v.picklist(reasons),
  kind: v.picklist(kinds),
  text: text(0, 10_000),
  messageId: text(1, 255),
  badge: whole(0, 99_999),
} as const;

export type FieldName = keyof typeof fields;

const oneOf = (values: readonly string[]): string => `one of ${values.join(', ')}`;
const extensionText = '1 to 64 of A-Z a-z 0-9 . _ * + @ -';
const tokenText = 'a push token: 1 to 4096 printable ASCII characters without a space';
const flagText = 'true or false (in a query or form also 1, 0, yes, no)';

export const expectations = {
  extension: extensionText,
  to: extensionText,
  token: tokenText,
  oldToken: tokenText,
  newToken: tokenText,
  platform: oneOf(platforms),
  environment: oneOf(environments),
  app: '1 to 32 of a-z 0-9 -',
  line: 'a whole number from 1 to 99',
  deviceId: '1 to 64 of A-Z a-z 0-9 . _ : @ + -',
  deviceName: 'a text of 1 to 64 characters',
  callAlerts: flagText,
  fingerprint: '8 hex digits in lower case',
  from: 'a text of at most 128 characters',
  fromName: 'a text of at most 1000 characters',
  uuid: 'a UUID: 8-4-4-4-12 hex digits',
  callId: 'a text of at most 255 characters',
  ringSeconds: 'a number of seconds from 0 to 300',
  only: 'a list of 1 to 20 deviceIds or fingerprints',
  test: flagText,
  reason: oneOf(reasons),
  kind: oneOf(kinds),
  text: 'a text of at most 10000 characters',
  messageId: 'a text of 1 to 255 characters',
  badge: 'a whole number from 0 to 99999',
} as const satisfies Record<FieldName, string>;

const words: Readonly<Record<string, boolean>> = {
  1: true,
  true: true,
  yes: true,
  0: false,
  false: false,
  no: false,
};
const number = (value: string): unknown => (/^\d+(\.\d+)?$/.test(value) ? Number(value) : value);
const flag = (value: string): unknown => {
  const word = value.toLowerCase();
  return Object.hasOwn(words, word) ? words[word] : value;
};

/** What the text of a query or form means, where it is not the text itself. One that means nothing is left as it is. */
export const readers: Readonly<Record<string, (value: string) => unknown>> = {
  // Dialplans send a number as it is, and in a query + is a space.
  from: (value) => value.replace(/^ (?=\d)/, '+'),
  line: number,
  ringSeconds: number,
  badge: number,
  callAlerts: flag,
  test: flag,
};
/** Fields that may come several times in a query or form, or once with commas. */
export const lists: ReadonlySet<string> = new Set(['only']);

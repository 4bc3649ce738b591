import * as v from 'valibot';
import { cancelReasons, environments, messageKinds, platforms } from '../core/contract.ts';

/**
 * Every field of every request, by name: what it must be, and how that is told to whoever sent something else.
 * A value is never told back: it may be a token. The endpoint checks them, and pns before it, where the sender still
 * listens.
 */
const pattern = (shape: RegExp) => v.pipe(v.string(), v.regex(shape));
/** Counted in code points, as JSON Schema counts (its validation vocabulary, "maxLength"), so that both say the same. */
const text = (shortest: number, longest: number) => pattern(new RegExp(`^.{${shortest},${longest}}$`, 'su'));
/** Texts of a SIP header, which nobody can be asked to mend while a call rings: only bounded. */
const headerText = (longest: number) => text(0, longest);
const whole = (least: number, most: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

const extension = pattern(/^[A-Za-z0-9._*+@-]{1,64}$/);
const extensionText = '1 to 64 of A-Z a-z 0-9 . _ * + @ -';
/** In a browser's subscription, which is JSON, other libraries than the browser's write spaces. */
const token = pattern(/^(?:[\x21-\x7e]{1,4096}|\{[\x20-\x7e]{1,4095})$/);
const tokenText =
  'a push token: a text of 1 to 4096 printable ASCII characters, without a space (on webpush the JSON of a subscription, which may have some)';
const deviceId = pattern(/^[A-Za-z0-9._:@+-]{1,64}$/);

const phones = v.pipe(v.array(deviceId), v.minLength(1), v.maxLength(20));
const phonesText = 'a list of 1 to 20 phones, each a deviceId or a fingerprint';

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
  deviceId,
  deviceName: text(1, 64),
  callAlerts: v.boolean(),
  harmonyOs: v.boolean(),
  fingerprint: pattern(/^[0-9a-f]{8}$/),
  from: headerText(128),
  fromName: headerText(1_000),
  uuid: pattern(/^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/),
  callId: headerText(255),
  ringSeconds: v.pipe(v.number(), v.minValue(0), v.maxValue(300)),
  only: phones,
  except: phones,
  test: v.boolean(),
  reason: v.picklist(cancelReasons),
  kind: v.picklist(messageKinds),
  text: text(0, 10_000),
  messageId: text(1, 255),
  badge: whole(0, 99_999),
} as const;

export type FieldName = keyof typeof fields;

const oneOf = (values: readonly string[]): string => `one of ${values.join(', ')}`;

export const expectations: Readonly<Record<FieldName, string>> = {
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
  callAlerts: 'true or false',
  harmonyOs: 'true or false',
  fingerprint: '8 hex digits in lower case',
  from: 'a text of at most 128 characters',
  fromName: 'a text of at most 1000 characters',
  uuid: 'a UUID: 8-4-4-4-12 hex digits',
  callId: 'a text of at most 255 characters',
  ringSeconds: 'a number of seconds from 0 to 300',
  only: phonesText,
  except: phonesText,
  test: 'true or false',
  reason: oneOf(cancelReasons),
  kind: oneOf(messageKinds),
  text: 'a text of at most 10000 characters',
  messageId: 'a text of 1 to 255 characters',
  badge: 'a whole number from 0 to 99999',
};

/** Whether what stands in the place of a field's name may be told back: it is the sender's, and a longer one may be a token. */
export const looksLikeName = (path: string): boolean => /^[A-Za-z][A-Za-z0-9_]{0,30}$/.test(path);

import type { GoogleRefusal } from './google-errors.ts';
import { badJson, invalidArgument } from './google-errors.ts';
import type { JsonObject, Violation } from './google-schema.ts';
import { isObject, sendRequest, snakeCase, violationsOf } from './google-schema.ts';

/** A request that FCM takes. Without a token it is for a topic, which no phone here has subscribed to. */
export type Send = { token: string | undefined; validateOnly: boolean };

/** Bytes of keys and values ("About FCM messages"). */
const MOST_BYTES = 4096;
/** Seconds: four weeks (REST reference, AndroidConfig.ttl). */
const LONGEST_TTL = 2_419_200;

/**
 * "The key should not be a reserved word" (REST reference, Message.data), as widely as any of Google's pages
 * has it: the page on FCM error codes names all words that begin with `google` or `gcm`.
 */
const reserved = /^(from$|message_type$|google|gcm)/;

/**
 * Google publishes no form for its registration tokens. All are of these characters and far longer than
 * this; one cut off, or with anything added, is refused.
 */
const registrationToken = /^[A-Za-z0-9_:-]{32,4096}$/;

const field = (object: JsonObject | undefined, name: string): unknown => {
  const entry = Object.entries(object ?? {}).find(([given]) => snakeCase(given) === name);
  return entry?.[1] ?? undefined;
};

const part = (object: JsonObject | undefined, name: string): JsonObject | undefined => {
  const value = field(object, name);
  return isObject(value) ? value : undefined;
};

/** Bytes of all texts, and of the names where they are the sender's own. */
const bytesOf = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value);
  return isObject(value) ? Object.values(value).reduce<number>((sum, item) => sum + bytesOf(item), 0) : 0;
};

const payloadBytes = (message: JsonObject): number => {
  const android = part(message, 'android');
  const data = part(android, 'data') ?? part(message, 'data') ?? {};
  const names = Object.keys(data).reduce((sum, name) => sum + Buffer.byteLength(name), 0);
  const notification = { ...part(message, 'notification'), ...part(android, 'notification') };
  return names + bytesOf(data) + bytesOf(notification);
};

const targets = ['token', 'topic', 'condition'] as const;

/** What the schema cannot say, in the order in which it is looked at. */
const refusalOf = (message: JsonObject): Violation | undefined => {
  const android = part(message, 'android');
  const ttl = field(android, 'ttl');
  if (typeof ttl === 'string' && Number.parseFloat(ttl) > LONGEST_TTL) {
    return { field: 'message.android.ttl', description: 'TTL duration is out of range: at most four weeks' };
  }
  for (const [path, data] of [
    ['message.data', part(message, 'data')],
    ['message.android.data', part(android, 'data')],
  ] as const) {
    const key = Object.keys(data ?? {}).find((name) => reserved.test(name));
    if (key !== undefined) return { field: path, description: `Invalid data payload key: ${key}` };
  }
  if (payloadBytes(message) > MOST_BYTES) {
    return { field: 'message', description: 'Android message is too big' };
  }
  const token = field(message, 'token');
  if (typeof token === 'string' && !registrationToken.test(token)) {
    return {
      field: 'message.token',
      description: 'The registration token is not a valid FCM registration token',
    };
  }
  return undefined;
};

/** Checks the text of a request's body as FCM does: the JSON, its schema, then what the message asks for. */
export const readSend = (text: string): { value: Send } | { refusal: GoogleRefusal } => {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { refusal: badJson([{ field: '', description: 'Invalid JSON payload received.' }]) };
  }
  if (!isObject(body)) {
    return {
      refusal: badJson([{ field: '', description: 'Invalid JSON payload received. Expected an object.' }]),
    };
  }
  const violations = violationsOf(sendRequest, body);
  if (violations.length > 0) return { refusal: badJson(violations) };

  const message = part(body, 'message') ?? {};
  const [first, second] = targets.filter((name) => field(message, name) !== undefined);
  if (second !== undefined) {
    const description = `Invalid value at 'message' (oneof), oneof field 'target' is already set. Cannot set '${second}'`;
    return { refusal: badJson([{ field: 'message', description }]) };
  }
  if (first === undefined) {
    return {
      refusal: invalidArgument({ field: 'message', description: 'Recipient of the message is not set.' }),
    };
  }
  const violation = refusalOf(message);
  if (violation) return { refusal: invalidArgument(violation) };
  const token = field(message, 'token');
  return {
    value: {
      token: typeof token === 'string' ? token : undefined,
      validateOnly: field(body, 'validate_only') === true,
    },
  };
};

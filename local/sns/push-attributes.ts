import { invalid, SnsError } from './errors.ts';
import { isApple, type Platform } from './platforms.ts';
import type { MessageAttribute } from './query.ts';

/** What the reserved message attributes ask for (Amazon SNS Developer Guide, Message attributes). */
export type PushAttributes = {
  pushType: string | undefined;
  topic: string | undefined;
  priority: string | undefined;
  collapseId: string | undefined;
  ttlSeconds: number | undefined;
};

const prefix = 'AWS.SNS.MOBILE.';
/** Every Apple platform shares these names; only TTL has one for each. */
const appleNames = ['APNS.PUSH_TYPE', 'APNS.TOPIC', 'APNS.PRIORITY', 'APNS.COLLAPSE_ID'];
const ttlNames = ['APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX', 'FCM', 'GCM'].map(
  (platform) => `${platform}.TTL`,
);
const reserved = new Set([...appleNames, ...ttlNames].map((name) => prefix + name));

const refused = (message: string) => new SnsError('ParameterValueInvalid', message);

const checkAttribute = (name: string, { dataType, stringValue, binaryValue }: MessageAttribute): void => {
  // A misspelt one would be ignored by the real service, and the push go out without it: refused here.
  if (name.startsWith('AWS.') && !reserved.has(name)) {
    throw refused(`The message attribute '${name}' is not one that Amazon SNS reserves.`);
  }
  if (!dataType) {
    throw refused(`The message attribute '${name}' must contain non-empty message attribute type.`);
  }
  if (!/^(String|Number|Binary)(\.|$)/.test(dataType)) {
    throw refused(
      `The message attribute '${name}' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.`,
    );
  }
  if (!(dataType.startsWith('Binary') ? binaryValue : stringValue)) {
    throw refused(
      `The message attribute '${name}' must contain non-empty message attribute value for message attribute type '${dataType}'.`,
    );
  }
};

const invalidValue = (name: string) => invalid('MessageAttributes', `Invalid value for attribute: ${name}`);

const parseTtl = (name: string, value: string | undefined): number | undefined => {
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw invalidValue(name);
  return Number(value);
};

/** Checks all the attributes of a message, and picks those that shape a push to `platform`. */
export const readPushAttributes = (
  platform: Platform,
  attributes: ReadonlyMap<string, MessageAttribute>,
): PushAttributes => {
  for (const [name, attribute] of attributes) checkAttribute(name, attribute);
  const value = (name: string) => {
    const text = attributes.get(prefix + name)?.stringValue;
    // It becomes a header, and headers are ASCII.
    if (text !== undefined && !/^[ -~]+$/.test(text)) throw invalidValue(prefix + name);
    return text;
  };
  const ttlName = isApple(platform) || value('FCM.TTL') === undefined ? `${platform}.TTL` : 'FCM.TTL';
  return {
    pushType: value('APNS.PUSH_TYPE'),
    topic: value('APNS.TOPIC'),
    priority: value('APNS.PRIORITY'),
    collapseId: value('APNS.COLLAPSE_ID'),
    ttlSeconds: parseTtl(prefix + ttlName, value(ttlName)),
  };
};

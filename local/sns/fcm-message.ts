import { asObject, type Json } from './json.ts';

/** What goes to Google, but for the token and the time to live. */
export type FcmRequest = { message: Json; validateOnly: boolean };

/** Those of the fields that are there, under their new names. */
const pick = (source: Json, names: Readonly<Record<string, string>>): Json =>
  Object.fromEntries(
    Object.entries(names)
      .filter(([from]) => source[from] !== undefined)
      .map(([from, to]) => [to, source[from]]),
  );

const sameNames = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, name]));

const unlessEmpty = (name: string, value: Json): Json =>
  Object.keys(value).length > 0 ? { [name]: value } : {};

const localized = sameNames('title_loc_key', 'title_loc_args', 'body_loc_key', 'body_loc_args');
const androidNames = {
  ...localized,
  ...sameNames('title', 'body', 'icon', 'color', 'sound', 'tag', 'click_action'),
  android_channel_id: 'channel_id',
};
const alertNames = {
  ...sameNames('title', 'body', 'subtitle'),
  title_loc_key: 'title-loc-key',
  title_loc_args: 'title-loc-args',
  body_loc_key: 'loc-key',
  body_loc_args: 'loc-args',
};

/**
 * A legacy payload in the v1 shape (Amazon SNS Developer Guide, Using Google Firebase Cloud Messaging v1
 * payloads): texts and data are copied to Android, to Apple and to browsers.
 */
const fromLegacy = (payload: Json): FcmRequest => {
  const notification = asObject(payload['notification']) ?? {};
  const data = asObject(payload['data']) ?? {};
  const { time_to_live: timeToLive } = payload;
  const android = {
    priority: 'high',
    ...pick(payload, sameNames('priority', 'collapse_key', 'restricted_package_name', 'direct_boot_ok')),
    ...(timeToLive !== undefined && { ttl: `${timeToLive}s` }),
    ...unlessEmpty('notification', pick(notification, androidNames)),
    ...unlessEmpty('data', data),
  };
  const aps = {
    ...unlessEmpty('alert', pick(notification, alertNames)),
    ...pick(notification, { click_action: 'category', sound: 'sound' }),
    ...(typeof notification['badge'] === 'number' && { badge: notification['badge'] }),
  };
  const browser = {
    ...unlessEmpty('notification', pick(notification, sameNames('title', 'body', 'icon', 'tag'))),
    ...unlessEmpty('data', data),
  };
  return {
    message: {
      ...unlessEmpty('notification', pick(notification, sameNames('title', 'body'))),
      ...unlessEmpty('data', data),
      android,
      ...(Object.keys(aps).length > 0 && { apns: { payload: { aps } } }),
      ...unlessEmpty('webpush', browser),
    },
    validateOnly: payload['dry_run'] === true,
  };
};

/** @returns undefined where `fcmV1Message` holds no message */
export const toFcmRequest = (payload: Json): FcmRequest | undefined => {
  if (!('fcmV1Message' in payload)) return fromLegacy(payload);
  const wrapper = asObject(payload['fcmV1Message']);
  const message = asObject(wrapper?.['message']);
  return message && { message, validateOnly: wrapper?.['validate_only'] === true };
};

/** The time to live that the body names, in seconds; NaN where it is no duration. */
export const bodyTtl = ({ message }: FcmRequest): number | undefined => {
  const ttl = asObject(message['android'])?.['ttl'];
  if (ttl === undefined) return undefined;
  return typeof ttl === 'string' && /^\d+(\.\d{1,9})?s$/.test(ttl) ? Number(ttl.slice(0, -1)) : Number.NaN;
};

/** The body of Google's `messages:send`. */
export const sendBody = ({ message, validateOnly }: FcmRequest, token: string, ttlSeconds: number): string =>
  JSON.stringify({
    ...(validateOnly && { validate_only: true }),
    message: { ...message, token, android: { ...asObject(message['android']), ttl: `${ttlSeconds}s` } },
  });

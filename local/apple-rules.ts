import type { AppleReason, OrRefusal } from './apple-reasons.ts';

/** What Apple looks at once it knows who sends. Header names are in lower case. */
export type AppleRequest = {
  headers: Readonly<Record<string, string>>;
  /** Names of headers that were sent more than once. */
  repeated: readonly string[];
  body: Buffer;
  /** The apps that the key may push to. */
  bundleIds: readonly string[];
  /** The topic that the device token was first used with. */
  knownTopic: string | undefined;
};

/**
 * What a topic has behind the bundle ID, by push type ("Sending notification requests to APNs"). `mdm` is
 * missing: its topic is no app's, so that no provider token can send it.
 */
const suffixes = {
  alert: '',
  background: '',
  location: '.location-query',
  voip: '.voip',
  complication: '.complication',
  fileprovider: '.pushkit.fileprovider',
  liveactivity: '.push-type.liveactivity',
  pushtotalk: '.voip-ptt',
  widgets: '.push-type.widgets',
  controls: '.push-type.controls',
} as const;

const suffixOf = new Map<string, string>(Object.entries(suffixes));

/** Bytes of payload ("Generating a remote notification"). */
const MOST_BYTES = 4096;
const MOST_BYTES_VOIP = 5120;
const MOST_BYTES_COLLAPSE_ID = 64;

export const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const holdsAps = (body: Buffer): boolean => {
  try {
    const payload: unknown = JSON.parse(body.toString());
    return (
      typeof payload === 'object' &&
      payload !== null &&
      !Array.isArray(payload) &&
      'aps' in payload &&
      isObject(payload.aps)
    );
  } catch {
    return false;
  }
};

type Rule = { reason: AppleReason; broken: (request: AppleRequest) => boolean };

/** In the order in which they are looked at: a token's topic before the push type, as senders report it. */
const rules: readonly Rule[] = [
  { reason: 'DuplicateHeaders', broken: ({ repeated }) => repeated.length > 0 },
  { reason: 'MissingTopic', broken: ({ headers }) => !headers['apns-topic'] },
  { reason: 'BadTopic', broken: ({ headers }) => !/^[A-Za-z0-9.-]+$/.test(headers['apns-topic'] ?? '') },
  {
    reason: 'TopicDisallowed',
    broken: ({ headers, bundleIds }) =>
      !bundleIds.some((bundleId) =>
        [...suffixOf.values()].some((suffix) => headers['apns-topic'] === bundleId + suffix),
      ),
  },
  {
    reason: 'DeviceTokenNotForTopic',
    broken: ({ headers, knownTopic }) => knownTopic !== undefined && headers['apns-topic'] !== knownTopic,
  },
  {
    reason: 'InvalidPushType',
    broken: ({ headers, bundleIds }) => {
      const suffix = suffixOf.get(headers['apns-push-type'] ?? '');
      return (
        suffix === undefined || !bundleIds.some((bundleId) => headers['apns-topic'] === bundleId + suffix)
      );
    },
  },
  {
    reason: 'BadPriority',
    broken: ({ headers }) => !['10', '5', '1'].includes(headers['apns-priority'] ?? '10'),
  },
  {
    reason: 'BadPriority',
    // Left out, it is 10, which a background push must not have.
    broken: ({ headers }) => headers['apns-push-type'] === 'background' && headers['apns-priority'] !== '5',
  },
  { reason: 'BadExpirationDate', broken: ({ headers }) => !/^\d+$/.test(headers['apns-expiration'] ?? '0') },
  {
    reason: 'BadMessageId',
    broken: ({ headers: { 'apns-id': id } }) => id !== undefined && !uuid.test(id),
  },
  {
    reason: 'BadCollapseId',
    broken: ({ headers }) => Buffer.byteLength(headers['apns-collapse-id'] ?? '') > MOST_BYTES_COLLAPSE_ID,
  },
  {
    reason: 'PayloadTooLarge',
    broken: ({ headers, body }) =>
      body.length > (headers['apns-push-type'] === 'voip' ? MOST_BYTES_VOIP : MOST_BYTES),
  },
  // Apple names no reason for a body that is no JSON, or has no `aps`; this is the nearest that it has.
  { reason: 'PayloadEmpty', broken: ({ body }) => !holdsAps(body) },
];

/** Why Apple refuses this request, if it does. */
export const refusalOf = (request: AppleRequest): AppleReason | undefined =>
  rules.find(({ broken }) => broken(request))?.reason;

/** The device token that a request is for: 32 bytes or more in hex, and at most the 400 digits that SNS takes. */
export const deviceTokenOf = (method: string, path: string): OrRefusal<string> => {
  if (method !== 'POST') return { reason: 'MethodNotAllowed' };
  const segments = /^\/3\/device(?:\/([^/?]*))?$/.exec(path);
  if (!segments) return { reason: 'BadPath' };
  const token = segments[1];
  if (!token) return { reason: 'MissingDeviceToken' };
  return /^(?:[0-9a-f]{2}){32,200}$/i.test(token) ? { value: token } : { reason: 'BadDeviceToken' };
};

/** Whether its `apns-expiration` has passed: Apple takes such a notification and shows it to nobody; 0 is "now or never". */
export const isExpired = ({ headers }: Pick<AppleRequest, 'headers'>, now: number): boolean => {
  const expiration = Number(headers['apns-expiration'] ?? 0);
  return expiration !== 0 && expiration * 1000 <= now;
};

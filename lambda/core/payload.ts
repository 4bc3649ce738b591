import type { App } from './apps.ts';
import type { Platform } from './contract.ts';
import { longestPrefixThatFits } from './text.ts';

/** A ringing call, as every phone hears of it. Times are epoch milliseconds. */
export type Call = {
  uuid: string;
  callId?: string;
  caller?: string;
  callerName?: string;
  callee: string;
  pbxId: string;
  sentAt: number;
  expiresAt: number;
  /** Nobody is calling: somebody tries whether the phone wakes. */
  test?: boolean;
};

/** What goes out to one phone, in the provider's own terms, before SNS wraps it. */
export type Push = {
  platform: Platform;
  /** The JSON body: FCM's `message` (HTTP v1, without `token`), or APNs' payload. */
  body: Record<string, unknown>;
  /** Present for Apple. */
  apns?: { topic: string; pushType: 'voip' | 'alert'; priority: '10'; collapseId: string };
  /** Whole seconds that the push may wait on its way: never 0, since SNS takes 0 literally on APNS_VOIP. */
  ttlSeconds: number;
};

/**
 * Bytes of a body. Google and Apple take 4,096; a VoIP push may be longer at Apple, but whether SNS lets it
 * through is not documented. Some are left for what SNS adds on the way: FCM's `token` is not counted in its
 * limit, but its quotes and name are in ours.
 */
const bodyLimit = 4_000;

const bytesOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

/**
 * The same flat map of strings on every platform. No key is `from`, `message_type`, or starts with `google`
 * or `gcm`: FCM refuses these (Firebase, "FCM ErrorCode", INVALID_ARGUMENT). An absent or
 * empty value has no key.
 */
const dataOf = (call: Call, callerName: string | undefined): Record<string, string> => {
  const data = {
    type: 'call',
    uuid: call.uuid,
    callId: call.callId,
    caller: call.caller,
    callerName,
    callee: call.callee,
    pbx: call.pbxId,
    sentAt: new Date(call.sentAt).toISOString(),
    expiresAt: new Date(call.expiresAt).toISOString(),
    test: call.test ? 'true' : undefined,
  };
  const present = Object.entries(data).filter((entry): entry is [string, string] => Boolean(entry[1]));
  // Half a surrogate pair is no character: what a provider makes of it is not documented.
  return Object.fromEntries(present.map(([name, text]) => [name, text.toWellFormed()]));
};

const fcmBody = (data: Record<string, string>, ttlSeconds: number) => ({
  // Data without a notification, at high priority: the only message that starts the app (Firebase, "Set and
  // manage message priority"). No collapse key: a call must never swallow another.
  android: { priority: 'high', ttl: `${ttlSeconds}s` },
  data,
});

const alertBody = (call: Call, data: Record<string, string>) => ({
  aps: {
    alert: { title: data['callerName'] ?? data['caller'] ?? call.callee, 'loc-key': 'PNS_INCOMING_CALL' },
    sound: 'default',
    'thread-id': call.uuid,
    'interruption-level': 'time-sensitive',
  },
  ...data,
});

/** The push that rings a call on a phone of this platform. A caller's name that is too long is cut. */
export const callPush = (platform: Platform, app: App, call: Call, ttlSeconds: number): Push => {
  const bodyWith = (callerName: string | undefined) => {
    const data = dataOf(call, callerName);
    if (platform === 'fcm') return fcmBody(data, ttlSeconds);
    return platform === 'apns-voip' ? { aps: {}, ...data } : alertBody(call, data);
  };
  // Before it is cut: what becomes of half a character decides where the next one begins.
  const name = call.callerName?.toWellFormed();
  const fits = (callerName: string) => bytesOf(bodyWith(callerName)) <= bodyLimit;
  const body = bodyWith(name === undefined || fits(name) ? name : longestPrefixThatFits(name, fits));
  if (platform === 'fcm') return { platform, body, ttlSeconds };

  const bundleId = app.bundleId ?? '';
  const voip = platform === 'apns-voip';
  return {
    platform,
    body,
    apns: {
      topic: voip ? `${bundleId}.voip` : bundleId,
      pushType: voip ? 'voip' : 'alert',
      priority: '10',
      collapseId: call.uuid,
    },
    ttlSeconds,
  };
};

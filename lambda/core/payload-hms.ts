import { createHash } from 'node:crypto';
import type { App } from './apps.ts';
import type { Notice } from './notice.ts';
import type { Alert } from './payload-alert.ts';

/** A request of Push Kit's: its body, without the token. */
export type HmsMessage =
  /** For Android and HarmonyOS up to 4. */
  | { api: 'v2'; body: { message: Record<string, unknown> } }
  /** For HarmonyOS 5. `pushType` is a header: 0 shows a notification, 6 reaches an app in front, 10 starts it for a call. */
  | { api: 'v3'; pushType: '0' | '6' | '10'; body: Record<string, unknown> };

export type HmsPush = HmsMessage & {
  platform: 'hms';
  /** What goes out where Huawei has not granted what `body` asks for. */
  fallback?: HmsMessage;
  /** At most 15 days (Push Kit, `ttl`). */
  ttlSeconds: number;
};

type Parts = { data: Record<string, string>; ttlSeconds: number; missed: boolean; alert: Alert };

/** Of v3; v2 has none for a missed call, and neither has one for voicemail (Push Kit, `category`). */
const categories = {
  call: 'VOIP',
  cancel: 'MISS_CALL',
  message: 'IM',
  voicemail: 'IM',
  missed_call: 'MISS_CALL',
} as const satisfies Record<Notice['type'], string>;

/** v3 takes no names of texts, and an app may lack one on v2: what no phone can translate is in English. */
const titles = {
  call: 'Incoming call',
  cancel: 'Missed call',
  message: 'New message',
  voicemail: 'New voicemail',
  missed_call: 'Missed call',
} as const satisfies Record<Notice['type'], string>;

/** Push Kit takes 0 to 99 (`setNum`). */
const highestBadge = 99;

/** What is shown under the same number is replaced (Push Kit, `notifyId`: up to 31 bits). */
const notifyIdOf = ({ collapseId }: Alert): number =>
  createHash('sha256').update(collapseId).digest().readUInt32BE() >>> 1;

const titleOf = ({ type }: Notice, { titleArgs: [who] }: Alert): string => {
  if (who === undefined) return titles[type];
  return type === 'message' ? who : `${titles[type]}: ${who}`;
};

/** Both APIs refuse a notification without a body (80100003): what has no text names the extension that it is for. */
const bodyOf = (notice: Notice, alert: Alert): string => alert.body ?? notice.callee;

/**
 * `badge` needs the name of the app's first activity, which nobody here knows. Without the
 * right to classify its notifications, an app's are taken for advertisements (Push Kit, "Message classification").
 */
const notificationV2 = (notice: Notice, alert: Alert) => ({
  title: titleOf(notice, alert),
  title_loc_key: alert.titleKey,
  title_loc_args: alert.titleArgs,
  body: bodyOf(notice, alert),
  click_action: { type: 3 },
  tag: alert.collapseId,
  channel_id: `pns_${notice.type}`,
  ...(!alert.sound && { importance: 'LOW' }),
});

const messageV2 = (data: Record<string, string>, android: Record<string, unknown>): HmsMessage => ({
  api: 'v2',
  body: { message: { data: JSON.stringify(data), android } },
});

/** HIGH starts the app; without it, a phone may hold data back until somebody takes it in hand (Push Kit, `urgency`). */
const pushV2 = (notice: Notice, { hms }: App, { data, ttlSeconds, alert }: Parts) => {
  const ttl = `${ttlSeconds}s`;
  // A notification keeps the data from an app that is in front (`foreground_show`), and so from one that rings.
  if (notice.type !== 'call' && notice.type !== 'cancel')
    return messageV2(data, { ttl, category: 'IM', notification: notificationV2(notice, alert) });
  const ordinary = messageV2(data, { ttl });
  if (!hms?.voip) return ordinary;
  return { ...messageV2(data, { ttl, urgency: 'HIGH', category: 'VOIP' }), fallback: ordinary };
};

const notificationV3 = (notice: Notice, { data, ttlSeconds, alert }: Parts): HmsMessage => {
  const notification = {
    category: categories[notice.type],
    title: titleOf(notice, alert),
    body: bodyOf(notice, alert),
    clickAction: { actionType: 0, data },
    notifyId: notifyIdOf(alert),
    // A repeat, and what the app itself shows of the same, is not shown again (Push Kit, `appMessageId`).
    appMessageId: notice.uuid,
    ...(alert.badge !== undefined && { badge: { setNum: Math.min(alert.badge, highestBadge) } }),
    // An app in front gets it instead: it rings, and ends the ring, by itself.
    ...((notice.type === 'call' || notice.type === 'cancel') && { foregroundShow: false }),
  };
  const body = { payload: { notification }, pushOptions: { ttl: ttlSeconds } };
  return { api: 'v3', pushType: '0', body };
};

/**
 * A message of type 10 is for a call alone: "do not hang up with it" (Push Kit, "In-app call messages"). What says that a
 * call is over reaches an app in front, and is kept for one that is not.
 */
const pushV3 = (notice: Notice, { hms }: App, parts: Parts) => {
  const { data, ttlSeconds, missed } = parts;
  const extra = { payload: { extraData: JSON.stringify(data) }, pushOptions: { ttl: ttlSeconds } };
  if (notice.type === 'cancel' && !missed) return { api: 'v3', pushType: '6', body: extra } as const;
  const shown = notificationV3(notice, parts);
  if (notice.type !== 'call' || !hms?.voip) return shown;
  return { api: 'v3', pushType: '10', body: extra, fallback: shown } as const;
};

export const hmsPush = (notice: Notice, app: App, parts: Parts, harmonyOs: boolean): HmsPush => ({
  platform: 'hms',
  ttlSeconds: parts.ttlSeconds,
  ...(harmonyOs ? pushV3(notice, app, parts) : pushV2(notice, app, parts)),
});

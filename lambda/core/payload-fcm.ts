import type { Notice } from './notice.ts';
import type { Alert } from './payload-alert.ts';

export type FcmPush = {
  platform: 'fcm';
  /** FCM's `message` (HTTP v1), without `token`. */
  body: Record<string, unknown>;
  ttlSeconds: number;
};

const notificationOf = (type: Notice['type'], alert: Alert) => ({
  title_loc_key: alert.titleKey,
  title_loc_args: alert.titleArgs,
  ...(alert.body !== undefined && { body: alert.body }),
  // A tag replaces what is shown; of collapse keys a phone may have four only (Firebase, "Collapsible messages").
  tag: alert.collapseId,
  channel_id: `pns_${type}`,
  ...(alert.badge !== undefined && { notification_count: alert.badge }),
});

/**
 * Data at high priority is the only message that starts the app (Firebase, "Set and manage message priority"). But an app
 * whose high-priority messages show nothing loses that priority: so a cancel that shows nothing is normal; the phone is
 * awake, since it rings. No collapse key: a call must never swallow another.
 */
export const fcmBody = (
  notice: Notice,
  data: Record<string, string>,
  { ttlSeconds, missed, alert }: { ttlSeconds: number; missed: boolean; alert: Alert },
): FcmPush['body'] => {
  const isCall = notice.type === 'call' || notice.type === 'cancel';
  return {
    android: {
      priority: notice.type === 'cancel' && !missed ? 'normal' : 'high',
      ttl: `${ttlSeconds}s`,
      ...(!isCall && { notification: notificationOf(notice.type, alert) }),
    },
    data,
  };
};

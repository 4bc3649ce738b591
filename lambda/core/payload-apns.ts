import type { App } from './apps.ts';
import type { Notice } from './notice.ts';
import type { Alert } from './payload-alert.ts';

export type ApnsPush = {
  platform: 'apns' | 'apns-voip';
  /** APNs' payload. */
  body: Record<string, unknown>;
  apns: {
    topic: string;
    pushType: 'voip' | 'alert' | 'background';
    priority: '10' | '5';
    /** At most 64 bytes (Apple, "Sending notification requests to APNs"). */
    collapseId: string;
  };
  /** Never 0, since SNS takes 0 literally on APNS_VOIP. */
  ttlSeconds: number;
};

const apsOf = (notice: Notice, alert: Alert) => ({
  alert: {
    'title-loc-key': alert.titleKey,
    'title-loc-args': alert.titleArgs,
    ...(alert.body !== undefined && { body: alert.body }),
  },
  ...(alert.sound && { sound: 'default' }),
  ...(alert.badge !== undefined && { badge: alert.badge }),
  'thread-id': alert.thread,
  'interruption-level': notice.type === 'call' ? 'time-sensitive' : 'active',
  // An app that fetches the text itself does so in its notification service extension, which this starts.
  ...(notice.type !== 'call' && { 'mutable-content': 1 }),
});

/** A VoIP push is for a ringing call alone: the app must report each to CallKit (Apple, PKPushRegistryDelegate). */
export const apnsBody = (
  platform: ApnsPush['platform'],
  notice: Notice,
  data: Record<string, string>,
  { missed, alert }: { missed: boolean; alert: Alert },
): ApnsPush['body'] => {
  if (platform === 'apns-voip') return { aps: {}, ...data };
  const isSilent = notice.type === 'cancel' && !missed;
  return { aps: isSilent ? { 'content-available': 1 } : apsOf(notice, alert), ...data };
};

export const apnsHeaders = (
  platform: ApnsPush['platform'],
  { bundleId = '' }: App,
  notice: Notice,
  { missed, alert }: { missed: boolean; alert: Alert },
): ApnsPush['apns'] => {
  const { collapseId } = alert;
  if (platform === 'apns-voip')
    return { topic: `${bundleId}.voip`, pushType: 'voip', priority: '10', collapseId };
  const isSilent = notice.type === 'cancel' && !missed;
  return isSilent
    ? { topic: bundleId, pushType: 'background', priority: '5', collapseId }
    : { topic: bundleId, pushType: 'alert', priority: '10', collapseId };
};

import type { Notice } from './notice.ts';
import type { Alert } from './payload-alert.ts';

export type WebPush = {
  platform: 'webpush';
  /** The flat map, which goes out as JSON, encrypted for the browser (RFC 8291). */
  body: Record<string, string>;
  /** RFC 8030, section 5.3. */
  urgency: 'high' | 'normal';
  /** What waits under the same one is replaced (RFC 8030, section 5.4): at most 32 characters of base64url. */
  topic: string;
  ttlSeconds: number;
};

/** A cancel replaces its call where that is still on its way, and is as urgent: it is to reach whom the call reached. */
export const webPushHeaders = (
  { type, uuid }: Notice,
  { collapseId }: Alert,
): Pick<WebPush, 'urgency' | 'topic'> =>
  type === 'call' || type === 'cancel'
    ? { urgency: 'high', topic: uuid.replaceAll('-', '') }
    : { urgency: 'normal', topic: collapseId };

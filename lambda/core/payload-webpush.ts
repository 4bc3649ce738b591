import type { Notice } from './notice.ts';

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

/**
 * A cancel replaces its call where that is still on its way, and is as urgent: it is to reach whom the call reached. What
 * else is on its way is replaced by its own repeats alone: a topic is not encrypted, so it names no conversation.
 */
export const webPushHeaders = ({ type, uuid }: Notice): Pick<WebPush, 'urgency' | 'topic'> => ({
  urgency: type === 'call' || type === 'cancel' ? 'high' : 'normal',
  topic: uuid.replaceAll('-', ''),
});

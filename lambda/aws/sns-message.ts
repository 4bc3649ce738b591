import type { MessageAttributeValue } from '@aws-sdk/client-sns';
import type { Push } from '../core/payload.ts';
import type { SnsApplication } from '../core/registration.ts';

const snsPlatforms = {
  fcm: { production: 'GCM', sandbox: 'GCM' },
  apns: { production: 'APNS', sandbox: 'APNS_SANDBOX' },
  'apns-voip': { production: 'APNS_VOIP', sandbox: 'APNS_VOIP_SANDBOX' },
} as const;

/** SNS's name for a platform; Google has no sandbox. */
export const snsPlatformOf = ({ platform, environment }: SnsApplication): string =>
  snsPlatforms[platform][environment];

type SnsPush = Extract<Push, { platform: SnsApplication['platform'] }>;

export const isForSns = (push: Push): push is SnsPush => Object.hasOwn(snsPlatforms, push.platform);

const text = (StringValue: string): MessageAttributeValue => ({ DataType: 'String', StringValue });

/**
 * A push as Publish wants it: a JSON object whose values are JSON texts, under the name of the endpoint's
 * platform, and attributes that shape what SNS asks of the provider (Amazon SNS developer guide, "Mobile push
 * message attributes"). The attributes have one name for every Apple platform, but for the TTL. SNS infers
 * only `alert` and `background`, so the push type is always given.
 */
export const messageOf = (
  endpointArn: string,
  push: SnsPush,
): { Message: string; MessageAttributes: Record<string, MessageAttributeValue> } => {
  const [, snsPlatform = ''] = endpointArn.split('/');
  const body = push.platform === 'fcm' ? { fcmV1Message: { message: push.body } } : push.body;
  const ttl = text(String(push.ttlSeconds));
  return {
    Message: JSON.stringify({ default: 'push', [snsPlatform]: JSON.stringify(body) }),
    MessageAttributes:
      push.platform === 'fcm'
        ? { 'AWS.SNS.MOBILE.FCM.TTL': ttl }
        : {
            'AWS.SNS.MOBILE.APNS.PUSH_TYPE': text(push.apns.pushType),
            'AWS.SNS.MOBILE.APNS.TOPIC': text(push.apns.topic),
            'AWS.SNS.MOBILE.APNS.PRIORITY': text(push.apns.priority),
            'AWS.SNS.MOBILE.APNS.COLLAPSE_ID': text(push.apns.collapseId),
            [`AWS.SNS.MOBILE.${snsPlatform}.TTL`]: ttl,
          },
  };
};

import { describe, expect, it } from 'vitest';
import { messageOf, snsPlatformOf } from '../../lambda/aws/sns-message.ts';
import { callPush, noon } from '../support/builders.ts';

const uuid = '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d';
const call = { uuid, callee: '101', pbxId: 'pbx-1', sentAt: noon, expiresAt: noon + 30_000 };
const app = { fcm: true, bundleId: 'com.example.demo' } as const;
const arnOf = (platform: string) =>
  `arn:aws:sns:eu-west-1:123456789012:endpoint/${platform}/pns-proxy-demo/5e3e9847`;
const valuesOf = ({ MessageAttributes }: ReturnType<typeof messageOf>) =>
  Object.fromEntries(Object.entries(MessageAttributes).map(([name, { StringValue }]) => [name, StringValue]));

describe('messageOf', () => {
  it('wraps a push to Google as HTTP v1, a text in a text, with its TTL outside and inside', () => {
    const push = callPush('fcm', app, call, 27);
    const message = messageOf(arnOf('GCM'), push);
    const parts = JSON.parse(message.Message);
    expect(Object.keys(parts)).toEqual(['default', 'GCM']);
    expect(JSON.parse(parts.GCM)).toEqual({ fcmV1Message: { message: push.body } });
    expect(valuesOf(message)).toEqual({ 'AWS.SNS.MOBILE.FCM.TTL': '27' });
  });

  it.each(['APNS_VOIP', 'APNS_VOIP_SANDBOX'])(
    'names a push to %s a VoIP push, since SNS would take it for an alert',
    (platform) => {
      const push = callPush('apns-voip', app, call, 27);
      const message = messageOf(arnOf(platform), push);
      const parts = JSON.parse(message.Message);
      expect(Object.keys(parts)).toEqual(['default', platform]);
      expect(JSON.parse(parts[platform])).toEqual(push.body);
      expect(valuesOf(message)).toEqual({
        'AWS.SNS.MOBILE.APNS.PUSH_TYPE': 'voip',
        'AWS.SNS.MOBILE.APNS.TOPIC': 'com.example.demo.voip',
        'AWS.SNS.MOBILE.APNS.PRIORITY': '10',
        'AWS.SNS.MOBILE.APNS.COLLAPSE_ID': uuid,
        [`AWS.SNS.MOBILE.${platform}.TTL`]: '27',
      });
    },
  );

  it.each(['APNS', 'APNS_SANDBOX'])('names a push to %s an alert', (platform) => {
    expect(valuesOf(messageOf(arnOf(platform), callPush('apns', app, call, 3)))).toEqual({
      'AWS.SNS.MOBILE.APNS.PUSH_TYPE': 'alert',
      'AWS.SNS.MOBILE.APNS.TOPIC': 'com.example.demo',
      'AWS.SNS.MOBILE.APNS.PRIORITY': '10',
      'AWS.SNS.MOBILE.APNS.COLLAPSE_ID': uuid,
      [`AWS.SNS.MOBILE.${platform}.TTL`]: '3',
    });
  });

  it('gives every attribute the type String, without which SNS refuses it', () => {
    const { MessageAttributes } = messageOf(arnOf('APNS_VOIP'), callPush('apns-voip', app, call, 27));
    for (const { DataType } of Object.values(MessageAttributes)) expect(DataType).toBe('String');
  });

  it('lets no caller break out of the text that carries his name', () => {
    const callerName = '"}","GCM":"{\\"fcmV1Message\\":{}}","x":"\\\\\u2028🙂';
    const { Message } = messageOf(arnOf('GCM'), callPush('fcm', app, { ...call, callerName }, 27));
    expect(JSON.parse(JSON.parse(Message).GCM).fcmV1Message.message.data).toMatchObject({ callerName, uuid });
  });
});

describe('snsPlatformOf', () => {
  it.each([
    ['fcm', 'production', 'GCM'],
    ['fcm', 'sandbox', 'GCM'],
    ['apns', 'production', 'APNS'],
    ['apns', 'sandbox', 'APNS_SANDBOX'],
    ['apns-voip', 'production', 'APNS_VOIP'],
    ['apns-voip', 'sandbox', 'APNS_VOIP_SANDBOX'],
  ] as const)('%s in %s is %s', (platform, environment, expected) => {
    expect(snsPlatformOf({ app: 'demo', platform, environment })).toBe(expected);
  });
});

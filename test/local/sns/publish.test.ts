import {
  PublishCommand,
  type PublishCommandInput,
  SetEndpointAttributesCommand,
  SetPlatformApplicationAttributesCommand,
} from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApplication, createEndpoint, mobile } from './actions.ts';
import { type Cloud, startCloud } from './cloud.ts';

let cloud: Cloud;
let gcmApplication: string;
let gcm: string;
let voip: string;
beforeAll(async () => {
  cloud = await startCloud();
  gcmApplication = await createApplication(cloud, 'GCM');
  gcm = await createEndpoint(cloud.client, gcmApplication, 'android-token');
  voip = await createEndpoint(cloud.client, await createApplication(cloud, 'APNS_VOIP'), 'ab'.repeat(32));
});
afterAll(() => cloud.close());

const setEndpoint = (Enabled: 'true' | 'false') =>
  cloud.client.send(new SetEndpointAttributesCommand({ EndpointArn: gcm, Attributes: { Enabled } }));
const setApplication = (Enabled: 'true' | 'false') =>
  cloud.client.send(
    new SetPlatformApplicationAttributesCommand({
      PlatformApplicationArn: gcmApplication,
      Attributes: { Enabled },
    }),
  );
afterEach(() => Promise.all([setEndpoint('true'), setApplication('true')]));

const messageOf = (parts: Record<string, unknown>) => ({
  MessageStructure: 'json',
  Message: JSON.stringify(parts),
});
const gcmMessage = (message: unknown) =>
  messageOf({ default: 'd', GCM: JSON.stringify({ fcmV1Message: { message } }) });
const publish = (input: PublishCommandInput) => cloud.client.send(new PublishCommand(input));

describe('Publish refuses, and sends nothing', () => {
  const prefix = 'Invalid parameter: ';
  const rows: [string, () => PublishCommandInput, string][] = [
    [
      'no target',
      () => ({ Message: 'm' }),
      `${prefix}TopicArn or TargetArn Reason: no value for required parameter`,
    ],
    ['an empty message', () => ({ TargetArn: gcm, Message: '' }), `${prefix}Empty message`],
    [
      'a message over 256 KiB',
      () => ({ TargetArn: gcm, Message: 'm'.repeat(256 * 1024 + 1) }),
      `${prefix}Message too long`,
    ],
    [
      'a message that is not JSON',
      () => ({ TargetArn: gcm, MessageStructure: 'json', Message: 'm' }),
      `${prefix}Message Structure - JSON message body failed to parse`,
    ],
    [
      'a message for another platform only',
      () => ({ TargetArn: gcm, ...messageOf({ APNS_VOIP: '{}' }) }),
      `${prefix}Message Structure - No default entry in JSON message body`,
    ],
    [
      'a part that is no string, without a default',
      () => ({ TargetArn: gcm, ...messageOf({ GCM: { data: {} } }) }),
      `${prefix}Message Structure - No default entry in JSON message body`,
    ],
    [
      'a part for Google that is not JSON',
      () => ({ TargetArn: gcm, ...messageOf({ GCM: 'call' }) }),
      `${prefix}Message Reason: Invalid notification for protocol GCM: Notification is malformed`,
    ],
    [
      'a v1 payload without a message',
      () => ({ TargetArn: gcm, ...messageOf({ GCM: '{"fcmV1Message":{}}' }) }),
      `${prefix}Message Reason: Invalid notification for protocol GCM: Notification is malformed`,
    ],
    [
      'a time to live that is no duration',
      () => ({ TargetArn: gcm, ...gcmMessage({ android: { ttl: 30 } }) }),
      `${prefix}Message Reason: Invalid notification for protocol GCM: Notification is malformed`,
    ],
    [
      'over 4096 bytes for Google',
      () => ({ TargetArn: gcm, ...gcmMessage({ data: { text: 'x'.repeat(4096) } }) }),
      `${prefix}Message Reason: Invalid notification for protocol GCM: Notification data is larger than allowed limit`,
    ],
    [
      'over 4096 bytes for Apple',
      () => ({
        TargetArn: voip,
        ...messageOf({ APNS_VOIP: JSON.stringify({ aps: {}, text: 'x'.repeat(4096) }) }),
      }),
      `${prefix}Message Reason: Invalid notification for protocol APNS_VOIP: Notification is too long`,
    ],
    [
      'a time to live that is no number',
      () => ({ TargetArn: gcm, ...gcmMessage({}), MessageAttributes: mobile({ 'GCM.TTL': '30s' }) }),
      `${prefix}MessageAttributes Reason: Invalid value for attribute: AWS.SNS.MOBILE.GCM.TTL`,
    ],
    [
      'a topic that is no header',
      () => ({ TargetArn: voip, Message: 'm', MessageAttributes: mobile({ 'APNS.TOPIC': 'a\nb' }) }),
      `${prefix}MessageAttributes Reason: Invalid value for attribute: AWS.SNS.MOBILE.APNS.TOPIC`,
    ],
    [
      'a misspelt reserved attribute',
      () => ({ TargetArn: voip, Message: 'm', MessageAttributes: mobile({ 'APNS_VOIP.TOPIC': 'a' }) }),
      "The message attribute 'AWS.SNS.MOBILE.APNS_VOIP.TOPIC' is not one that Amazon SNS reserves.",
    ],
    [
      'an attribute of an unknown type',
      () => ({
        TargetArn: gcm,
        Message: 'm',
        MessageAttributes: { colour: { DataType: 'Text', StringValue: 'red' } },
      }),
      "The message attribute 'colour' has an invalid message attribute type, the set of supported type prefixes is Binary, Number, and String.",
    ],
    [
      'an attribute without a value',
      () => ({ TargetArn: gcm, Message: 'm', MessageAttributes: { colour: { DataType: 'String' } } }),
      "The message attribute 'colour' must contain non-empty message attribute value for message attribute type 'String'.",
    ],
  ];
  it.each(rows)('%s', async (_, input, message) => {
    await expect(publish(input())).rejects.toMatchObject({ message, $metadata: { httpStatusCode: 400 } });
    await cloud.sns.idle();
    expect(cloud.pushes.list()).toEqual([]);
    expect(cloud.events).toEqual([]);
  });

  it('a disabled endpoint, before the message is looked at', async () => {
    await setEndpoint('false');
    await setApplication('false');
    const answer = publish({ TargetArn: gcm, MessageStructure: 'json', Message: 'msg' });
    await expect(answer).rejects.toMatchObject({
      name: 'EndpointDisabledException',
      message: 'Endpoint is disabled',
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('a disabled application', async () => {
    await setApplication('false');
    await expect(publish({ TargetArn: gcm, ...gcmMessage({}) })).rejects.toMatchObject({
      name: 'PlatformApplicationDisabledException',
      $metadata: { httpStatusCode: 400 },
    });
    await cloud.sns.idle();
    expect(cloud.pushes.list()).toEqual([]);
  });
});

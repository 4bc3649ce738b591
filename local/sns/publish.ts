import { randomUUID } from 'node:crypto';
import { checkArn, type Place } from './arn.ts';
import { invalid, SnsError } from './errors.ts';
import { bodyTtl, type FcmRequest, toFcmRequest } from './fcm-message.ts';
import { asObject, parseObject } from './json.ts';
import { isApple, type Platform } from './platforms.ts';
import { type PushAttributes, readPushAttributes } from './push-attributes.ts';
import type { Query } from './query.ts';
import type { Application, Store } from './store.ts';
import { defaultTtlSeconds, type Lifetime } from './ttl.ts';
import { textElement } from './xml.ts';

/** A message that SNS has taken, on its way to one endpoint. */
export type Notification = Lifetime & {
  messageId: string;
  endpointArn: string;
  applicationArn: string;
  payload: { provider: 'apple'; push: ApplePush } | { provider: 'google'; request: FcmRequest };
};

export type ApplePush = {
  body: string;
  pushType: string;
  priority: string;
  topic: string | undefined;
  collapseId: string | undefined;
};

/** Amazon SNS API Reference, Publish. */
const longestMessage = 256 * 1024;
/** Google's limit and Apple's; whether SNS lets Apple's 5,120 for VoIP pass is not known, so it does not here. */
const longestNotification = 4096;

const notJson = () =>
  new SnsError(
    'InvalidParameter',
    'Invalid parameter: Message Structure - JSON message body failed to parse',
  );

const badNotification = (platform: Platform, reason: string) =>
  invalid('Message', `Invalid notification for protocol ${platform}: ${reason}`);

/** The part of a message that is for a platform: its own JSON, or a text for all. */
const partFor = (platform: Platform, query: Query): { json: string } | { text: string } => {
  const message = query.required('Message');
  const structure = query.optional('MessageStructure');
  if (structure === undefined) return { text: message };
  if (structure !== 'json') throw invalid('MessageStructure', 'Invalid message structure. Must be json');
  const parts = parseObject(message);
  if (!parts) throw notJson();
  const own = parts[platform];
  if (typeof own === 'string') return { json: own };
  const text = parts['default'];
  if (typeof text === 'string') return { text };
  throw new SnsError(
    'InvalidParameter',
    'Invalid parameter: Message Structure - No default entry in JSON message body',
  );
};

const toApplePush = (platform: Platform, query: Query, attributes: PushAttributes): ApplePush => {
  const part = partFor(platform, query);
  const body = 'json' in part ? part.json : JSON.stringify({ aps: { alert: part.text } });
  const payload = parseObject(body);
  if (!payload) throw badNotification(platform, 'Notification is malformed');
  if (Buffer.byteLength(body) > longestNotification) {
    throw badNotification(platform, 'Notification is too long');
  }
  // SNS knows two push types of its own accord: a VoIP push must be called one by its attribute.
  const inferred = asObject(payload['aps'])?.['content-available'] === 1 ? 'background' : 'alert';
  const pushType = attributes.pushType ?? inferred;
  const { topic, collapseId, priority = pushType === 'background' ? '5' : '10' } = attributes;
  return { body, pushType, priority, topic, collapseId };
};

const toGoogleRequest = (platform: Platform, query: Query): FcmRequest => {
  const part = partFor(platform, query);
  const payload = 'json' in part ? parseObject(part.json) : { data: { default: part.text } };
  const request = payload && toFcmRequest(payload);
  if (!request || Number.isNaN(bodyTtl(request))) {
    throw badNotification(platform, 'Notification is malformed');
  }
  if (Buffer.byteLength(JSON.stringify(request.message)) > longestNotification) {
    throw badNotification(platform, 'Notification data is larger than allowed limit');
  }
  return request;
};

/** Finds the endpoint, and its application, that a message may be published to. */
const findTarget = (store: Store, place: Place, query: Query): { arn: string; application: Application } => {
  const arn = query.optional('TargetArn') ?? query.optional('TopicArn');
  if (arn === undefined) throw invalid('TopicArn or TargetArn', 'no value for required parameter');
  checkArn(place, query.action, 'TargetArn', arn, 'endpoint');
  const endpoint = store.endpoint(arn);
  const application = endpoint && store.application(endpoint.applicationArn);
  if (!application) throw invalid('TargetArn', 'No endpoint found for the target arn specified');
  if (!endpoint.enabled) throw new SnsError('EndpointDisabled', 'Endpoint is disabled');
  if (!application.enabled) {
    throw new SnsError('PlatformApplicationDisabled', 'Platform application is disabled');
  }
  return { arn, application };
};

/** The action Publish, to an endpoint: answers once the message is taken; `deliver` sends it afterwards. */
export const publishAction = (options: {
  store: Store;
  place: Place;
  now: () => number;
  deliver: (notification: Notification) => void;
}) => ({
  Publish(query: Query): string {
    const message = query.required('Message');
    if (message === '') throw new SnsError('InvalidParameter', 'Invalid parameter: Empty message');
    if (Buffer.byteLength(message) > longestMessage) {
      throw new SnsError('InvalidParameter', 'Invalid parameter: Message too long');
    }
    const { arn, application } = findTarget(options.store, options.place, query);
    const { platform } = application;
    const attributes = readPushAttributes(platform, query.messageAttributes());
    const accepted = {
      messageId: randomUUID(),
      endpointArn: arn,
      applicationArn: application.arn,
      platform,
      publishedAt: options.now(),
    };
    if (isApple(platform)) {
      const push = toApplePush(platform, query, attributes);
      const ttlSeconds = attributes.ttlSeconds ?? defaultTtlSeconds;
      options.deliver({ ...accepted, ttlSeconds, payload: { provider: 'apple', push } });
    } else {
      const request = toGoogleRequest(platform, query);
      const ttlSeconds = attributes.ttlSeconds ?? bodyTtl(request) ?? defaultTtlSeconds;
      options.deliver({ ...accepted, ttlSeconds, payload: { provider: 'google', request } });
    }
    return textElement('MessageId', accepted.messageId);
  },
});

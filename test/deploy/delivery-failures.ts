import { randomUUID } from 'node:crypto';
import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { GetPlatformApplicationAttributesCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { expect } from 'vitest';
import type { World } from './world.ts';
import { applicationArn } from './world.ts';

/** What SNS tells of a push that it could not deliver. */
export type Failure = {
  endpointArn: string;
  type: string;
  /** Epoch milliseconds. */
  at: number;
  /** The push that failed. @default - one of its own */
  messageId?: string;
};

type TopicMessage = { Subject: string; Message: string };

const application = applicationArn('GCM', 'demo');

/** As SNS writes it (facts of a DeliveryFailure event, recorded in 2025). */
const notificationOf = ({ endpointArn, type, at, messageId }: Required<Failure>): TopicMessage => ({
  Subject: 'DeliveryFailure event for app pns-demo (GCM)',
  Message: JSON.stringify({
    DeliveryAttempts: 1,
    EndpointArn: endpointArn,
    EventType: 'DeliveryFailure',
    FailureMessage: 'Platform token associated with the endpoint is not valid',
    FailureType: type,
    MessageId: messageId,
    Resource: application,
    Service: 'SNS',
    Time: new Date(at).toISOString(),
  }),
});

/** How many of a function's lines hold the words. */
export const countLogged = async (
  { client }: World,
  logGroupName: string,
  words: string,
): Promise<number> => {
  const find = new FilterLogEventsCommand({ logGroupName, filterPattern: `"${words}"` });
  return (await new CloudWatchLogsClient(client).send(find)).events?.length ?? 0;
};

/**
 * Tells the deployed function of failures the way that SNS does: by the topic that the platform application names.
 *
 * @param logGroupName the function's
 */
export const failureTopicOf = async (world: World, logGroupName: string) => {
  const get = new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn: application });
  const TopicArn = (await world.mobile.send(get)).Attributes?.['EventDeliveryFailure'];
  const topics = new SNSClient(world.client);
  const logged = (words: string) => countLogged(world, logGroupName, words);

  /** Each of the function's lines holds the words once. */
  const publish = async (event: TopicMessage, words: string, times: number): Promise<void> => {
    const before = await logged(words);
    const send = () => topics.send(new PublishCommand({ TopicArn, ...event }));
    await Promise.all(Array.from({ length: times }, send));
    await expect.poll(() => logged(words), { timeout: 20_000 }).toBe(before + times);
  };

  return {
    /** Resolves once the function has done with it. At once, if it is told several times. */
    tell: (failure: Failure, times = 1): Promise<void> => {
      const messageId = failure.messageId ?? randomUUID();
      return publish(notificationOf({ ...failure, messageId }), messageId, times);
    },
    /** Anything else that comes by the topic. */
    tellOf: (Subject: string, Message: string): Promise<void> =>
      publish({ Subject, Message }, 'ignored: true', 1),
  };
};

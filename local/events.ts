import { setTimeout as delay } from 'node:timers/promises';
import type { DynamoDBRecord } from 'aws-lambda';
import type { Functions } from './functions.ts';
import type { TopicMessage } from './sns/events.ts';

/** Lambda tries an asynchronous event three times in all (AWS Lambda developer guide); the pauses are shorter here. */
const retryPausesMs = [1_000, 2_000];

/** What leads from AWS's services to the functions behind them. */
export const createEvents = (functions: () => Functions, onLog: (line: string) => void) => {
  const running = new Set<Promise<void>>();

  const deliver = async (event: unknown): Promise<void> => {
    for (const pauseMs of [...retryPausesMs, undefined]) {
      try {
        await functions().invoke('feedback', event);
        return;
      } catch {
        if (pauseMs === undefined) break;
        await delay(pauseMs, undefined, { ref: false });
      }
    }
    onLog(JSON.stringify({ level: 'ERROR', message: { operation: 'feedback', givenUp: true } }));
  };

  return {
    /** The table's stream, filtered as `lib/` does: only registrations. */
    onRemoved: async (records: DynamoDBRecord[]): Promise<void> => {
      const Records = records.filter(({ dynamodb }) => dynamodb?.Keys?.['pk']?.S?.startsWith('TOKEN#'));
      if (Records.length > 0) await functions().invoke('release-endpoints', { Records });
    },
    /** The topic that SNS tells of delivery failures, with the function subscribed to it. */
    onTopicMessage: (topicArn: string, { Subject, Message, MessageId, Timestamp }: TopicMessage): void => {
      const Sns = { Type: 'Notification', MessageId, TopicArn: topicArn, Subject, Message, Timestamp };
      const record = {
        EventSource: 'aws:sns',
        EventVersion: '1.0',
        EventSubscriptionArn: `${topicArn}:local`,
        Sns,
      };
      const delivery = deliver({ Records: [record] }).finally(() => running.delete(delivery));
      running.add(delivery);
    },
    /** Resolves when no event is under way. */
    idle: async (): Promise<void> => {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
};

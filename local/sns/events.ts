import { randomUUID } from 'node:crypto';
import type { Application, Store } from './store.ts';

/** What reaches the subscribers of a topic. `Message` is JSON. */
export type TopicMessage = { Subject: string; Message: string; MessageId: string; Timestamp: string };

export type EventType = 'EndpointCreated' | 'EndpointUpdated' | 'EndpointDeleted' | 'DeliveryFailure';

export type Events = ReturnType<typeof createEvents>;

/** Tells an application's event topics, where it has set them (Amazon SNS Developer Guide, Application event notifications). */
export const createEvents = (options: {
  store: Store;
  now: () => number;
  onEvent: (topicArn: string, message: TopicMessage) => void;
}) => ({
  emit(
    { platform, name, arn, attributes }: Application,
    type: EventType,
    endpointArn: string,
    fields: Readonly<Record<string, unknown>> = {},
  ): void {
    const topicArn = attributes[`Event${type}`];
    if (!topicArn) return;
    const time = new Date(options.now()).toISOString();
    options.onEvent(topicArn, {
      Subject: `${type} event for app ${name} (${platform})`,
      Message: JSON.stringify({
        ...fields,
        EndpointArn: endpointArn,
        EventType: type,
        Resource: arn,
        Service: 'SNS',
        Time: time,
      }),
      MessageId: randomUUID(),
      Timestamp: time,
    });
  },
});

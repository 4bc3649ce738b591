import * as v from 'valibot';
import type { DeliveryFailure } from '../core/feedback.ts';

/** An SNS notification, as a function subscribed to a topic gets it. */
export type NotificationEvent = { Records: { Sns: { Message: string; MessageId?: string } }[] };

const failureSchema = v.object({
  EventType: v.literal('DeliveryFailure'),
  EndpointArn: v.string(),
  FailureType: v.string(),
  MessageId: v.optional(v.string()),
  Time: v.pipe(v.string(), v.isoTimestamp()),
});

/** The delivery failure that a notification tells of, or undefined where it is about something else. */
export const deliveryFailureOf = (message: string): DeliveryFailure | undefined => {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), failureSchema), message);
  if (!parsed.success) return undefined;
  const { EndpointArn, FailureType, MessageId, Time } = parsed.output;
  const failure = { endpointArn: EndpointArn, failureType: FailureType, at: Date.parse(Time) };
  return { ...failure, ...(MessageId !== undefined && { messageId: MessageId }) };
};

import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Registration } from '../core/registration.ts';
import type { RegistrationItem } from './registration-item.ts';
import { readItem } from './registration-item.ts';

/** A DynamoDB stream's event, as far as it is looked at. */
export type StreamEvent = {
  Records: { eventName?: string; dynamodb?: { OldImage?: Record<string, unknown> } }[];
};

/** The registrations that an event says are gone: removed by a request, or by DynamoDB past `expiresAt`. */
export const removedRegistrations = ({ Records }: StreamEvent): Registration[] =>
  Records.filter(({ eventName }) => eventName === 'REMOVE')
    .map(({ dynamodb }) => unmarshall((dynamodb?.OldImage ?? {}) as Record<string, AttributeValue>))
    .filter(
      (item): item is RegistrationItem => typeof item['pk'] === 'string' && item['pk'].startsWith('TOKEN#'),
    )
    .map(readItem);

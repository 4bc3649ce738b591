import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { Registration } from '../core/registration.ts';
import type { RegistrationItem } from './registration-item.ts';
import { readItem } from './registration-item.ts';

type StreamRecord = { eventName?: string; dynamodb?: { OldImage?: Record<string, unknown> } };

/** A DynamoDB stream's event, as far as it is looked at. */
export type StreamEvent = { Records: readonly StreamRecord[] };

/**
 * The registration that a record says is gone: removed by a request, or by DynamoDB past `expiresAt`. Undefined where it
 * speaks of something else.
 */
export const removedRegistration = ({ eventName, dynamodb }: StreamRecord): Registration | undefined => {
  if (eventName !== 'REMOVE') return undefined;
  const item = unmarshall((dynamodb?.OldImage ?? {}) as Record<string, AttributeValue>);
  return isRegistration(item) ? readItem(item) : undefined;
};

const isRegistration = (item: Record<string, unknown>): item is RegistrationItem =>
  typeof item['pk'] === 'string' && item['pk'].startsWith('TOKEN#');

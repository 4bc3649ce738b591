import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { ServiceError } from '../core/errors.ts';

/**
 * Client faults that pass (Amazon DynamoDB developer guide, "Error handling with DynamoDB"). Any other client
 * fault is ours.
 */
const passing: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'LimitExceededException',
]);

const isOurs = (error: unknown): boolean =>
  error instanceof Error && '$fault' in error && error.$fault === 'client' && !passing.has(error.name);

/** Turns every failure that may pass, a lost connection or a time-out too, into `unavailable`. */
export const asking = async <T>(request: Promise<T>): Promise<T> => {
  try {
    return await request;
  } catch (error) {
    if (isOurs(error)) throw error;
    throw new ServiceError('unavailable', 'the table could not be asked', { cause: error });
  }
};

/** Gives whether a conditional write took place. */
export const whether = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await asking(write);
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

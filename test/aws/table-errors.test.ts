import {
  ConditionalCheckFailedException,
  DynamoDBServiceException,
  InternalServerError,
  LimitExceededException,
  ProvisionedThroughputExceededException,
  RequestLimitExceeded,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { asking, whether } from '../../lambda/aws/table-errors.ts';
import { ServiceError } from '../../lambda/core/errors.ts';

const told = (message: string) => ({ message, $metadata: {} });
const answered = (name: string, $fault: 'client' | 'server') =>
  new DynamoDBServiceException({ name, $fault, message: name, $metadata: {} });
const refused = new ConditionalCheckFailedException(told('The conditional request failed'));

const passing: [string, unknown][] = [
  ['throughput', new ProvisionedThroughputExceededException(told('…'))],
  ['a request limit', new RequestLimitExceeded(told('…'))],
  ['a limit', new LimitExceededException(told('…'))],
  ['throttling', answered('ThrottlingException', 'client')],
  ['an internal error', new InternalServerError(told('…'))],
  ['any other 5xx', answered('ServiceUnavailable', 'server')],
  ['a lost connection', Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })],
  ['a time-out', Object.assign(new Error('timed out'), { name: 'TimeoutError' })],
  ['something that is no error', 'thrown'],
];
const ours: [string, Error][] = [
  ['a missing table', new ResourceNotFoundException(told('Requested resource not found'))],
  ['a bad expression', answered('ValidationException', 'client')],
  ['a missing grant', answered('AccessDeniedException', 'client')],
];

describe.each([
  ['asking', asking],
  ['whether', whether],
] as const)('%s', (_, ask: (request: Promise<unknown>) => Promise<unknown>) => {
  it.each(passing)('turns %s into unavailable, and keeps it as the cause', async (_name, cause) => {
    const error: unknown = await ask(Promise.reject(cause)).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServiceError);
    expect(error).toMatchObject({ code: 'unavailable', cause });
  });

  it.each(ours)('hands a fault of ours on as it is: %s', async (_name, fault) => {
    await expect(ask(Promise.reject(fault))).rejects.toBe(fault);
  });
});

describe('asking', () => {
  it('gives what it was answered', async () => {
    expect(await asking(Promise.resolve('row'))).toBe('row');
  });

  it('does not take an unmet condition for a table that is down', async () => {
    await expect(asking(Promise.reject(refused))).rejects.toBe(refused);
  });
});

describe('whether', () => {
  it('tells a write that took place from one whose condition was not met', async () => {
    expect(await whether(Promise.resolve({}))).toBe(true);
    expect(await whether(Promise.reject(refused))).toBe(false);
  });
});

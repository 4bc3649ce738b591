import { expect, it } from 'vitest';
import { OperatorError } from '../../lambda/core/operator-error.ts';
import { handleEach, handleEvent } from '../../lambda/http/handle-events.ts';
import { captureLog } from './support/captured-log.ts';

const log = captureLog();
const durationMs = expect.any(Number);

it('gives what the run gave, and logs one line with what it noted', async () => {
  const run = handleEvent('feedback', async (trace) => {
    trace.add({ marked: 1 });
    return 'result';
  });

  expect(await run).toBe('result');
  expect(log.lines).toEqual([{ operation: 'feedback', marked: 1, durationMs }]);
});

it('passes on what the operator has to put right, and logs its message', async () => {
  const fault = new OperatorError('secret "demo-fcm": expected to find it');

  await expect(handleEvent('platform_application', () => Promise.reject(fault))).rejects.toBe(fault);
  expect(log.lines).toEqual([{ operation: 'platform_application', reason: fault.message, durationMs }]);
});

it('lets no message out of any other error, nor its cause', async () => {
  const fault = new Error('token abcdef', { cause: new OperatorError('token 123456') });

  const thrown = await handleEvent('feedback', () => Promise.reject(fault)).catch((error: unknown) => error);

  expect(thrown).toStrictEqual(new Error('feedback failed'));
  expect(log.lines).toMatchObject([{ operation: 'feedback', errorName: 'Error' }]);
  expect(log.text()).not.toMatch(/abcdef|123456/);
});

it('takes every piece of a batch whatever becomes of the others, and then fails, to have the batch again', async () => {
  const taken: number[] = [];
  const batch = handleEach('release_endpoint', [1, 2, 3, 4], async (piece, trace) => {
    trace.add({ piece });
    if (piece % 2 === 0) throw new Error('SNS is away');
    taken.push(piece);
  });

  await expect(batch).rejects.toStrictEqual(new Error('release_endpoint failed'));
  expect(taken).toEqual([1, 3]);
  expect(log.lines).toMatchObject([1, 2, 3, 4].map((piece) => ({ piece })));
});

it('is done with a batch of which nothing failed', async () => {
  await expect(handleEach('release_endpoint', [1, 2], async () => undefined)).resolves.toBeUndefined();
});

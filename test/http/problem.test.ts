import { describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../lambda/core/contract.ts';
import { errorCodes } from '../../lambda/core/contract.ts';
import { ServiceError } from '../../lambda/core/errors.ts';
import { describeError, problemOf } from '../../lambda/http/problem.ts';
import { fcmToken } from '../support/builders.ts';
import { captureLog } from './support/captured-log.ts';
import { complaintsAbout } from './support/document.ts';
import { createEndpoint } from './support/endpoint.ts';

const log = captureLog();

/** Clients branch on these: a change of one is a change of the contract. */
const meant: Record<ErrorCode, [status: number, retryable: boolean]> = {
  'invalid-json': [400, false],
  'invalid-request': [400, false],
  'invalid-token': [400, false],
  'unknown-app': [400, false],
  'platform-not-served': [400, false],
  'app-not-allowed': [403, false],
  'unknown-token': [404, false],
  'body-too-large': [413, false],
  'too-many-calls': [429, true],
  unavailable: [503, true],
  internal: [500, true],
};

const bodyOf = (error: unknown) => JSON.parse(problemOf(error, 'request-1').response.body);

describe('a problem', () => {
  test.each(errorCodes)('%s has its status, and says whether to come again', (code) => {
    const { response } = problemOf(new ServiceError(code, 'why'), 'request-1');
    const [status, retryable] = meant[code];
    expect(response).toMatchObject({
      statusCode: status,
      headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
    });
    expect(JSON.parse(response.body)).toMatchObject({
      type: `urn:pns-proxy:error:${code}`,
      status,
      code,
      retryable,
      requestId: 'request-1',
    });
  });

  test('below 500 explains itself', () => {
    const complaints = [{ path: 'line', expected: 'a whole number' }];
    const error = new ServiceError('invalid-request', 'line: a whole number', { complaints });
    expect(bodyOf(error)).toMatchObject({ detail: 'line: a whole number', errors: complaints });
  });

  test.each([
    ['unavailable', new ServiceError('unavailable', 'why', { complaints: [{ path: 'a', expected: 'b' }] })],
    ['internal', new ServiceError('internal', 'why')],
    ['internal', new RangeError('why')],
    ['internal', 'why'],
    ['internal', undefined],
  ])('%s tells its code and nothing else', (code, error) => {
    const { title, ...rest } = bodyOf(error);
    expect(rest).toEqual({
      type: `urn:pns-proxy:error:${code}`,
      status: meant[code === 'unavailable' ? code : 'internal'][0],
      code,
      retryable: true,
      requestId: 'request-1',
    });
    expect(title).not.toContain('why');
  });
});

test('a PBX that calls too fast is told when to come again, and nothing is sent', async () => {
  const endpoint = createEndpoint({ calls: 1 });
  const register = { extension: '101', token: fcmToken('phone'), platform: 'fcm', app: 'demo' };
  await endpoint.send('POST /register', { body: register });
  const first = await endpoint.send('POST /push_call', { body: { to: '101' } });
  const second = await endpoint.send('POST /push_call', { body: { to: '101' } });
  const other = await endpoint.send('POST /push_call', { body: { to: '101' }, pbxId: 'pbx-2' });

  expect([first.statusCode, second.statusCode, other.statusCode]).toEqual([200, 429, 200]);
  expect(second.json).toMatchObject({ code: 'too-many-calls', retryable: true });
  expect(second.headers['retry-after']).toMatch(/^[1-9]\d*$/);
  expect(complaintsAbout('POST /push_call', second)).toEqual([]);
  expect(endpoint.published).toHaveLength(1);
});

test('keep-warm’s event is answered, and not logged', async () => {
  const response = await createEndpoint().invoke('POST /push_call', { warm: true });
  expect(response.statusCode).toBe(204);
  expect(log.lines).toEqual([]);
});

describe('what is logged of an unexpected error', () => {
  test('is where it was thrown, along its causes', () => {
    const described = describeError(new Error('outer', { cause: new TypeError('inner') }));
    expect(described).toEqual({
      errorName: 'Error',
      errorAt: expect.arrayContaining([expect.stringContaining('problem.test.ts')]),
      errorCause: {
        errorName: 'TypeError',
        errorAt: expect.arrayContaining([expect.stringContaining('problem.test.ts')]),
      },
    });
  });

  test.each([
    ['in one line', 'token-1'],
    ['in lines that look like a stack’s', 'refused:\n    at token-1 (token-1:1:1)'],
    ['where the message was changed later', ''],
  ])('is not its message, %s', (_how, message) => {
    const error = new Error(message || 'was\n    at token-1 (token-1:1:1)');
    if (message === '') error.message = 'token-1';
    expect(JSON.stringify(describeError(error))).not.toContain('token-1');
  });

  test('ends, where an error is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    expect(JSON.stringify(describeError(error)).length).toBeLessThan(20_000);
  });
});

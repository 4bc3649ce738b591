import { describe, expect, it } from 'vitest';
import { call, clientOf, failureOf, ok, problem, pushed, startServer } from './support.ts';

/** Timers may be a millisecond early. */
const nearly = (milliseconds: number) => milliseconds - 2;

describe('Retry-After', () => {
  it('in seconds is waited for', async () => {
    const server = await startServer(
      { ...problem(429, 'too-many-calls', true), headers: { 'retry-after': '1' } },
      ok,
    );
    expect(await clientOf(server.url).pushCall(call)).toEqual(pushed);
    const [first, second] = server.requests.map(({ at }) => at);
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(nearly(1_000));
  });

  it('as a date is waited for, by the clock of the answer', async () => {
    const server = await startServer((response) => {
      const headers = {
        date: 'Sun, 22 Nov 2026 12:00:00 GMT',
        'retry-after': 'Sun, 22 Nov 2026 12:00:01 GMT',
      };
      response.writeHead(503, headers).end('{"message":"Service Unavailable"}');
    }, ok);
    expect(await clientOf(server.url).pushCall(call)).toEqual(pushed);
    const [first, second] = server.requests.map(({ at }) => at);
    expect(Number(second) - Number(first)).toBeGreaterThanOrEqual(nearly(1_000));
  });

  it.each([
    ['seconds', { 'retry-after': '30' }],
    ['a date', { 'retry-after': 'Sun, 22 Nov 2026 12:00:30 GMT', date: 'Sun, 22 Nov 2026 12:00:00 GMT' }],
  ])('past the deadline ends it at once, with the server’s own error: %s', async (_, headers) => {
    const server = await startServer({ ...problem(429, 'too-many-calls', true), headers }, ok);
    const client = clientOf(server.url, { deadlineMs: 29_000 });
    expect(await failureOf(client.register({ extension: '1', token: 'abc', platform: 'fcm' }))).toMatchObject(
      {
        code: 'too-many-calls',
        status: 429,
        retryable: true,
        unknown: false,
        attempts: 1,
      },
    );
    expect(server.requests).toHaveLength(1);
  });
});

import { describe, expect, it } from 'vitest';
import type { Attempt } from '../../client/src/index.ts';
import {
  call,
  clientOf,
  closedPort,
  failureOf,
  gateway,
  knownPauses,
  ok,
  pushed,
  startServer,
  twoTriesMs,
} from './support.ts';

describe('onAttempt', () => {
  it('is told of every try, and of the pause before the next', async () => {
    const answers = [gateway(503), (response: { destroy(): void }) => response.destroy()];
    const server = await startServer(...answers, { ...ok, headers: { 'apigw-requestid': 'gw-2' } });
    const attempts: Attempt[] = [];
    await clientOf(server.url, { onAttempt: (attempt) => attempts.push(attempt) }).pushCall(call);
    const begun = { operation: 'push_call', sent: true, durationMs: expect.any(Number) };
    const retryInMs = expect.any(Number);
    expect(attempts).toEqual([
      { ...begun, attempt: 1, status: 503, code: 'gateway-503', requestId: 'gw-1', retryInMs },
      { ...begun, attempt: 2, code: 'network', retryInMs: 0 },
      { ...begun, attempt: 3, status: 200, requestId: 'gw-2' },
    ]);
  });

  it('is told that there will be no other', async () => {
    const attempts: Attempt[] = [];
    const server = await startServer(gateway(403));
    const onAttempt = (attempt: Attempt) => attempts.push(attempt);
    await failureOf(clientOf(server.url, { onAttempt }).devices('101'));
    expect(attempts).toEqual([
      {
        operation: 'devices',
        sent: true,
        attempt: 1,
        durationMs: expect.any(Number),
        status: 403,
        code: 'gateway-403',
        requestId: 'gw-1',
      },
    ]);
    knownPauses();
    const hanging = await startServer('never');
    await failureOf(
      clientOf(hanging.url, { onAttempt, deadlineMs: 50 }).update({ oldToken: 'a', newToken: 'b' }),
    );
    expect(attempts[1]).toEqual({
      sent: true,
      operation: 'update',
      attempt: 1,
      durationMs: expect.any(Number),
      code: 'timeout',
    });
    await failureOf(
      clientOf(await closedPort(), { onAttempt, deadlineMs: twoTriesMs }).delete({ token: 'a' }),
    );
    expect(attempts.at(-1)).not.toHaveProperty('retryInMs');
    expect(attempts.at(-1)).toMatchObject({ operation: 'delete', code: 'network' });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('a hook');
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('a hook');
      },
    ],
    ['never ends', () => new Promise<void>(() => {})],
  ])('that %s harms nothing', async (_, onAttempt) => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const server = await startServer(gateway(503), ok);
    expect(await clientOf(server.url, { onAttempt }).pushCall(call)).toEqual(pushed);
    await new Promise(setImmediate);
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });
});

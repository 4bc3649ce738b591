import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeKey } from '../../../lambda/core/key.ts';
import type { Daemon } from '../support/daemon.ts';
import { createDaemon } from '../support/daemon.ts';
import { createStandInEndpoint } from '../support/stand-in-endpoint.ts';

const key = writeKey({ keyId: 'a'.repeat(12), secret: 'b'.repeat(24) });

let endpoint: ReturnType<typeof createStandInEndpoint>;
let url: string;
let pns: Daemon;
beforeEach(async () => {
  endpoint = createStandInEndpoint();
  ({ url } = await endpoint.start());
});
afterEach(async () => {
  await pns.stop('SIGKILL');
  pns.remove();
  await endpoint.stop();
});

/** What is loaded into pns before itself, and into its threads. */
const startWith = async (code: string): Promise<void> => {
  const preload = `data:text/javascript,${encodeURIComponent(code)}`;
  pns = createDaemon({ PUSH_URL: url, KEY: key }, [process.execPath, '--import', preload, 'pbx/bin/pns.ts']);
  await pns.start();
};

it('an error that nobody expected ends pns as a stop does, with exit code 1 and without its text in the log', async () => {
  await startWith(`
    import { isMainThread } from 'node:worker_threads';
    if (isMainThread) process.on('SIGUSR2', () => { throw new TypeError('MAR' + 'KED'); });`);
  const exit = pns.exited();
  pns.signal('SIGUSR2');
  expect((await exit)?.[0]).toBe(1);
  expect(pns.lines.slice(-3)).toMatchObject([
    { event: 'internal_error', errorName: 'TypeError' },
    { event: 'stopping' },
    { event: 'stopped' },
  ]);
  expect(JSON.stringify(pns.lines) + pns.errors()).not.toContain('MARKED');
});

it('where nothing can be spooled any more, pns ends with exit code 1, to be started again', async () => {
  await startWith(`
    import { BroadcastChannel, isMainThread } from 'node:worker_threads';
    const channel = new BroadcastChannel('trouble');
    channel.unref();
    if (isMainThread) process.on('SIGUSR2', () => channel.postMessage('now'));
    else channel.onmessage = () => { throw new Error('broken'); };`);
  const exit = pns.exited();
  pns.signal('SIGUSR2');
  expect((await exit)?.[0]).toBe(1);
  expect(pns.lines).toContainEqual(
    expect.objectContaining({
      event: 'internal_error',
      code: 'other',
      reason: expect.stringContaining('spool'),
    }),
  );
  expect(pns.lines.at(-1)?.event).toBe('stopped');
});

it('a stop that hangs is ended within 10 s, with the exit code of a stop', async () => {
  await startWith(`
    import { writeSync } from 'node:fs';
    import { BroadcastChannel, isMainThread } from 'node:worker_threads';
    const channel = new BroadcastChannel('trouble');
    channel.unref();
    if (isMainThread) process.on('SIGUSR2', () => channel.postMessage('now'));
    else channel.onmessage = () => {
      writeSync(2, 'hangs');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    };`);
  pns.signal('SIGUSR2');
  await expect.poll(() => pns.errors(), { timeout: 10_000 }).toBe('hangs');
  const exit = pns.exited();
  const from = performance.now();
  pns.signal('SIGTERM');
  expect((await exit)?.[0]).toBe(0);
  expect(performance.now() - from).toBeLessThan(10_000);
  expect(pns.lines.at(-1)?.event).toBe('stopping');
});

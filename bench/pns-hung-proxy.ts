import { setTimeout } from 'node:timers/promises';
import { startPns } from './packaged-pns.ts';

/**
 * How long callers wait for pns while the proxy hangs: 200 at once, by the caller's own clock. Fails where one waits
 * for more than the deadline and 50 ms, or a register beside them is not acknowledged.
 */
const atOnce = 200;
const deadlineMs = 2_000;
const mostMs = deadlineMs + 50;

const { endpoint, ask, close } = await startPns({ CALL_DEADLINE_MS: deadlineMs });
const timed = async (path: string): Promise<{ text: string; tookMs: number }> => {
  const from = performance.now();
  const text = await ask(path);
  return { text, tookMs: performance.now() - from };
};
const callAll = (name: string) =>
  Promise.all(Array.from({ length: atOnce }, (_, n) => timed(`/push_call?to=${name}${n}`)));

await callAll('warm');
endpoint.set('hang');
const called = callAll('hung');
await setTimeout(deadlineMs / 2);
const registered = await timed('/register?extension=101&token=secret:token');
const calls = await called;

const slowest = Math.max(...calls.map(({ tookMs }) => tookMs));
process.stdout.write(
  `${atOnce} calls answered "${[...new Set(calls.map(({ text }) => text))]}", the slowest after ` +
    `${slowest.toFixed(0)} ms (at most ${mostMs}); a register beside them "${registered.text}" after ` +
    `${registered.tookMs.toFixed(0)} ms\n`,
);

await close();
process.exitCode = slowest <= mostMs && registered.text === 'OK' ? 0 : 1;

import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { makeKey, writeKey } from '../lambda/core/key.ts';
import { createDaemon } from '../test/pbx/support/daemon.ts';
import { unpackPns } from '../test/pbx/support/packaged-pns.ts';
import { createStandInEndpoint } from '../test/pbx/support/stand-in-endpoint.ts';

/**
 * How long callers wait for pns while the proxy hangs: 200 at once, by the caller's own clock. Fails where one waits
 * for more than the deadline and 50 ms, or a register beside them is not acknowledged.
 */
const atOnce = 200;
const deadlineMs = 2_000;
const mostMs = deadlineMs + 50;

const endpoint = createStandInEndpoint();
const { url } = await endpoint.start();
const packaged = await unpackPns();
const pns = createDaemon({ PUSH_URL: url, KEY: writeKey(makeKey()), CALL_DEADLINE_MS: deadlineMs }, [
  packaged.program,
]);
await pns.start();

const agent = new Agent({ keepAlive: true });
const ask = async (path: string): Promise<{ text: string; tookMs: number }> => {
  const from = performance.now();
  const asked = request(`${pns.url()}${path}`, { agent }).end();
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { text: text.trim(), tookMs: performance.now() - from };
};
const callAll = (name: string) =>
  Promise.all(Array.from({ length: atOnce }, (_, n) => ask(`/push_call?to=${name}${n}`)));

await callAll('warm');
endpoint.set('hang');
const called = callAll('hung');
await setTimeout(deadlineMs / 2);
const registered = await ask('/register?extension=101&token=secret:token');
const calls = await called;

const slowest = Math.max(...calls.map(({ tookMs }) => tookMs));
process.stdout.write(
  `${atOnce} calls answered "${[...new Set(calls.map(({ text }) => text))]}", the slowest after ` +
    `${slowest.toFixed(0)} ms (at most ${mostMs}); a register beside them "${registered.text}" after ` +
    `${registered.tookMs.toFixed(0)} ms\n`,
);

agent.destroy();
await pns.stop();
await endpoint.stop();
pns.remove();
packaged.remove();
process.exitCode = slowest <= mostMs && registered.text === 'OK' ? 0 : 1;

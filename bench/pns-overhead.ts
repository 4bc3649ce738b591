import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { createClient } from 'pns-proxy-client';
import { makeKey, writeKey } from '../lambda/core/key.ts';
import { createDaemon } from '../test/pbx/support/daemon.ts';
import { unpackPns } from '../test/pbx/support/packaged-pns.ts';
import { createStandInEndpoint } from '../test/pbx/support/stand-in-endpoint.ts';

/**
 * What pns adds to a call: /push_call through it and directly, by turns, over kept-alive connections to an endpoint
 * that answers at once. Fails where the median of one is more than 1 ms above the other's.
 */
const rounds = 3_000;
const warmUp = 300;
const mostAddedMs = 1;

const key = writeKey(makeKey());
const endpoint = createStandInEndpoint();
const { url } = await endpoint.start();
const packaged = await unpackPns();
const pns = createDaemon({ PUSH_URL: url, KEY: key, LOG_LEVEL: 'info' }, [packaged.program]);
await pns.start();
const client = createClient({ url, key });
const agent = new Agent({ keepAlive: true });

const through = async (to: string): Promise<void> => {
  const asked = request(`${pns.url()}/push_call?to=${to}`, { agent }).end();
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  if (text.trim() !== '1') throw new Error(`pns answered ${text}`);
};
const direct = async (to: string): Promise<void> => {
  await client.pushCall({ to });
};

const timed = async (call: () => Promise<void>): Promise<number> => {
  const from = performance.now();
  await call();
  return performance.now() - from;
};
const at = (sorted: readonly number[], part: number): number => sorted[Math.floor(sorted.length * part)] ?? 0;

const took: { direct: number[]; through: number[] } = { direct: [], through: [] };
for (let round = 0; round < warmUp + rounds; round += 1) {
  const to = String(round);
  const times = { direct: await timed(() => direct(to)), through: await timed(() => through(to)) };
  endpoint.received.length = 0;
  if (round < warmUp) continue;
  took.direct.push(times.direct);
  took.through.push(times.through);
}

const report = Object.entries(took).map(([way, times]) => {
  const sorted = times.toSorted((a, b) => a - b);
  const [median, slow] = [at(sorted, 0.5), at(sorted, 0.99)];
  process.stdout.write(`${way.padEnd(8)} p50 ${median.toFixed(3)} ms, p99 ${slow.toFixed(3)} ms\n`);
  return median;
});
const added = (report[1] ?? 0) - (report[0] ?? 0);
process.stdout.write(
  `pns adds ${added.toFixed(3)} ms at the median of ${rounds} calls (at most ${mostAddedMs})\n`,
);

agent.destroy();
client.close();
await pns.stop();
await endpoint.stop();
pns.remove();
packaged.remove();
process.exitCode = added <= mostAddedMs ? 0 : 1;

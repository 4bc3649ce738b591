import { createClient } from 'pns-proxy-client';
import { startPns } from './packaged-pns.ts';

/**
 * What pns adds to a call: /push_call through it and directly, by turns, over kept-alive connections to an endpoint
 * that answers at once. Fails where the median of one is more than 1 ms above the other's.
 */
const rounds = 3_000;
const warmUp = 300;
const mostAddedMs = 1;

const { endpoint, url, key, ask, close } = await startPns();
const client = createClient({ url, key });

const through = async (to: string): Promise<void> => {
  const text = await ask(`/push_call?to=${to}`);
  if (text !== '1') throw new Error(`pns answered ${text}`);
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

client.close();
await close();
process.exitCode = added <= mostAddedMs ? 0 : 1;

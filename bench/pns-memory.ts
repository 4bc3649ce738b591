import { setTimeout } from 'node:timers/promises';
import { startPns } from './packaged-pns.ts';

/** What 100,000 calls leave in the memory of pns. Fails where it is more than 20 MiB above that after 1,000. */
const [few, many] = [1_000, 100_000];
const atOnce = 50;
const mostGrownMiB = 20;
/** A call is remembered for 5 s after its ring window, and forgotten by a sweep a second. */
const forgottenMs = 7_000;

// Calls end, as they do on a PBX.
const { endpoint, pns, ask, close } = await startPns({ RING_SECONDS: 5 });

let made = 0;
const caller = async (until: number): Promise<void> => {
  while (made < until) {
    made += 1;
    const text = await ask(`/push_call?to=${made % 500}`);
    if (text !== '1') throw new Error(`pns answered ${text}`);
    pns.lines.length = 0;
    endpoint.received.length = 0;
  }
};
const callUntil = (until: number) => Promise.all(Array.from({ length: atOnce }, () => caller(until)));

/** Resident memory as the daemon tells it, once it has forgotten every call. */
const memoryMiB = async (): Promise<number> => {
  for (;;) {
    const { body } = await pns.json('/status');
    if (body['callsInProgress'] === 0) break;
    await setTimeout(500);
  }
  await setTimeout(forgottenMs);
  const [, bytes] = /^process_resident_memory_bytes (\d+)/m.exec(await ask('/metrics')) ?? [];
  return Number(bytes) / 1_048_576;
};

await callUntil(few);
const after = await memoryMiB();
await callUntil(many);
const grown = (await memoryMiB()) - after;
process.stdout.write(
  `${after.toFixed(1)} MiB after ${few} calls, ${grown.toFixed(1)} MiB more after ${many} (at most ${mostGrownMiB})\n`,
);

await close();
process.exitCode = grown <= mostGrownMiB ? 0 : 1;

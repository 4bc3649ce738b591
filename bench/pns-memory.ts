import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { makeKey, writeKey } from '../lambda/core/key.ts';
import { createDaemon } from '../test/pbx/support/daemon.ts';
import { createStandInEndpoint } from '../test/pbx/support/stand-in-endpoint.ts';

/** What 100,000 calls leave in the memory of pns. Fails where it is more than 20 MiB above that after 1,000. */
const [few, many] = [1_000, 100_000];
const atOnce = 50;
const mostGrownMiB = 20;

const endpoint = createStandInEndpoint();
const { url } = await endpoint.start();
const pns = createDaemon({
  PUSH_URL: url,
  KEY: writeKey(makeKey()),
  // Calls end, as they do on a PBX.
  RING_SECONDS: 5,
});
await pns.start();

const agent = new Agent({ keepAlive: true });
const ask = async (path: string): Promise<string> => {
  const asked = request(`${pns.url()}${path}`, { agent }).end();
  const [response] = await once(asked, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
};

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

/** Resident memory as the daemon tells it, once no call is in progress any more. */
const memoryMiB = async (): Promise<number> => {
  for (;;) {
    const { body } = await pns.json('/status');
    if (body['callsInProgress'] === 0) break;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const { text } = await pns.get('/metrics');
  const [, bytes] = /^process_resident_memory_bytes (\d+)/m.exec(text) ?? [];
  return Number(bytes) / 1_048_576;
};

await callUntil(few);
const after = await memoryMiB();
await callUntil(many);
const grown = (await memoryMiB()) - after;
process.stdout.write(
  `${after.toFixed(1)} MiB after ${few} calls, ${grown.toFixed(1)} MiB more after ${many} (at most ${mostGrownMiB})\n`,
);

agent.destroy();
await pns.stop();
await endpoint.stop();
pns.remove();
process.exitCode = grown <= mostGrownMiB ? 0 : 1;

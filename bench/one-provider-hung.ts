import { setTimeout } from 'node:timers/promises';
import { startLocalCloud } from '../local/cloud.ts';
import type { ReceivedPush } from '../local/pushes.ts';
import { demoSettings } from '../local/settings.ts';

/**
 * How much later pushes reach the other providers while one of them hangs: from the request to the push's arrival at each
 * fake, the median of calls to an extension with a phone on every platform. Calls with all well and with one provider hung
 * take turns, so that both meet the same machine. Fails where a hung provider costs another's pushes more than 50 ms.
 */
const rounds = 20;
const mostMs = 50;
const pauseMs = 50;
const providers = ['google', 'apple', 'huawei', 'webpush'] as const;
type Provider = (typeof providers)[number];

const cloud = await startLocalCloud({ settings: demoSettings(), port: 0, onLog: () => {} });
const { url, key } = cloud.info;
const post = async (path: string, body: object): Promise<Record<string, unknown>> => {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, unknown>;
};

const subscription = await post('/_local/subscriptions', {});
const phones = {
  google: { platform: 'fcm', token: `fcm-bench:APA91b${'x'.repeat(64)}` },
  apple: { platform: 'apns-voip', token: 'ab'.repeat(32), deviceId: 'iphone' },
  huawei: { platform: 'hms', token: `hms-bench-${'x'.repeat(64)}` },
  webpush: { platform: 'webpush', token: subscription['token'] },
} satisfies Record<Provider, object>;
for (const phone of Object.values(phones)) await post('/register', { extension: '101', ...phone });

/** Milliseconds from the request until each provider that is well has the push. */
const call = async (hung?: Provider): Promise<Map<string, number>> => {
  const uuid = crypto.randomUUID();
  const well = providers.filter((provider) => provider !== hung);
  const from = performance.now();
  const arrivals = well.map(async (provider) => {
    const isIt = (push: ReceivedPush) =>
      push.provider === provider && JSON.stringify(push.payload).includes(uuid);
    await cloud.pushes.next(isIt, 10_000);
    return [provider, performance.now() - from] as const;
  });
  const answered = post('/push_call', { to: '101', uuid });
  const took = new Map(await Promise.all(arrivals));
  await answered;
  return took;
};

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

for (let warm = 0; warm < 5; warm += 1) await call();
let worst = 0;
for (const hung of providers) {
  const took = { well: new Map<string, number[]>(), hung: new Map<string, number[]>() };
  const note = (into: Map<string, number[]>, of: Map<string, number>) => {
    for (const [provider, ms] of of) into.set(provider, [...(into.get(provider) ?? []), ms]);
  };
  for (let round = 0; round < rounds; round += 1) {
    // Whichever comes first in a round has had the longer pause before it.
    if (round % 2 === 0) note(took.well, await call());
    cloud.faults.set({ provider: hung }, 'hang');
    note(took.hung, await call(hung));
    cloud.faults.clear();
    if (round % 2 === 1) note(took.well, await call());
    await setTimeout(pauseMs);
  }
  for (const provider of providers.filter((one) => one !== hung)) {
    const [without, withIt] = [median(took.well.get(provider) ?? []), median(took.hung.get(provider) ?? [])];
    worst = Math.max(worst, withIt - without);
    process.stdout.write(
      `${hung} hangs: ${provider} has its push after ${withIt.toFixed(1)} ms, ${without.toFixed(1)} ms without ` +
        `(${(withIt - without).toFixed(1)} ms more, at most ${mostMs})\n`,
    );
  }
}
await cloud.close();
process.exitCode = worst <= mostMs ? 0 : 1;

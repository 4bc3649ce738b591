import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildChild, startChild } from './built-child.ts';
import { createEndpoint, scratch } from './support.ts';

const kills = 1_000;
/** Spools that are killed side by side. */
const lanes = 4;
/** More than the requests of one life. */
const numbersPerLife = 100_000;

const place = scratch();
let script: string;
beforeAll(async () => {
  script = await buildChild(place.dir);
});
afterAll(place.remove);

/** The token that a request is about, and its number. */
const read = (body: Record<string, unknown>): [token: string, n: number] => {
  if ('oldToken' in body)
    return [String(body['oldToken']), Number(String(body['newToken']).replace('new-', ''))];
  return [String(body['token']), Number(body['extension'] ?? body['line'])];
};

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

const runLane = async (lane: number) => {
  const endpoint = createEndpoint();
  await endpoint.start();
  const file = `${place.dir}/lane-${lane}/spool.db`;
  const acknowledged: number[] = [];

  for (let life = 1; life <= kills / lanes; life += 1) {
    const child = startChild(script, [file, endpoint.url(), String(life * numbersPerLife)]);
    // While it starts and reads what the last one left, one time in eight; or while it works.
    if (life % 8 === 0) await pause(Math.random() * 100);
    else {
      const lines = 1 + Math.floor(Math.random() * 8);
      await child.until(() => child.lines.length >= lines);
      await pause(Math.random() * 8);
    }
    child.kill();
    await child.ended;
    acknowledged.push(...child.lines.slice(1).map(Number));
  }
  const last = startChild(script, [file, endpoint.url(), 'drain']);
  expect(await last.ended).toBe(0);
  await endpoint.stop();
  return { acknowledged, taken: endpoint.taken.map(({ body }) => read(body)) };
};

it(`killed ${kills} times at random: nothing acknowledged is lost, and nothing comes after what was taken later`, async () => {
  const ran = await Promise.all(Array.from({ length: lanes }, (_, lane) => runLane(lane)));
  for (const { acknowledged, taken } of ran) {
    const arrived = new Set(taken.map(([, n]) => n));
    expect(acknowledged.filter((n) => !arrived.has(n))).toEqual([]);

    const newest = new Map<string, number>();
    const outOfOrder = taken.filter(([token, n]) => {
      const before = newest.get(token) ?? 0;
      newest.set(token, Math.max(before, n));
      return n < before;
    });
    expect(outOfOrder).toEqual([]);

    // Some were killed between the proxy's answer and the end of writing that down.
    expect(taken.length).toBeGreaterThan(arrived.size);
    expect(arrived.size).toBeGreaterThan(kills / lanes);
  }
}, 600_000);

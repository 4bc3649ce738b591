import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeKey, writeKey } from '../../../lambda/core/key.ts';
import { createDaemon } from '../support/daemon.ts';
import { unpackPns } from '../support/packaged-pns.ts';
import { createStandInEndpoint } from '../support/stand-in-endpoint.ts';

/** The whole of pns, as it is packaged, over HTTP; test/pbx/spool/kill.test.ts kills its spool 1,000 times. */
const kills = 40;

const endpoint = createStandInEndpoint();
let packaged: Awaited<ReturnType<typeof unpackPns>>;
beforeAll(async () => {
  packaged = await unpackPns();
});
afterAll(async () => {
  await endpoint.stop();
  packaged.remove();
});

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it(`killed ${kills} times while it is asked over HTTP: nothing acknowledged is lost, and nothing comes out of order`, async () => {
  const { url } = await endpoint.start();
  // So that some are killed between the endpoint's doing and its answer.
  endpoint.delay(() => Math.random() * 20);
  const pns = createDaemon({ PUSH_URL: url, KEY: writeKey(makeKey()) }, [packaged.program]);
  const acknowledged: number[] = [];
  let n = 0;

  /** Asks about a token, again and again, until pns is gone. */
  const askAbout = async (token: string): Promise<void> => {
    for (;;) {
      n += 1;
      const mine = n;
      const answer = await (mine % 3 === 0
        ? pns.form('/update', { oldToken: token, newToken: `${token}:${mine}` })
        : pns.form('/register', { token, extension: `${mine}` })
      ).catch(() => undefined);
      if (answer === undefined) return;
      expect(answer).toEqual({ status: 200, text: 'OK' });
      acknowledged.push(mine);
    }
  };

  for (let life = 0; life < kills; life += 1) {
    await pns.start();
    const asking = Promise.all(['token:a', 'token:b', 'token:c', 'token:d'].map(askAbout));
    // In its first moments, one time in eight; or while it works.
    if (life % 8 === 0) await pause(Math.random() * 30);
    else {
      const until = acknowledged.length + 1 + Math.floor(Math.random() * 20);
      await expect
        .poll(() => acknowledged.length, { timeout: 20_000, interval: 2 })
        .toBeGreaterThanOrEqual(until);
      await pause(Math.random() * 8);
    }
    await pns.stop('SIGKILL');
    await asking;
  }
  await pns.start();
  const isEmpty = async () => {
    const { body } = await pns.json('/status');
    return (body['spool'] as { depth: number }).depth === 0;
  };
  await expect.poll(isEmpty, { timeout: 120_000, interval: 250 }).toBe(true);
  expect(await pns.stop()).toBe(0);
  pns.remove();

  const arrived = endpoint.received
    .filter(({ route }) => route === '/register' || route === '/update')
    .map(({ body: { token, oldToken, newToken, extension } }) => ({
      token: String(token ?? oldToken),
      n: Number(extension ?? String(newToken).split(':').at(-1)),
    }));
  const numbers = new Set(arrived.map((one) => one.n));
  expect(acknowledged.length).toBeGreaterThan(kills);
  expect(acknowledged.filter((one) => !numbers.has(one))).toEqual([]);
  const newest = new Map<string, number>();
  for (const one of arrived) {
    expect(one.n).toBeGreaterThanOrEqual(newest.get(one.token) ?? 0);
    newest.set(one.token, Math.max(one.n, newest.get(one.token) ?? 0));
  }
}, 300_000);

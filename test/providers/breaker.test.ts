import { beforeEach, describe, expect, it } from 'vitest';
import type { RefusalReason } from '../../lambda/core/ports.ts';
import { PushRefusal } from '../../lambda/core/ports.ts';
import { withBreaker } from '../../lambda/providers/breaker.ts';
import { apps, aUuid, callPush, noon } from '../support/builders.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const call = { uuid: aUuid, callee: '101', pbxId: 'pbx-1', sentAt: noon, expiresAt: noon + 30_000 };
const push = callPush('hms', apps['demo'] ?? {}, call, 30);
const to = { app: 'demo', token: 'a-token' };

let time: ReturnType<typeof createFakeClock>;
let asked: number;
let refusal: RefusalReason | undefined;
let hangs: Promise<unknown> | undefined;
let gateway: ReturnType<typeof withBreaker>;
beforeEach(() => {
  time = createFakeClock();
  asked = 0;
  refusal = undefined;
  hangs = undefined;
  const provider = {
    publish: async () => {
      asked += 1;
      if (hangs !== undefined) await hangs;
      if (refusal !== undefined) throw new PushRefusal(refusal);
      return 'taken';
    },
  };
  gateway = withBreaker(provider, time.clock);
});
const publish = () =>
  gateway.publish(to, push, new AbortController().signal).catch((error: unknown) => {
    if (error instanceof PushRefusal) return error.reason;
    throw error;
  });
/** Pushes every so many milliseconds, and gives what they came to. */
const pushEvery = async (ms: number, times: number) => {
  const outcomes: string[] = [];
  for (let i = 0; i < times; i += 1) {
    outcomes.push(await publish());
    time.pass(ms);
  }
  return outcomes;
};
const breakDown = () => {
  refusal = 'unavailable';
  return pushEvery(1_000, 4).then(() => publish());
};

describe('a breaker', () => {
  it('lets a short failure be, however many pushes it costs: a call is repeated while it rings', async () => {
    refusal = 'unavailable';
    expect(await pushEvery(29, 100)).toEqual(Array(100).fill('unavailable'));
    refusal = undefined;
    expect(await publish()).toBe('taken');
  });

  it('refuses at once, and asks nothing, after three seconds of failures alone', async () => {
    expect(await breakDown()).toBe('unavailable');
    asked = 0;
    expect(await pushEvery(1, 50)).toEqual(Array(50).fill('provider-down'));
    expect(asked).toBe(0);
  });

  it('does not take two failures that are far apart for an outage', async () => {
    refusal = 'unavailable';
    expect(await pushEvery(60_000, 2)).toEqual(['unavailable', 'unavailable']);
    expect(await publish()).toBe('unavailable');
  });

  it('lets one push try, and the others wait for what becomes of it', async () => {
    await breakDown();
    time.pass(1_000);
    refusal = undefined;
    const outcomes = await Promise.all([publish(), publish(), publish()]);
    expect(outcomes).toEqual(['taken', 'provider-down', 'provider-down']);
    expect(await publish()).toBe('taken');
  });

  it('tries more and more rarely, but every ten seconds at least', async () => {
    await breakDown();
    const tries: number[] = [];
    const begun = time.clock.now();
    while (time.clock.now() - begun < 60_000) {
      if ((await publish()) === 'unavailable') tries.push(time.clock.now());
      time.pass(50);
    }
    const gaps = tries.map((at, index) => at - (tries[index - 1] ?? begun));
    expect(gaps[0]).toBeLessThanOrEqual(1_000);
    expect(gaps.toSorted((a, b) => a - b)).toEqual(gaps);
    expect(Math.max(...gaps)).toBeLessThanOrEqual(10_000);
  });

  it('forgets an outage once a push was taken', async () => {
    await breakDown();
    time.pass(1_000);
    refusal = undefined;
    expect(await publish()).toBe('taken');
    refusal = 'unavailable';
    expect(await pushEvery(1, 20)).toEqual(Array(20).fill('unavailable'));
  });

  it.each(['token-refused', 'throttled', 'application-disabled', 'invalid-notification'] as const)(
    'takes a refusal for an answer: %s',
    async (reason) => {
      refusal = reason;
      expect(await pushEvery(1_000, 20)).toEqual(Array(20).fill(reason));
    },
  );

  it('is not held open for good by a push that tries and hangs', async () => {
    await breakDown();
    time.pass(1_000);
    const released = Promise.withResolvers<void>();
    hangs = released.promise;
    refusal = undefined;
    const hung = publish();
    hangs = undefined;
    expect(await publish()).toBe('provider-down');
    time.pass(10_000);
    expect(await publish()).toBe('taken');
    released.resolve();
    expect(await hung).toBe('taken');
  });

  it('does not take it from whoever ran out of time that the provider is down', async () => {
    hangs = undefined;
    refusal = 'unavailable';
    for (let i = 0; i < 50; i += 1) {
      const ran = gateway.publish(to, push, AbortSignal.abort()).catch((error: PushRefusal) => error.reason);
      expect(await ran).toBe('unavailable');
      time.pass(200);
    }
    refusal = undefined;
    expect(await publish()).toBe('taken');
  });

  it('gives the try back of whoever ran out of time', async () => {
    await breakDown();
    time.pass(1_000);
    const ran = gateway.publish(to, push, AbortSignal.abort()).catch((error: PushRefusal) => error.reason);
    expect(await ran).toBe('unavailable');
    refusal = undefined;
    expect(await publish()).toBe('taken');
  });

  it('forgets a failure of an hour ago', async () => {
    refusal = 'unavailable';
    await publish();
    time.pass(3_600_000);
    expect(await pushEvery(1, 10)).toEqual(Array(10).fill('unavailable'));
  });

  it('is not kept shut by a clock that was put back', async () => {
    await breakDown();
    time.pass(-3_600_000);
    refusal = undefined;
    expect(await publish()).toBe('taken');
  });

  it('waits no longer for many that failed at once than for one', async () => {
    refusal = 'unavailable';
    await pushEvery(1_000, 4);
    await Promise.all(Array.from({ length: 20 }, publish));
    refusal = undefined;
    time.pass(1_000);
    expect(await publish()).toBe('taken');
  });
});

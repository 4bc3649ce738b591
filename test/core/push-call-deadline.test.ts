import { once } from 'node:events';
import { beforeEach, describe, expect, it } from 'vitest';
import type { PushReason } from '../../lambda/core/contract.ts';
import { aRegistration, caller, fcmToken, noon } from '../support/builders.ts';
import type { CorePorts } from './core-ports.ts';
import { createCorePorts } from './core-ports.ts';

const row = aRegistration({ token: fcmToken('ann') });
let core: CorePorts;
beforeEach(() => {
  core = createCorePorts();
});
const now = () => core.time.clock.now();
const reasonsOf = ({ phones }: { phones: { reason?: PushReason }[] }) => phones.map(({ reason }) => reason);
const refuseTimes = (count: number, reason: 'throttled' | 'unavailable') => {
  let left = count;
  core.sns.intercept(() => {
    left -= 1;
    return left >= 0 ? reason : undefined;
  });
};
/** Requests that wait until they are let go. */
const holdBack = () => {
  let release = () => {};
  const held = new Promise<undefined>((resolve) => {
    release = () => resolve(undefined);
  });
  core.sns.intercept(() => held);
  return { release };
};

describe('push_call: what the ring window leaves', () => {
  it.each([
    ['throttled', 50 + 100],
    ['unavailable', 50 + 100],
  ] as const)(
    'what is %s is pushed again while there is time, to live as much shorter',
    async (reason, waited) => {
      await core.seed(row);
      refuseTimes(2, reason);
      expect(await core.pushCall({ ringSeconds: 30 })).toMatchObject({ accepted: 1 });
      expect(now()).toBe(noon + waited);
      expect(core.sns.published).toMatchObject([
        { push: { ttlSeconds: 29, body: { android: { ttl: '29s' } } } },
      ]);
    },
  );

  it('counts from when API Gateway took the request, not from when the function began', async () => {
    await core.seed(row);
    await core.pushCall({ ringSeconds: 30 }, caller(), noon - 12_300);
    expect(core.sns.published).toMatchObject([{ push: { ttlSeconds: 17 } }]);
  });

  it('uses the deployment’s ring window where the request names none', async () => {
    await core.seed(row);
    core.ports.ringSeconds = 45;
    await core.pushCall();
    expect(core.sns.published).toMatchObject([{ push: { ttlSeconds: 45 } }]);
  });

  it.each([
    ['nothing', 0, 0],
    ['2.9 s of it', 2.9, 0],
    ['2 s after 28 s on the way', 30, 28_000],
    ['less than nothing', 30, 120_000],
  ])('too little: %s: nothing is pushed, made or written', async (_, ringSeconds, ago) => {
    await core.ports.table.claim(row);
    core.calls.length = 0;
    const answer = await core.pushCall({ ringSeconds }, caller(), noon - ago);
    expect(answer).toMatchObject({
      devices: 1,
      accepted: 0,
      phones: [{ reason: 'expired', retryable: false }],
    });
    expect(core.calls).toEqual(['table.ofExtension']);
  });

  it('pushes with 3 s of it and a little: never with a TTL under 3', async () => {
    await core.seed(row);
    await core.pushCall({ ringSeconds: 3.05 });
    expect(core.sns.published).toMatchObject([{ push: { ttlSeconds: 3 } }]);
  });
});

describe('push_call: the deadline', () => {
  it('is 4 s for a call that rings longer: throttled until then, the answer says so, and no sooner gives up', async () => {
    await core.seed(row);
    core.sns.intercept(() => 'throttled');
    expect(reasonsOf(await core.pushCall({ ringSeconds: 30 }))).toEqual(['throttled']);
    expect(now()).toBeGreaterThan(noon + 2_000);
    expect(now()).toBeLessThan(noon + 4_000);
  });

  it('is 3 s before the end for a call that rings shorter', async () => {
    await core.seed(row);
    core.sns.intercept(() => 'unavailable');
    await core.pushCall({ ringSeconds: 3.5 });
    expect(now()).toBeLessThan(noon + 500);
  });

  it('a hung SNS: the answer comes at the deadline, the request is ended, and nothing goes out afterwards', async () => {
    await core.seed(row);
    const { release } = holdBack();
    const signals: AbortSignal[] = [];
    const { gateway } = core.ports;
    core.ports.gateway = {
      ...gateway,
      publish: (arn, push, signal) => {
        signals.push(signal);
        return gateway.publish(arn, push, signal);
      },
    };
    // 30 ms before the end of what may be pushed: the request's own time runs by the system's clock.
    const answer = await core.pushCall({ ringSeconds: 3.03 });
    expect(answer).toMatchObject({ accepted: 0, phones: [{ reason: 'unavailable', retryable: true }] });
    expect(now()).toBe(noon + 30);

    const [signal] = signals;
    if (signal && !signal.aborted) await once(signal, 'abort');
    release();
    await core.time.sleepOut();
    expect(core.sns.published).toEqual([]);
    expect(core.calls.filter((call) => call === 'sns.publish')).toHaveLength(1);
  });

  it('an SNS that hangs while it makes an endpoint: it may come, but no push after the deadline', async () => {
    await core.ports.table.claim(row);
    const { release } = holdBack();
    expect(reasonsOf(await core.pushCall())).toEqual(['unavailable']);
    expect(now()).toBe(noon + 4_000);
    release();
    await core.time.sleepOut();
    expect(core.sns.endpoints()).toHaveLength(1);
    expect(core.calls).not.toContain('sns.publish');
  });

  it('a table that hangs on a write: the answer comes, and no push after the deadline', async () => {
    await core.ports.table.claim(row);
    let release = () => {};
    core.before(
      'table.setEndpoint',
      () =>
        new Promise<void>((resolve) => {
          release = resolve;
        }),
    );
    expect(reasonsOf(await core.pushCall())).toEqual(['unavailable']);
    release();
    await core.time.sleepOut();
    expect(core.calls).not.toContain('sns.publish');
  });

  it('one phone’s hang keeps no other from ringing, nor from being told of', async () => {
    const other = aRegistration({ token: fcmToken('bob') });
    await core.seed(row, other);
    const hung = core.sns.endpointOf(row, row.token);
    core.sns.intercept(({ subject }) => (subject === hung ? new Promise(() => {}) : undefined));
    const answer = await core.pushCall();
    expect(answer).toMatchObject({ devices: 2, accepted: 1 });
    expect(core.sns.published).toMatchObject([{ token: other.token }]);
  });
});

import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { releaseEndpoint } from '../lambda/core/endpoints.ts';
import type { Push } from '../lambda/core/payload.ts';
import type { RefusalReason } from '../lambda/core/ports.ts';
import type { CorePorts } from './core/core-ports.ts';
import { createCorePorts } from './core/core-ports.ts';
import { appleToken, aRegistration, caller, fcmToken, noon } from './support/builders.ts';

const token = fcmToken('ann');
const newToken = fcmToken('new');
const row = aRegistration({ token, registeredAt: noon - 60_000, claimedAt: noon - 60_000 });
const [own, foreign] = [caller('pbx-1'), caller('pbx-2')];
let core: CorePorts;

/** Everything that the deployment does by itself once a row is gone. */
const begin = (): CorePorts => {
  const started = createCorePorts();
  started.onRemoved((removed) => {
    releaseEndpoint(started.ports, removed).catch(() => {});
  });
  return started;
};
beforeEach(() => {
  core = begin();
});
/** The tokens that a call rings. */
const rings = async (extension = '101', who = own): Promise<string[]> => {
  const before = core.sns.published.length;
  await core.pushCall({ to: extension }, who);
  return core.sns.published.slice(before).map((push) => push.token);
};

describe('invariant 1: an acknowledged register, update or delete survives a crash (walked in test/walk)', () => {
  it('a register rings, though SNS was down for all of it', async () => {
    core.sns.intercept(() => 'unavailable');
    await core.register({ token });
    core.sns.intercept(undefined);
    expect(await rings()).toEqual([token]);
  });

  it('an update rings by the new token alone, though SNS was down for all of it', async () => {
    await core.seed(row);
    core.sns.intercept(() => 'unavailable');
    await core.update(token, newToken);
    core.sns.intercept(undefined);
    expect(await rings()).toEqual([newToken]);
  });

  it('a delete rings no more, though what follows it never came', async () => {
    core = createCorePorts();
    await core.seed(row);
    await core.delete({ token });
    expect(core.sns.endpoints()).toHaveLength(1);
    expect(await rings()).toEqual([]);
  });
});

describe('invariant 2: a PBX touches and learns nothing of another’s (walked in test/walk, asked in test/http)', () => {
  const attacks = {
    register: () => core.register({ token, extension: '666' }, foreign),
    update: () => core.update(token, newToken, foreign),
    delete: () => core.delete({ token }, foreign),
    deleteExtension: () => core.delete({ extension: '101' }, foreign),
    call: () => core.pushCall({ uuid: 'x' }, foreign),
    cancel: () => core.pushCancel({}, foreign),
    message: () => core.pushMessage({ messageId: 'x' }, foreign),
  };
  const names = fc.shuffledSubarray(Object.keys(attacks) as (keyof typeof attacks)[]);
  const outcomes = async (order: readonly (keyof typeof attacks)[]) => {
    const answers: unknown[] = [];
    for (const name of order) {
      const answer: unknown = await attacks[name]().catch((error: unknown) => String(error));
      answers.push([name, answer]);
    }
    return answers;
  };

  it('whatever it sends, in whatever order, with the other’s tokens', async () => {
    await fc.assert(
      fc.asyncProperty(names, async (order) => {
        core = begin();
        const alone = await outcomes(order);

        core = begin();
        await core.seed(row);
        const before = core.rows().filter(({ pbxId }) => pbxId === 'pbx-1');
        expect(await outcomes(order)).toEqual(alone);
        expect(core.rows().filter(({ pbxId }) => pbxId === 'pbx-1')).toEqual(before);
        expect(await rings()).toEqual([token]);
      }),
      { numRuns: 120 },
    );
  });
});

describe('invariant 3: a token rings only for the extension that registered it last (walked in test/walk)', () => {
  it('also where the second register was cut off after its first write', async () => {
    await core.register({ token, extension: '101' });
    core.time.pass(1);
    core.before('table.ofExtension', () => Promise.reject(new Error('cut off')));
    await core.register({ token, extension: '102' }).catch(() => {});
    expect(await rings('101')).toEqual([]);
    expect(await rings('102')).toEqual([token]);
  });

  it('also where the first one’s log-out, or update, comes late', async () => {
    await core.register({ token, extension: '101' });
    core.time.pass(1);
    await core.register({ token: newToken, extension: '102' });
    await core.update(token, newToken);
    await core.delete({ extension: '101' });
    expect(await rings('101')).toEqual([]);
    expect(await rings('102')).toEqual([newToken]);
  });
});

describe('invariant 4: every call push expires with its ring window (more in test/core/push-call-deadline)', () => {
  const hindrances = fc.array(
    fc.record({
      reason: fc.constantFrom<RefusalReason | undefined>(
        undefined,
        'throttled',
        'unavailable',
        'endpoint-missing',
        'endpoint-disabled',
      ),
      takesMs: fc.constantFrom(0, 0, 3, 40, 700, 3_900),
    }),
    { maxLength: 40 },
  );

  it('however long each request takes, and whatever is repeated, made or enabled', async () => {
    const ringSeconds = fc
      .noBias(fc.integer({ min: 2_500, max: 40_000 }))
      .map((milliseconds) => milliseconds / 1_000);
    const late = fc.noBias(fc.integer({ min: 0, max: 2_000 }));
    let pushes = 0;
    await fc.assert(
      fc.asyncProperty(hindrances, ringSeconds, late, fc.boolean(), async (left, seconds, ago, known) => {
        core = begin();
        if (known) await core.seed({ ...row, verifiedAt: row.registeredAt - 1 });
        else await core.ports.table.claim(row);
        const expiresAt = noon - ago + seconds * 1_000;
        const attempts: { at: number; push: Push }[] = [];
        const { gateway } = core.ports;
        core.ports.gateway = {
          ...gateway,
          publish: (arn, push, signal) => {
            attempts.push({ at: core.time.clock.now(), push });
            return gateway.publish(arn, push, signal);
          },
        };
        core.sns.intercept(() => {
          const hindrance = left.shift();
          core.time.pass(hindrance?.takesMs ?? 0);
          return hindrance?.reason;
        });
        await core.pushCall({ ringSeconds: seconds }, own, noon - ago);
        await core.time.sleepOut();

        pushes += attempts.length;
        for (const { at, push } of attempts) {
          expect(push.ttlSeconds).toBeGreaterThanOrEqual(3);
          expect(at + push.ttlSeconds * 1_000).toBeLessThanOrEqual(expiresAt);
          expect(at).toBeLessThan(noon + 4_000);
          expect(push.body).toMatchObject({
            android: { ttl: `${push.ttlSeconds}s` },
            data: { expiresAt: new Date(expiresAt).toISOString() },
          });
        }
      }),
      { numRuns: 400 },
    );
    expect(pushes).toBeGreaterThan(200);
  });
});

describe('invariant 5: push_call is one read and one wave, and writes nothing (counted in test/core/push-call)', () => {
  it('in the ordinary case, accepted or refused for a reason that is not the token’s', async () => {
    await core.seed(row, aRegistration({ token: newToken }));
    for (const reason of [undefined, 'application-disabled', 'not-authorized'] as const) {
      core.sns.intercept(() => reason);
      core.calls.length = 0;
      await core.pushCall();
      expect(core.calls).toEqual(['table.ofExtension', 'sns.publish', 'sns.publish']);
    }
  });
});

describe('invariant 6: a token is given up on evidence only, never if registered since (walked in test/walk)', () => {
  const failure = () => ({
    endpointArn: core.sns.endpointOf(row, token),
    failureType: 'InvalidPlatformToken',
    at: noon,
  });

  it('not for a request that failed', async () => {
    await core.seed(row);
    for (const reason of ['throttled', 'unavailable', 'invalid-notification', 'not-authorized'] as const) {
      core.sns.intercept(() => reason);
      await rings();
    }
    core.sns.intercept(undefined);
    expect(await rings()).toEqual([token]);
  });

  it('not where the phone registered between the refusal and the news of it', async () => {
    await core.seed(row);
    core.sns.disable(failure().endpointArn);
    core.time.pass(1);
    await core.register({ token });
    await core.feedback(failure());
    expect(await rings()).toEqual([token]);
  });

  it('not where the phone registered while a call found its endpoint disabled', async () => {
    await core.seed(row);
    core.sns.disable(failure().endpointArn);
    core.time.pass(1);
    core.before('table.setRefusal', () => core.register({ token }));
    await core.pushCall();
    await core.feedback(failure());
    expect(await rings()).toEqual([token]);
  });
});

describe('invariant 7: a wrong credential never costs a token (more in test/core/feedback and deliver)', () => {
  it('whatever meets it: a call, a missing endpoint, a register, an update, or SNS’s news of it', async () => {
    await core.seed(row, { ...row, ...aRegistration({ token: fcmToken('bare'), extension: '102' }) });
    const endpointArn = core.sns.endpointOf(row, token);
    await core.ports.gateway.deleteEndpoint(core.sns.endpointOf(row, fcmToken('bare')));
    const rows = core.rows();

    for (const reason of ['application-disabled', 'not-authorized'] as const) {
      core.sns.intercept(() => reason);
      await core.pushCall({ to: '101' });
      await core.pushCall({ to: '102' });
    }
    for (const failureType of ['InvalidCredentials', 'Throttled', 'InvalidNotification']) {
      await core.feedback({ endpointArn, failureType, at: noon + 1 });
    }
    expect(core.rows()).toEqual(rows);

    await core.register({ token: fcmToken('fresh'), extension: '103' });
    await core.update(token, newToken);
    core.sns.intercept(undefined);
    expect(await rings('101')).toEqual([newToken]);
    expect(await rings('102')).toEqual([fcmToken('bare')]);
    expect(await rings('103')).toEqual([fcmToken('fresh')]);
  });
});

describe('invariant 10: one dead or slow provider delays no other (with the fakes in test/local/sns)', () => {
  it('what hangs at Apple keeps nothing from Google', async () => {
    const iphone = aRegistration({ token: appleToken('iphone'), platform: 'apns-voip' });
    await core.seed(iphone, row);
    const events: string[] = [];
    const released = Promise.withResolvers<undefined>();
    const atGoogle = core.sns.endpointOf(row, token);
    core.sns.intercept(async ({ subject }) => {
      const provider = subject === atGoogle ? 'Google' : 'Apple';
      events.push(`${provider} asked`);
      if (provider === 'Apple') await released.promise;
      events.push(`${provider} answered`);
      if (provider === 'Google') released.resolve(undefined);
      return undefined;
    });
    expect(await core.pushCall()).toMatchObject({ devices: 2, accepted: 2 });
    expect(events).toEqual(['Apple asked', 'Google asked', 'Google answered', 'Apple answered']);
    expect(core.sns.published.map((push) => push.token)).toEqual([token, iphone.token]);
  });
});

describe('invariant 11: the same call pushed twice rings once (made in test/core/uuid)', () => {
  const uuidsPushed = () =>
    new Set(core.sns.published.map(({ push }) => Object(Object(push.body).data).uuid));

  it.each([
    ['its UUID, however it is written', { uuid: '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d' }],
    ['its call ID', { callId: 'a84b4c76e66710@pc33.example.com' }],
  ])('carries the same UUID each time, and to each phone, by %s', async (_, call) => {
    await core.seed(row, aRegistration({ token: newToken }));
    const first = await core.pushCall(call);
    core.time.pass(2_000);
    const again = 'uuid' in call ? { uuid: call.uuid?.toUpperCase() } : call;
    const second = await core.pushCall({ ...call, ...again });
    expect(second.uuid).toBe(first.uuid);
    expect(core.sns.published).toHaveLength(4);
    expect(uuidsPushed()).toEqual(new Set([first.uuid]));
  });

  it('carries one UUID on every retry within a request', async () => {
    await core.seed(row);
    const reasons: ('throttled' | undefined)[] = ['throttled', 'throttled'];
    core.sns.intercept(() => reasons.shift());
    const { uuid } = await core.pushCall();
    expect(uuidsPushed()).toEqual(new Set([uuid]));
  });
});

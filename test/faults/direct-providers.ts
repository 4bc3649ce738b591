import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { Fault } from '../../local/faults.ts';
import type { DirectPhone } from './direct-calls.ts';
import {
  callAsking,
  callUntilRings,
  everyPhone,
  expectKept,
  expectOthersRing,
  expectRepeatRings,
  isDown,
  pausedMs,
} from './direct-calls.ts';
import type { Ledger } from './ledger.ts';
import { phoneIn } from './subject.ts';
import type { World } from './world.ts';

/** `apart`: it stops what all phones share, and so has a cloud of its own. */
export type DirectCase = { name: string; apart: boolean; run(world: World): Promise<void> };

type Provider = {
  name: string;
  column: 'Huawei' | 'push service';
  deviceId: DirectPhone;
  harmonyOs: boolean;
  passing: readonly Fault[];
  /** Those that speak of the token. */
  final: readonly Fault[];
  /** Those that speak of the app. */
  ofApp: readonly Fault[];
  /** Those that speak of what proves who we are, and that pass with a new one. */
  ofCredential: readonly Fault[];
};

const passing: readonly Fault[] = ['429', '500', '503', 'hang', 'reset'];
const huawei = {
  column: 'Huawei',
  deviceId: 'huawei',
  passing: [...passing, '80600003', '81000001'],
  final: ['UNREGISTERED', '80300007'],
  ofApp: ['80300002', '80300011', '80300037'],
} as const;

const providers: readonly Provider[] = [
  { ...huawei, name: 'Huawei', harmonyOs: false, ofCredential: ['80200001', '80200003', '80200005'] },
  { ...huawei, name: 'Huawei, HarmonyOS 5', harmonyOs: true, ofCredential: ['80200001', '80200005'] },
  {
    name: 'a push service',
    column: 'push service',
    deviceId: 'browser',
    harmonyOs: false,
    passing,
    final: ['410', 'UNREGISTERED'],
    ofApp: [],
    ofCredential: [],
  },
];

const casesOf = (provider: Provider, ledger: Ledger): DirectCase[] => {
  const { name, deviceId, column, harmonyOs } = provider;

  /** A call with the fault, once or for good; gives the answer, when all other phones have rung. */
  const callWith = async (world: World, fault: Fault, isOnce: boolean) => {
    const subject = await everyPhone(world, name, provider);
    const failing = subject[deviceId];
    const uuid = randomUUID();
    if (isOnce) world.failOnce(failing, fault);
    else world.setFault(failing, fault);
    const answer = await callAsking(subject, uuid, deviceId);
    await world.metFault(failing);
    ledger.add(`provider ${fault}`, column);
    const well = await expectOthersRing(subject, answer, deviceId, uuid);
    return { subject, failing, well, uuid, outcome: phoneIn(answer, deviceId) };
  };

  const once = (fault: Fault): DirectCase => ({
    name: `${name}, ${fault} once: the phone rings within its window`,
    apart: false,
    run: async (world) => {
      const { subject, failing, uuid, outcome } = await callWith(world, fault, true);
      // What hangs leaves little time for a second try before the answer is due.
      if (fault === 'hang' && outcome['accepted'] === false) {
        expect(outcome).toMatchObject({ retryable: true });
        await callUntilRings(subject, uuid, deviceId);
      } else expect(outcome).toMatchObject({ accepted: true });
      await subject.arrives(failing, uuid);
      expect(subject.timesArrived(failing, uuid)).toBe(1);
      await subject.deleted();
    },
  });

  const forGood = (fault: Fault): DirectCase => ({
    name: `${name}, ${fault} for good: the answer says so, the phone is kept, and a repeat rings`,
    apart: false,
    run: async (world) => {
      const { subject, uuid, outcome } = await callWith(world, fault, false);
      expect(outcome).toMatchObject({ accepted: false, retryable: true });
      expect(outcome['reason']).toMatch(/^(throttled|unavailable)$/);
      await expectRepeatRings(subject, deviceId, uuid);
      await subject.deleted();
    },
  });

  const down: DirectCase = {
    name: `${name}, down: it is asked no longer, and again once it is well`,
    apart: true,
    run: async (world) => {
      const { subject, well, uuid } = await callWith(world, 'hang', false);
      const answer = await vi.waitFor(
        async () => {
          const again = await subject.call(uuid);
          expect(isDown(again, deviceId)).toBe(true);
          return again;
        },
        { timeout: pausedMs, interval: 100 },
      );
      expect(phoneIn(answer, deviceId)).toMatchObject({ retryable: true });
      expect(answer.body).toMatchObject({ devices: 4, accepted: well.length });
      await expectRepeatRings(subject, deviceId, uuid);
      await subject.deleted();
    },
  };

  const refused = (fault: Fault): DirectCase => ({
    name: `${name}, ${fault}: the phone is given up, until it registers again`,
    apart: false,
    run: async (world) => {
      const { subject, failing, well, outcome } = await callWith(world, fault, false);
      expect(outcome).toMatchObject({ accepted: false, reason: 'token-refused', retryable: false });
      await subject.becomesRefused();
      world.clearFault(failing);
      await subject.expectRings(...well);
      if (deviceId === 'huawei') await subject.hasHuawei(harmonyOs);
      else await subject.hasBrowser();
      await subject.expectRings(...well, failing);
      await subject.deleted();
    },
  });

  /** What an operator must mend costs no token. */
  const notTheToken = (fault: Fault, { apart = false, startsAnew = false } = {}): DirectCase => ({
    name: `${name}, ${fault} for good: the phone is kept, and rings once it is mended`,
    apart,
    run: async (world) => {
      const { subject, uuid, outcome } = await callWith(world, fault, false);
      expect(outcome).toMatchObject({ accepted: false, reason: 'application-disabled', retryable: false });
      if (startsAnew) await world.crash();
      await expectRepeatRings(subject, deviceId, uuid);
      await subject.deleted();
    },
  });

  return [
    ...provider.passing.flatMap((fault) => [once(fault), forGood(fault)]),
    // One breaker for both of Huawei's.
    ...(harmonyOs ? [] : [down]),
    ...provider.final.map(refused),
    ...provider.ofApp.map((fault) => notTheToken(fault)),
    // Nothing is sent for a moment with a credential that was refused twice; functions that start anew do not know of it.
    ...provider.ofCredential.flatMap((fault, index) => [
      once(fault),
      notTheToken(fault, { apart: true, startsAnew: index > 0 }),
    ]),
  ];
};

/** Its push service knows another key of ours than we sign with. */
const strangersBrowser = (ledger: Ledger): DirectCase => ({
  name: 'a push service that refuses our key: the phone is kept',
  apart: false,
  run: async (world) => {
    const subject = await everyPhone(world, 'a push service, our key');
    const { token, iphone, huawei: huaweiPhone, browser } = subject;
    const stranger = await world.addBrowser('other');
    world.caseOf.set(stranger, 'a push service, our key');
    await subject.registered({ token: stranger, platform: 'webpush', deviceId: 'stranger' });
    const uuid = randomUUID();
    const answer = await callAsking(subject, uuid, 'stranger');
    ledger.add('provider 403', 'push service');
    expect(answer).toMatchObject({ status: 200, body: { devices: 5, accepted: 4 } });
    expect(phoneIn(answer, 'stranger')).toMatchObject({ reason: 'push-service-refused', retryable: false });
    await Promise.all([token, iphone, huaweiPhone, browser].map((one) => subject.arrives(one, uuid)));
    await expectKept(subject);
    await subject.registered({ token: stranger, platform: 'webpush', deviceId: 'stranger', app: 'other' });
    await subject.expectRings(token, iphone, huaweiPhone, browser, stranger);
    await subject.deleted();
  },
});

/** Pushes that Huawei or a push service does not take, once or for good, while the other providers are well. */
export const directCases = (ledger: Ledger): DirectCase[] => [
  ...providers.flatMap((provider) => casesOf(provider, ledger)),
  strangersBrowser(ledger),
];

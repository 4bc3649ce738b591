import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import type { Fault } from '../../local/faults.ts';
import type { Ledger } from './ledger.ts';
import type { Subject } from './subject.ts';
import { createSubject, patiently } from './subject.ts';
import type { World } from './world.ts';

type ProviderCase = { name: string; run(world: World): Promise<void> };

/** Those that pass: SNS tries again after 10 s (`local/sns/deliver.ts`). */
const passing: readonly Fault[] = ['429', '500', '503', 'hang', 'reset'];
/** Those that speak of the token. */
const final = { Apple: '410', Google: 'UNREGISTERED' } as const;

/** A request that hangs is given up after 5 s, and sent again 10 s later. */
const againMs = 25_000;

const both = async (world: World): Promise<Subject> => {
  const subject = await createSubject(world, 'a provider');
  await subject.registered();
  await subject.hasIphone();
  return subject;
};

/** What feedback was told of this call's push to a phone. */
const failureOf = (world: World, uuid: string): unknown => {
  const [call] = world.logs.filter((line) => line['operation'] === 'push_call' && line['uuid'] === uuid);
  const pushes = (call?.['pushes'] ?? []) as Record<string, unknown>[];
  const ids = pushes.map(({ messageId }) => messageId);
  return world.logs.find(({ operation, messageId }) => operation === 'feedback' && ids.includes(messageId))?.[
    'failureType'
  ];
};

/** Pushes that Apple or Google does not take from SNS, once or for good, while the other is well. */
export const providerCases = (ledger: Ledger): ProviderCase[] =>
  (['Apple', 'Google'] as const).flatMap((provider) => {
    const phones = ({ token, iphone }: Subject) =>
      provider === 'Apple' ? { failing: iphone, well: token } : { failing: token, well: iphone };

    const callWith = async (subject: Subject, fault: Fault, ringSeconds: number): Promise<string> => {
      const { world } = subject;
      const { failing, well } = phones(subject);
      const uuid = randomUUID();
      world.setFault(failing, fault);
      const { body } = await patiently(
        () => subject.call(uuid, ringSeconds),
        (answer) => answer.body['accepted'] === 2,
      );
      expect(body).toMatchObject({ devices: 2, accepted: 2 });
      await world.metFault(failing);
      ledger.add(`provider ${fault}`, provider);
      await subject.arrives(well, uuid);
      return uuid;
    };

    const once = passing.map((fault) => ({
      name: `${provider} ${fault} once: the phone rings within its window`,
      run: async (world: World) => {
        const subject = await both(world);
        const uuid = await callWith(subject, fault, 30);
        const { failing } = phones(subject);
        world.clearFault(failing);
        await subject.arrives(failing, uuid, againMs);
        await subject.deleted();
      },
    }));

    const forGood = passing.map((fault) => ({
      name: `${provider} ${fault} until the window is over: no push comes late, and the phone is kept`,
      run: async (world: World) => {
        const subject = await both(world);
        const uuid = await callWith(subject, fault, 5);
        await vi.waitFor(() => expect(failureOf(world, uuid)).toBe('NotificationTTLExpired'), {
          timeout: againMs,
        });
        const { failing, well } = phones(subject);
        world.clearFault(failing);
        await subject.expectRings(failing, well);
        const late = world.pushes
          .list()
          .filter(({ token, payload }) => token === failing && JSON.stringify(payload).includes(uuid));
        expect(late).toHaveLength(0);
        await subject.deleted();
      },
    }));

    const refused: ProviderCase = {
      name: `${provider} ${final[provider]}: the phone is given up, until it registers again`,
      run: async (world) => {
        const subject = await both(world);
        await callWith(subject, final[provider], 30);
        await subject.becomesRefused();
        const { failing, well } = phones(subject);
        await subject.expectRings(well);
        world.clearFault(failing);
        const apple = { token: failing, platform: 'apns-voip', deviceId: 'iphone' };
        await subject.registered(provider === 'Apple' ? apple : {});
        await subject.expectRings(failing, well);
        await subject.deleted();
      },
    };
    return [...once, ...forGood, refused];
  });

import { expect } from 'vitest';
import type { RegistrationItem } from '../../lambda/aws/registration-item.ts';
import { hashOf } from '../../lambda/core/token.ts';
import type { Answer } from '../local/support.ts';
import type { Operation } from './operation.ts';
import type { Subject } from './subject.ts';
import { phoneIn } from './subject.ts';

/** What a push is known by. */
const nameOf = ({ name }: Subject): string => `c0ffee00-0000-4000-8000-0000001${name.slice(2)}`;

const before = new WeakMap<Subject, RegistrationItem[]>();

const phones = async (subject: Subject) => {
  await subject.registered();
  await subject.hasIphone();
  await subject.hasAlerts();
  await subject.hasHuawei();
};

const acceptedAll = ({ status, body }: Answer): boolean =>
  status === 200 && body['accepted'] === body['devices'];

/** What fails for one phone fails for no other, and may be tried again. */
const answered: NonNullable<Operation['answered']> = (answer, { kind }, isPlain) => {
  if (answer.status !== 200) return;
  expect(answer.body['devices']).toBe(4);
  for (const others of ['iphone', 'huawei', 'browser'])
    expect(phoneIn(answer, others)).toMatchObject({ accepted: true });
  for (const phone of answer.body['phones'] as Record<string, unknown>[])
    if (phone['accepted'] !== true) expect(phone['retryable']).toBe(true);
  if (isPlain && !kind.startsWith('crash')) expect(acceptedAll(answer)).toBe(true);
};

/** To an Android phone, an iPhone with both its tokens, a Huawei phone and a browser. */
const toAll = (name: string, act: Operation['act']): Operation => ({
  name: `${name}, to a phone of each provider's`,
  asks: ['Query', 'Publish'],
  prepare: async (subject) => {
    await phones(subject);
    await subject.hasBrowser();
    before.set(subject, await subject.rows());
  },
  act,
  isDone: acceptedAll,
  answered,
  meanwhile: async (subject) => expect(await subject.rows()).toEqual(before.get(subject)),
  acknowledged: async (subject) => {
    const { token, alert, huawei, browser, iphone } = subject;
    await Promise.all([token, alert, huawei, browser].map((one) => subject.arrives(one, nameOf(subject))));
    expect(subject.timesArrived(iphone, nameOf(subject))).toBe(0);
    expect(await subject.rows()).toEqual(before.get(subject));
  },
});

/** `/push_cancel` and `/push_message`: what goes to no VoIP token, whatever fails. */
export const messageOperations: readonly Operation[] = [
  toAll('cancel', (subject) => subject.cancel(nameOf(subject))),
  toAll('message', (subject) => subject.message(nameOf(subject))),
  {
    name: 'message, a phone that Huawei refuses',
    // The count and the mark; the fleet guard's flag is looked at before them, and is everybody's.
    asks: ['UpdateItem', 'UpdateItem'],
    after: ['Query', 'Publish'],
    prepare: async (subject) => {
      // The guard counts a token by the beginning of its hash.
      subject.watch.learn(hashOf(subject.huawei).slice(0, 12));
      await phones(subject);
      subject.world.setFault(subject.huawei, '80300007');
    },
    act: (subject) => subject.message(nameOf(subject)),
    isDone: (answer) =>
      answer.body['accepted'] === 2 && phoneIn(answer, 'huawei')['reason'] === 'token-refused',
    acknowledged: async (subject) => {
      const { token, alert, huawei, iphone, world } = subject;
      await Promise.all([token, alert].map((one) => subject.arrives(one, nameOf(subject))));
      await subject.becomesRefused();
      world.clearFault(huawei);
      await subject.expectRings(token, iphone);
      await subject.hasHuawei();
      await subject.expectRings(token, iphone, huawei);
      for (const one of [iphone, huawei]) expect(subject.timesArrived(one, nameOf(subject))).toBe(0);
    },
  },
];

import { expect } from 'vitest';
import type { Kind } from './fault-proxy.ts';
import type { Operation } from './operation.ts';
import type { Subject } from './subject.ts';
import { phoneIn } from './subject.ts';

const uuidOf = ({ name }: Subject): string => `c0ffee00-0000-4000-8000-0000002${name.slice(2)}`;

/** What an operator must mend, and what is said of it. */
const finalReasons: Partial<Record<Kind, string>> = {
  denied: 'not-authorized',
  missing: 'application-disabled',
};

/** These answer no sooner than a PBX waits: the same call, sent again, finds the secret read. */
const outlastsTheAnswer: ReadonlySet<Kind> = new Set(['hung', 'lost']);

/** A push by Huawei and one by a browser's push service wait for a secret, in functions that have just started. */
export const secretOperation: Operation = {
  name: 'call, phones whose providers want a secret',
  asks: ['GetSecretValue', 'GetSecretValue'],
  after: ['Query', 'Publish'],
  refusals: ['denied', 'missing'],
  apart: true,
  prepare: async (subject) => {
    await subject.registered();
    await subject.hasIphone();
    await subject.hasHuawei();
    await subject.hasBrowser();
    await subject.world.crash();
    subject.watch.learn('pns-proxy/demo/');
  },
  act: (subject) => subject.call(uuidOf(subject)),
  isDone: ({ status, body }) => status === 200 && body['accepted'] === body['devices'],
  answered: (answer, { kind }, isPlain) => {
    expect(answer.body).toMatchObject({ devices: 4 });
    expect(phoneIn(answer, 'iphone')).toMatchObject({ accepted: true });
    const reason = finalReasons[kind];
    for (const deviceId of ['huawei', 'browser']) {
      const phone = phoneIn(answer, deviceId);
      if (reason !== undefined) expect(phone).toMatchObject({ accepted: false, reason, retryable: false });
      else if (phone['accepted'] !== true) {
        expect(phone).toMatchObject({ retryable: true });
        expect(isPlain && !outlastsTheAnswer.has(kind)).toBe(false);
      }
    }
  },
  meanwhile: async (subject) => {
    const devices = await subject.devices();
    expect(devices).toHaveLength(4);
    for (const device of devices) expect(device).not.toHaveProperty('disabledAt');
  },
  acknowledged: async (subject) => {
    const { token, iphone, huawei, browser } = subject;
    const all = [token, iphone, huawei, browser];
    await Promise.all(all.map((one) => subject.arrives(one, uuidOf(subject))));
    await subject.expectRings(...all);
  },
};

import { expect, vi } from 'vitest';
import type { Answer } from '../local/support.ts';
import type { Subject } from './subject.ts';
import { createSubject, phoneIn } from './subject.ts';
import type { World } from './world.ts';

/** A phone that is reached without SNS, by its deviceId. */
export type DirectPhone = 'huawei' | 'browser';

/** For how long a provider that was down may not be asked, or a credential that it refused, in milliseconds. */
export const pausedMs = 25_000;

/** A phone of each provider's. */
export const everyPhone = async (world: World, caseName: string, { harmonyOs = false } = {}) => {
  const subject = await createSubject(world, caseName);
  await subject.registered();
  await subject.hasIphone();
  await subject.hasHuawei(harmonyOs);
  await subject.hasBrowser();
  return subject;
};

export const isDown = (answer: Answer, deviceId: string): boolean =>
  phoneIn(answer, deviceId)['reason'] === 'provider-down';

/** The first answer for which the phone's provider was asked: other phones' faults may make it look down for a moment. */
export const callAsking = (subject: Subject, uuid: string, deviceId: string): Promise<Answer> =>
  vi.waitFor(
    async () => {
      const answer = await subject.call(uuid);
      expect(isDown(answer, deviceId)).toBe(false);
      return answer;
    },
    { timeout: pausedMs, interval: 500 },
  );

/** The same call, sent until this phone has it. */
export const callUntilRings = (subject: Subject, uuid: string, deviceId: string): Promise<void> =>
  vi.waitFor(
    async () => {
      expect(phoneIn(await subject.call(uuid), deviceId)).toMatchObject({ accepted: true });
    },
    { timeout: pausedMs, interval: 500 },
  );

export const expectOthersRing = async (
  subject: Subject,
  answer: Answer,
  deviceId: DirectPhone,
  uuid: string,
) => {
  expect(answer).toMatchObject({ status: 200, body: { devices: 4 } });
  const phones = answer.body['phones'] as Record<string, unknown>[];
  const others = phones.filter((phone) => phone['deviceId'] !== deviceId);
  expect(others.map(({ accepted }) => accepted)).toEqual([true, true, true]);
  const tokens = [subject.token, subject.iphone, subject.huawei, subject.browser];
  const well = tokens.filter((one) => one !== subject[deviceId]);
  await Promise.all(well.map((one) => subject.arrives(one, uuid)));
  return well;
};

export const expectKept = async (subject: Subject): Promise<void> => {
  for (const device of await subject.devices()) expect(device).not.toHaveProperty('disabledAt');
};

/** The same call reaches the phone once its provider is well, and no push of before comes late. */
export const expectRepeatRings = async (
  subject: Subject,
  deviceId: DirectPhone,
  uuid: string,
): Promise<void> => {
  const { token, iphone, huawei, browser } = subject;
  const failing = subject[deviceId];
  expect(subject.timesArrived(failing, uuid)).toBe(0);
  await expectKept(subject);
  subject.world.clearFault(failing);
  await callUntilRings(subject, uuid, deviceId);
  await subject.arrives(failing, uuid);
  expect(subject.timesArrived(failing, uuid)).toBe(1);
  await subject.expectRings(token, iphone, huawei, browser);
};

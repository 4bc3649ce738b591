import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import type { RegistrationItem } from '../../lambda/aws/registration-item.ts';
import { makeKey, writeKey } from '../../lambda/core/key.ts';
import { hashOf } from '../../lambda/core/token.ts';
import type { ReceivedPush } from '../../local/pushes.ts';
import type { Answer } from '../local/support.ts';
import { pbxOf } from '../local/support.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import { createWatch } from './watch.ts';
import type { World } from './world.ts';
import { registrationsPerExtension } from './world.ts';

/** How long a push may take to a provider that is well, in milliseconds. */
const arrivalMs = 10_000;

/** How often a request is sent again where no fault is planned: a busy machine makes some of its own. */
const patience = 5;

/** Before the first time, in milliseconds, and twice as long before each further one: SNS may look down for a moment. */
const firstPauseMs = 100;

/** Sends a request again as a PBX does, until it is done. */
export const patiently = async (
  ask: () => Promise<Answer>,
  isDone = (_: Answer): boolean => true,
): Promise<Answer> => {
  for (let left = patience, pauseMs = firstPauseMs; ; left -= 1, pauseMs *= 2) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined && ((answer.status < 500 && isDone(answer)) || left === 0)) return answer;
    if (left === 0) throw new Error('no answer at all');
    await delay(pauseMs);
  }
};

const speaksOf = ({ payload }: ReceivedPush, uuid: string): boolean => JSON.stringify(payload).includes(uuid);

/** How a `/push_…` answer names one of the subject's phones. */
export const phoneIn = ({ body }: Answer, deviceId: string): Record<string, unknown> => {
  const phones = (body['phones'] ?? []) as Record<string, unknown>[];
  return phones.find((phone) => phone['deviceId'] === deviceId) ?? {};
};

let made = 0;

/**
 * One phone of one extension at a PBX of its own, and what a PBX does with it. Its requests to AWS are watched, as are those
 * of the Huawei phone and of the browser beside it; those of the iPhone are not.
 */
export const createSubject = async (world: World, caseName: string) => {
  made += 1;
  const name = `f-${String(made).padStart(5, '0')}`;
  const extension = '101';
  const token = fcmToken(name);
  const newToken = fcmToken(`${name}-new`);
  const iphone = appleToken(`${name}-iphone`);
  const voip = appleToken(`${name}-voip`);
  const alert = appleToken(`${name}-alert`);
  const huawei = fcmToken(`${name}-huawei`);
  const browser = await world.addBrowser('demo');
  const others = Array.from({ length: registrationsPerExtension }, (_, index) =>
    fcmToken(`${name}-${index}`),
  );
  const watch = createWatch([
    `PBX#${name}#`,
    ...[token, newToken, voip, huawei, browser, ...others].flatMap((one) => [one, hashOf(one)]),
  ]);
  world.watch(watch);
  for (const one of [token, newToken, iphone, voip, alert, huawei, browser, ...others])
    world.caseOf.set(one, caseName);
  const [key, freshKey] = [await world.addKey(name), await world.addKey(name)];
  const [, keyId = ''] = freshKey.split('_');
  watch.learn(`KEY#${keyId}`);
  const pbx = pbxOf(world.info.url, key);
  const post = (path: string, body: object): Promise<Answer> => pbx.post(path, { ...body });

  const subject = {
    name,
    extension,
    token,
    newToken,
    iphone,
    voip,
    alert,
    huawei,
    browser,
    others,
    watch,
    world,
    pbx,
    /** Its PBX with another key, which API Gateway has not asked about yet. */
    fresh: pbxOf(world.info.url, freshKey),
    /** With a key of that name and another secret. */
    stranger: pbxOf(world.info.url, writeKey({ ...makeKey(), keyId })),
    register: (body: object = {}) =>
      post('/register', { extension, token, platform: 'fcm', app: 'demo', ...body }),
    /** Where nothing fails. */
    registered: async (body: object = {}) => {
      expect((await patiently(() => subject.register(body))).status).toBe(200);
    },
    deleted: async () => {
      expect((await patiently(() => post('/delete', { extension }))).status).toBe(200);
    },
    call: (uuid: string, ringSeconds = 30) => post('/push_call', { to: extension, uuid, ringSeconds }),
    cancel: (uuid: string) => post('/push_cancel', { to: extension, uuid, reason: 'answered_elsewhere' }),
    message: (messageId: string) =>
      post('/push_message', { to: extension, from: '100', kind: 'message', text: 'Hi', messageId }),
    devices: async (): Promise<Record<string, unknown>[]> => {
      const { status, body } = await patiently(() => pbx.get(`/devices?extension=${extension}`));
      expect(status).toBe(200);
      return body['devices'] as Record<string, unknown>[];
    },
    /** Registers the iPhone, which rings for calls. */
    hasIphone: () => subject.registered({ token: iphone, platform: 'apns-voip', deviceId: 'iphone' }),
    /** And which shows messages. */
    hasAlerts: () => subject.registered({ token: alert, platform: 'apns', deviceId: 'iphone' }),
    hasHuawei: (harmonyOs = false) =>
      subject.registered({
        token: huawei,
        platform: 'hms',
        deviceId: 'huawei',
        ...(harmonyOs && { harmonyOs }),
      }),
    hasBrowser: () => subject.registered({ token: browser, platform: 'webpush', deviceId: 'browser' }),
    /** Its registrations as they are. */
    rows: async (): Promise<RegistrationItem[]> =>
      (await Promise.all([token, iphone, alert, huawei, browser].map(world.aws.rowsOf))).flat(),
    /** How many pushes of this call, or of what has this name, have reached this token. */
    timesArrived: (one: string, uuid: string): number =>
      world.pushes.list().filter((push) => push.token === one && speaksOf(push, uuid)).length,
    /** One reaches it. */
    arrives: (one: string, uuid: string, withinMs = arrivalMs) =>
      world.pushes.next((push) => push.token === one && speaksOf(push, uuid), withinMs),
    /** A call now wakes exactly these. */
    expectRings: async (...tokens: string[]) => {
      const uuid = randomUUID();
      const ask = () => subject.call(uuid);
      const { status, body } = await patiently(
        ask,
        (answer) => answer.body['accepted'] === answer.body['devices'],
      );
      expect({ status, body }).toMatchObject({
        status: 200,
        body: { devices: tokens.length, accepted: tokens.length },
      });
      await Promise.all(tokens.map((one) => subject.arrives(one, uuid)));
    },
    /** The row is there, and its endpoint too, enabled and with this token. */
    expectWhole: async (one: string) => {
      const [row, ...more] = await world.aws.rowsOf(one);
      expect(more).toEqual([]);
      expect(row).toMatchObject({ extension });
      const attributes = await world.aws.endpoint(row?.endpointArn ?? '');
      expect(attributes).toMatchObject({ Enabled: 'true', Token: one });
    },
    /**
     * One of its phones is marked as refused, though events may have to be delivered again: by feedback, or by push_call,
     * which finds the endpoint disabled where the answer to a refused push was lost.
     */
    becomesRefused: () =>
      vi.waitFor(
        async () => {
          const reasons = (await subject.devices()).flatMap(({ disabledReason }) => disabledReason ?? []);
          expect(reasons).toEqual([expect.stringMatching(/^(token-refused|endpoint-disabled)$/)]);
        },
        { timeout: 20_000, interval: 100 },
      ),
    expectGone: async (one: string) => {
      expect(await world.aws.rowsOf(one)).toEqual([]);
    },
  };
  return subject;
};
export type Subject = Awaited<ReturnType<typeof createSubject>>;

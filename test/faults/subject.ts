import { randomUUID } from 'node:crypto';
import { expect, vi } from 'vitest';
import { makeKey, writeKey } from '../../lambda/core/key.ts';
import { hashOf } from '../../lambda/core/token.ts';
import type { Answer } from '../local/support.ts';
import { pbxOf } from '../local/support.ts';
import { appleToken, fcmToken } from '../support/builders.ts';
import { createWatch } from './watch.ts';
import type { World } from './world.ts';

/** How long a push may take to a provider that is well, in milliseconds. */
const arrivalMs = 10_000;

/** How often a request is sent again where no fault is planned: a busy machine makes some of its own. */
const patience = 5;

/** Sends a request again as a PBX does, until it is done. */
export const patiently = async (
  ask: () => Promise<Answer>,
  isDone = (_: Answer): boolean => true,
): Promise<Answer> => {
  for (let left = patience; ; left -= 1) {
    const answer = await ask().catch(() => undefined);
    if (answer !== undefined && ((answer.status < 500 && isDone(answer)) || left === 0)) return answer;
    if (left === 0) throw new Error('no answer at all');
  }
};

let made = 0;

/**
 * One phone of one extension at a PBX of its own, and what a PBX does with it. Its requests to AWS are watched; those of
 * the iPhone beside it are not.
 */
export const createSubject = async (world: World, caseName: string) => {
  made += 1;
  const name = `f-${String(made).padStart(5, '0')}`;
  const extension = '101';
  const token = fcmToken(name);
  const newToken = fcmToken(`${name}-new`);
  const iphone = appleToken(`${name}-iphone`);
  const voip = appleToken(`${name}-voip`);
  const others = Array.from({ length: 3 }, (_, index) => fcmToken(`${name}-${index}`));
  const watch = createWatch([
    `PBX#${name}#`,
    ...[token, newToken, voip, ...others].flatMap((one) => [one, hashOf(one)]),
  ]);
  world.watch(watch);
  for (const one of [token, newToken, iphone, voip, ...others]) world.caseOf.set(one, caseName);
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
    others,
    watch,
    world,
    pbx,
    /** Its PBX with another key, which API Gateway has not asked about yet. */
    fresh: pbxOf(world.info.url, freshKey),
    /** With a key of that name and another secret. */
    stranger: pbxOf(world.info.url, writeKey({ ...makeKey(), keyId })),
    register: (body: object = {}) => post('/register', { extension, token, platform: 'fcm', ...body }),
    /** Where nothing fails. */
    registered: async (body: object = {}) => {
      expect((await patiently(() => subject.register(body))).status).toBe(200);
    },
    deleted: async () => {
      expect((await patiently(() => post('/delete', { extension }))).status).toBe(200);
    },
    call: (uuid: string, ringSeconds = 30) => post('/push_call', { to: extension, uuid, ringSeconds }),
    devices: async (): Promise<Record<string, unknown>[]> => {
      const { status, body } = await patiently(() => pbx.get(`/devices?extension=${extension}`));
      expect(status).toBe(200);
      return body['devices'] as Record<string, unknown>[];
    },
    /** The push of this call reaches this token. */
    arrives: (one: string, uuid: string, withinMs = arrivalMs) =>
      world.pushes.next(
        (push) => push.token === one && JSON.stringify(push.payload).includes(uuid),
        withinMs,
      ),
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

import { expect } from 'vitest';
import type { Pbx } from './pbx.ts';
import type { World } from './world.ts';

const soon = { timeout: 20_000 };

/** The ARNs of the demo app's endpoints, by their tokens. */
export const endpointsOfDemo = async (world: World) => ({
  android: await world.endpoints('GCM'),
  iphones: await world.endpoints('APNS_VOIP'),
});

/** Calls an iPhone, 101, and an Android phone, 103: Apple and Google take the pushes. */
export const ringBoth = async ({ pushes, pushy }: World, pbx: Pbx): Promise<void> => {
  const call = async (to: string): Promise<unknown> => {
    const { body } = await pbx.post('/push_call', { to });
    expect(body).toMatchObject({ devices: 1, accepted: 1 });
    return body['uuid'];
  };
  const [iphone, android] = [await call('101'), await call('103')];
  await pushes.next(({ payload }) => Object(payload).message?.data?.uuid === android, soon.timeout);
  const verdict = () => pushy.verdicts.find(({ payload }) => Object(payload).uuid === iphone);
  await expect.poll(verdict, soon).toMatchObject({ reason: undefined });
};

import { afterAll, beforeAll, expect, it } from 'vitest';
import { appleToken, fcmToken } from '../support/builders.ts';
import { startCloud } from './support.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

/** Runs tasks, so many at a time. */
const inParallel = async (
  count: number,
  width: number,
  task: (index: number) => Promise<void>,
): Promise<void> => {
  let next = 0;
  const worker = async () => {
    for (let index = next; index < count; index = next) {
      next += 1;
      await task(index);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
};

it('10,000 tokens registered, 10 phones called 1,000 times: every push arrives once', {
  timeout: 600_000,
}, async () => {
  const start = performance.now();
  await inParallel(9_990, 8, async (index) => {
    const extension = `load-${index % 2_000}`;
    const { status } = await cloud.pbx.post('/register', {
      extension,
      token: fcmToken(`load-${index}`),
      platform: 'fcm',
    });
    expect(status).toBe(200);
  });
  const phones = [
    ...Array.from({ length: 5 }, (_, index) => ({ token: fcmToken(`called-${index}`), platform: 'fcm' })),
    ...Array.from({ length: 5 }, (_, index) => ({
      token: appleToken(`called-${index}`),
      platform: 'apns-voip',
    })),
  ];
  for (const [index, phone] of phones.entries()) {
    const { body } = await cloud.pbx.post('/register', {
      extension: 'called',
      deviceId: `phone-${index}`,
      ...phone,
    });
    expect(body).toEqual({ status: 'created', devices: index + 1 });
  }
  const registered = performance.now();

  const uuids = new Set<string>();
  await inParallel(1_000, 4, async () => {
    const { body } = await cloud.pbx.post('/push_call', { to: 'called', ringSeconds: 120 });
    expect(body).toMatchObject({ devices: 10, accepted: 10 });
    uuids.add(String(body['uuid']));
  });
  await cloud.idle();
  const called = performance.now();

  const uuidOf = (payload: unknown): string => /"uuid":"([^"]+)"/.exec(JSON.stringify(payload))?.[1] ?? '';
  const arrived = cloud.pushes.list().map(({ token, payload }) => `${token} ${uuidOf(payload)}`);
  expect(uuids.size).toBe(1_000);
  expect(arrived).toHaveLength(10_000);
  expect(new Set(arrived).size).toBe(10_000);
  expect(arrived.filter((push) => !uuids.has(push.split(' ')[1] ?? ''))).toEqual([]);
  process.stdout.write(
    `10,000 registers in ${((registered - start) / 1_000).toFixed(1)} s; ` +
      `1,000 calls, 10,000 pushes in ${((called - registered) / 1_000).toFixed(1)} s\n`,
  );
});

import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { startFaultProxy } from '../faults/fault-proxy.ts';
import { providers, pushesOf, registerEverywhere } from './every-provider.ts';
import { startCloud } from './support.ts';

let cloud: Awaited<ReturnType<typeof startCloud>>;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());
afterEach(() => cloud.faults.clear());

/** A phone that does as docs/payload.md says: it rings once for each UUID. */
const ringsOf = (pushes: readonly { payload: unknown }[]): number =>
  new Set(pushes.map(({ payload }) => /"uuid\\*":\\*"([0-9a-f-]{36})/.exec(JSON.stringify(payload))?.[1]))
    .size;

describe('the same call, pushed five times by a PBX that had no answer', () => {
  it.each([
    ['its UUID', (uuid: string) => ({ uuid })],
    ['its UUID, however it is written', (uuid: string) => ({ uuid: uuid.toUpperCase() })],
  ])('rings each phone once, at each provider, by %s', async (_, named) => {
    const [extension, uuid] = [`five-${randomUUID().slice(0, 8)}`, randomUUID()];
    await registerEverywhere(cloud, extension);
    const call = (n: number) =>
      cloud.pbx.post('/push_call', {
        to: extension,
        ringSeconds: 30 - n,
        ...(n % 2 ? named(uuid) : { uuid }),
      });
    const answers = await Promise.all([0, 1, 2, 3, 4].map(call));
    for (const { body } of answers) expect(body).toMatchObject({ devices: 4, accepted: 4, uuid });
    await cloud.idle();
    for (const provider of providers) {
      const pushes = pushesOf(cloud, extension)[provider];
      expect(pushes.length, provider).toBe(5);
      expect(ringsOf(pushes), provider).toBe(1);
    }
    // What is still on its way is replaced by its repeat, and by nothing else's.
    const { apple, webpush } = pushesOf(cloud, extension);
    expect(new Set(apple.map(({ headers }) => headers['apns-collapse-id']))).toEqual(new Set([uuid]));
    expect(new Set(webpush.map(({ headers }) => headers['topic']))).toEqual(
      new Set([uuid.replaceAll('-', '')]),
    );
  });

  it('rings each phone once by its call ID, too', async () => {
    await registerEverywhere(cloud, 'five-by-call-id');
    const call = () => cloud.pbx.post('/push_call', { to: 'five-by-call-id', callId: 'a84b4c76@pbx' });
    const answers = await Promise.all([call(), call(), call(), call(), call()]);
    const uuids = new Set(answers.map(({ body }) => String(body['uuid'])));
    expect(uuids.size).toBe(1);
    await cloud.idle();
    for (const pushes of Object.values(pushesOf(cloud, 'five-by-call-id'))) {
      expect(pushes).toHaveLength(5);
      expect(ringsOf(pushes)).toBe(1);
    }
  });
});

describe.each(providers)('while %s hangs', (hung) => {
  it('the others have their pushes before it is asked again, which is when its first try is given up', async () => {
    const [extension, uuid] = [`hung-${hung}`, randomUUID()];
    await registerEverywhere(cloud, extension);
    const events: string[] = [];
    const { of } = cloud.faults;
    const asked = vi.spyOn(cloud.faults, 'of').mockImplementation((provider, token) => {
      if (provider === hung && token !== undefined) events.push('asked');
      return of(provider, token);
    });
    cloud.faults.set({ provider: hung }, 'hang');
    const well = providers.filter((provider) => provider !== hung);
    const arrivals = well.map(async (provider) => {
      const arrived = (push: { provider: string; payload: unknown }) =>
        push.provider === provider && JSON.stringify(push.payload).includes(uuid);
      await cloud.pushes.next(arrived, 10_000);
      events.push('arrived');
    });
    const answered = cloud.pbx.post('/push_call', { to: extension, uuid }).then((answer) => {
      events.push('answered');
      return answer;
    });
    const [{ body }] = await Promise.all([answered, ...arrivals]);
    asked.mockRestore();

    // SNS answers before it asks the provider: there the answer tells nothing of what hangs, and SNS asks again after 10 s.
    const isBehindSns = hung === 'google' || hung === 'apple';
    expect(body).toMatchObject({ devices: 4, accepted: isBehindSns ? 4 : 3 });
    expect(
      events.slice(0, events.lastIndexOf('arrived')).filter((event) => event === 'asked').length,
    ).toBeLessThanOrEqual(1);
    if (!isBehindSns) expect(events.filter((event) => event === 'asked').length).toBeGreaterThan(1);
    if (!isBehindSns) expect(events.at(-1)).toBe('answered');
    expect(pushesOf(cloud, uuid)[hung]).toEqual([]);
  });
});

describe('what is kept across calls', () => {
  it('is what Secrets Manager and Huawei have given: after the first call nobody is asked again', async () => {
    let reads = 0;
    const judge = () => {
      reads += 1;
      return undefined;
    };
    const watcher = { judge, happened: () => {}, answered: () => {} };
    const proxies: { close(): Promise<void> }[] = [];
    const fresh = await startCloud({
      reach: async (urls) => {
        const secrets = await startFaultProxy('Secrets Manager', urls.secretsManager, watcher);
        proxies.push(secrets);
        return { ...urls, secretsManager: secrets.url };
      },
    });
    await registerEverywhere(fresh, 'kept');
    reads = 0;
    const call = () => fresh.pbx.post('/push_call', { to: 'kept' });
    for (let calls = 0; calls < 3; calls += 1) expect((await call()).body).toMatchObject({ accepted: 4 });
    // Huawei's and the VAPID keys; a token made anew for each call would need the secret anew.
    expect(reads).toBe(2);
    await fresh.close();
    for (const proxy of proxies) await proxy.close();
  });
});

import { describe, expect, it } from 'vitest';
import { platforms } from '../../lambda/core/contract.ts';
import type { PushGateway } from '../../lambda/core/ports.ts';
import { PushRefusal } from '../../lambda/core/ports.ts';
import { createPushGateway } from '../../lambda/providers/push-gateway.ts';
import { apps, aUuid, callPush, noon } from '../support/builders.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const call = { uuid: aUuid, callee: '101', pbxId: 'pbx-1', sentAt: noon, expiresAt: noon + 30_000 };
const pushes = Object.fromEntries(
  platforms.map((platform) => [platform, callPush(platform, apps['demo'] ?? {}, call, 30)]),
);
const named = (name: string): PushGateway => ({ publish: async () => name });

describe('the way out', () => {
  it('is SNS for Google and Apple, and its own for each of the others', async () => {
    const providers = { sns: named('sns'), huawei: named('huawei'), webPush: named('web push') };
    const gateway = createPushGateway(providers, createFakeClock().clock);
    const ways = await Promise.all(
      platforms.map(async (platform) => {
        const push = pushes[platform];
        if (push === undefined) throw new Error('no push');
        return [
          platform,
          await gateway.publish({ app: 'demo', token: 't' }, push, AbortSignal.timeout(1_000)),
        ];
      }),
    );
    expect(Object.fromEntries(ways)).toEqual({
      fcm: 'sns',
      apns: 'sns',
      'apns-voip': 'sns',
      hms: 'huawei',
      webpush: 'web push',
    });
  });

  it('is shut for SNS while that is down, and open for the others, which have breakers of their own', async () => {
    const time = createFakeClock();
    const down: PushGateway = { publish: () => Promise.reject(new PushRefusal('unavailable')) };
    const providers = { sns: down, huawei: named('huawei'), webPush: named('web push') };
    const gateway = createPushGateway(providers, time.clock);
    const send = (platform: keyof typeof pushes) => {
      const push = pushes[platform];
      if (push === undefined) throw new Error('no push');
      return gateway
        .publish({ app: 'demo', token: 't' }, push, AbortSignal.timeout(1_000))
        .catch((error: PushRefusal) => error.reason);
    };
    for (let second = 0; second < 6; second += 1) {
      await send('fcm');
      time.pass(700);
    }
    expect(await send('apns-voip')).toBe('provider-down');
    expect(await send('hms')).toBe('huawei');
    expect(await send('webpush')).toBe('web push');
  });
});

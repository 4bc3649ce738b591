import type { Platform } from '../core/contract.ts';
import type { Clock, PushGateway } from '../core/ports.ts';
import { withBreaker } from './breaker.ts';

type Providers = { sns: PushGateway; huawei: PushGateway; webPush: PushGateway };

const providerOf = {
  fcm: 'sns',
  apns: 'sns',
  'apns-voip': 'sns',
  hms: 'huawei',
  webpush: 'webPush',
} as const satisfies Record<Platform, keyof Providers>;

/** All providers behind one face: each has connections, deadlines and a breaker of its own. */
export const createPushGateway = ({ sns, huawei, webPush }: Providers, clock: Clock): PushGateway => {
  // Each browser's push service is a provider by itself, so that the breakers are in there.
  const providers: Providers = {
    sns: withBreaker(sns, clock),
    huawei: withBreaker(huawei, clock),
    webPush,
  };
  return { publish: (to, push, signal) => providers[providerOf[push.platform]].publish(to, push, signal) };
};

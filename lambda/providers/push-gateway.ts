import type { Clock, PushGateway } from '../core/ports.ts';
import { wayOut } from '../core/registration.ts';
import { withBreaker } from './breaker.ts';

type Providers = { sns: PushGateway; huawei: PushGateway; webPush: PushGateway };

/** All providers behind one face: each has connections, deadlines and a breaker of its own. */
export const createPushGateway = ({ sns, huawei, webPush }: Providers, clock: Clock): PushGateway => {
  // Each browser's push service is a provider by itself, so that the breakers are in there.
  const gateways = {
    sns: withBreaker(sns, clock),
    huawei: withBreaker(huawei, clock),
    'web-push': webPush,
  };
  return { publish: (to, push, signal) => gateways[wayOut[push.platform]].publish(to, push, signal) };
};

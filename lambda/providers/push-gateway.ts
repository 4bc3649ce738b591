import type { Clock, PushGateway } from '../core/ports.ts';
import { wayOut } from '../core/registration.ts';
import { withBreaker } from './breaker.ts';

type Providers = { sns: PushGateway; huawei: PushGateway; webPush: PushGateway };

/** All providers behind one face: each has connections, deadlines and a breaker of its own. */
export const createPushGateway = ({ sns, huawei, webPush }: Providers, clock: Clock): PushGateway => {
  const gateways = {
    sns: withBreaker(sns, clock),
    // They have breakers of their own: one a host.
    huawei,
    'web-push': webPush,
  };
  return { publish: (to, push, signal) => gateways[wayOut[push.platform]].publish(to, push, signal) };
};

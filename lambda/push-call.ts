import { createGuardedPorts } from './aws/endpoint-ports.ts';
import { createBrake } from './core/brake.ts';
import { pushCall } from './core/push-call.ts';
import { readEnvironment } from './environment.ts';
import { handleBody } from './http/handle.ts';
import { parsePushCall } from './http/requests.ts';

const environment = readEnvironment(process.env);
const ports = {
  ...createGuardedPorts(environment.table(), environment.sns(), environment.guard()),
  apps: environment.apps(),
  ringSeconds: environment.ringSeconds(),
  brake: createBrake(environment.brake(), Date.now),
};

export const handler = handleBody('push_call', parsePushCall, (request, { caller, trace, receivedAt }) =>
  pushCall(ports, caller, request, trace, receivedAt),
);

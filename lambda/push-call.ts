import { pushCall } from './core/push-call.ts';
import { readEnvironment } from './environment.ts';
import { handleBody } from './http/handle.ts';
import { parsePushCall } from './http/requests.ts';
import { createPushPorts } from './push-ports.ts';

const environment = readEnvironment(process.env);
const ports = { ...createPushPorts(environment), ringSeconds: environment.ringSeconds() };

export const handler = handleBody('push_call', parsePushCall, (request, { caller, trace, receivedAt }) =>
  pushCall(ports, caller, request, trace, receivedAt),
);

import { pushCancel } from './core/push-cancel.ts';
import { readEnvironment } from './environment.ts';
import { handleBody } from './http/handle.ts';
import { parsePushCancel } from './http/requests.ts';
import { createPushPorts } from './push-ports.ts';

const ports = createPushPorts(readEnvironment(process.env));

export const handler = handleBody('push_cancel', parsePushCancel, (request, { caller, trace, receivedAt }) =>
  pushCancel(ports, caller, request, trace, receivedAt),
);

import { pushMessage } from './core/push-message.ts';
import { readEnvironment } from './environment.ts';
import { handleBody } from './http/handle.ts';
import { parsePushMessage } from './http/requests.ts';
import { createPushPorts } from './push-ports.ts';

const ports = createPushPorts(readEnvironment(process.env));

export const handler = handleBody(
  'push_message',
  parsePushMessage,
  (request, { caller, trace, receivedAt }) => pushMessage(ports, caller, request, trace, receivedAt),
);

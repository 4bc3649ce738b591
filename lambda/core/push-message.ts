import type { Caller } from './caller.ts';
import type { PushMessageRequest, PushResult } from './contract.ts';
import type { Message } from './notice.ts';
import { shownFor } from './notice.ts';
import type { PushPorts } from './push-to-phones.ts';
import { pushToPhones } from './push-to-phones.ts';
import type { Trace } from './trace.ts';
import { uuidOfMessage } from './uuid.ts';

/**
 * `POST /push_message`: a message, a voicemail or a missed call, which the phones show.
 *
 * @param receivedAt when API Gateway took the request, in epoch milliseconds
 */
export const pushMessage = async (
  ports: PushPorts,
  caller: Caller,
  request: PushMessageRequest,
  trace: Trace,
  receivedAt: number,
): Promise<PushResult> => {
  trace.add({ kind: request.kind, messageId: request.messageId });
  return pushToPhones(ports, caller, messageOf(caller, request, receivedAt), {}, trace);
};

const messageOf = (caller: Caller, request: PushMessageRequest, receivedAt: number): Message => {
  const { to, from, fromName, kind, text, messageId, badge } = request;
  return {
    type: kind,
    uuid: messageId === undefined ? crypto.randomUUID() : uuidOfMessage(caller.pbxId, messageId),
    callee: to,
    pbxId: caller.pbxId,
    sentAt: receivedAt,
    expiresAt: receivedAt + shownFor,
    caller: from,
    ...(fromName !== undefined && { callerName: fromName }),
    ...(text !== undefined && { text }),
    ...(messageId !== undefined && { messageId }),
    ...(badge !== undefined && { badge }),
  };
};

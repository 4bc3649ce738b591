import type { Caller } from './caller.ts';
import type { PushCancelRequest, PushResult } from './contract.ts';
import type { Cancel } from './notice.ts';
import { longestRing } from './notice.ts';
import type { PushPorts } from './push-to-phones.ts';
import { pushToPhones } from './push-to-phones.ts';
import type { Trace } from './trace.ts';
import { uuidOfCall } from './uuid.ts';

/**
 * `POST /push_cancel`. The endpoint keeps no call state: it tells the phones that the PBX means, whether the call was ever
 * pushed or not.
 *
 * @param request with a uuid or a callId
 * @param receivedAt when API Gateway took the request, in epoch milliseconds
 */
export const pushCancel = async (
  ports: PushPorts,
  caller: Caller,
  request: PushCancelRequest,
  trace: Trace,
  receivedAt: number,
): Promise<PushResult> => {
  const cancel = cancelOf(caller, request, receivedAt);
  trace.add({ reason: cancel.reason });
  const { only, except } = request;
  return pushToPhones(ports, caller, cancel, { ...(only && { only }), ...(except && { except }) }, trace);
};

const cancelOf = (caller: Caller, request: PushCancelRequest, receivedAt: number): Cancel => {
  const { to, from, fromName, callId, reason } = request;
  const uuid = request.uuid?.toLowerCase() ?? uuidOfCall(caller.pbxId, callId ?? '');
  return {
    type: 'cancel',
    uuid,
    reason,
    callee: to,
    pbxId: caller.pbxId,
    sentAt: receivedAt,
    // A phone remembers it for as long as its call may come yet.
    expiresAt: receivedAt + longestRing * 1_000,
    ...(callId && { callId }),
    ...(from !== undefined && { caller: from }),
    ...(fromName !== undefined && { callerName: fromName }),
  };
};

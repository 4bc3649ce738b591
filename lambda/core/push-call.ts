import type { Caller } from './caller.ts';
import type { PushCallRequest, PushResult } from './contract.ts';
import type { Call } from './notice.ts';
import type { PushPorts } from './push-to-phones.ts';
import { pushToPhones } from './push-to-phones.ts';
import type { Trace } from './trace.ts';
import { uuidOfCall } from './uuid.ts';

/** `ringSeconds` is the deployment's: for calls that name none. */
export type PushCallPorts = PushPorts & { ringSeconds: number };

/**
 * `POST /push_call`.
 *
 * @param receivedAt when API Gateway took the request, in epoch milliseconds: the ring window counts from it
 */
export const pushCall = async (
  ports: PushCallPorts,
  caller: Caller,
  request: PushCallRequest,
  trace: Trace,
  receivedAt: number,
): Promise<PushResult> => {
  const call = callOf(ports, caller, request, receivedAt);
  trace.add({ ringSeconds: (call.expiresAt - call.sentAt) / 1_000, ...(call.test && { test: true }) });
  const { only } = request;
  return pushToPhones(ports, caller, call, { ...(only && { only }) }, trace);
};

const callOf = (ports: PushCallPorts, caller: Caller, request: PushCallRequest, receivedAt: number): Call => {
  const { to, from, fromName } = request;
  // What a PBX leaves empty is not there: all its calls would be one.
  const callId = request.callId || undefined;
  const derived = callId === undefined ? crypto.randomUUID() : uuidOfCall(caller.pbxId, callId);
  return {
    type: 'call',
    uuid: request.uuid?.toLowerCase() ?? derived,
    callee: to,
    pbxId: caller.pbxId,
    sentAt: receivedAt,
    expiresAt: receivedAt + (request.ringSeconds ?? ports.ringSeconds) * 1_000,
    ...(callId !== undefined && { callId }),
    ...(from !== undefined && { caller: from }),
    ...(fromName !== undefined && { callerName: fromName }),
    ...(request.test === true && { test: true }),
  };
};

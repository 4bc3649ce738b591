import type { PushCallRequest } from 'pns-proxy-client';
import { describeError } from '../log/describe-error.ts';
import type { CallAnswer, CancelAnswer, CancelRequest, RegisteredRequest } from '../operations.ts';
import { addRegistered, createCall } from './call.ts';
import { createCallBook } from './call-book.ts';
import { createCancelling } from './cancelling.ts';
import { within } from './clock.ts';
import { createFormerCalls } from './former-calls.ts';
import { createOvertaking } from './overtaking.ts';
import { patienceOf } from './patience.ts';
import type { CallPorts } from './ports.ts';
import type { Push } from './pushing.ts';
import { createPushing } from './pushing.ts';
import { uuidOfCallId } from './uuid.ts';

export type Calls = {
  /**
   * Never rejects, and answers within CALL_DEADLINE_MS. The same call pushed anew while its push is under way shares
   * its answer; pushed anew after its cancel it is not sent: `none`, with the code `cancelled`.
   */
  push(request: PushCallRequest): Promise<CallAnswer>;
  /** Never rejects, and answers within CALL_DEADLINE_MS; what is not done by then goes on. */
  cancel(request: CancelRequest): Promise<CancelAnswer>;
  /** Gives to how many calls in progress this phone belongs. */
  registered(request: RegisteredRequest): Promise<number>;
  /** How many ring: their windows have not ended, and they are not cancelled. */
  ringing(): number;
  /** Resolves once what is under way has ended; nothing is pushed again by itself afterwards. */
  finish(): Promise<void>;
};

/** The calls in progress: each is known from its push until shortly after its ring window. */
export const createCalls = (ports: CallPorts): Calls => {
  const { settings, log, clock } = ports;
  let finishing = false;
  const underWay = new Set<Promise<unknown>>();
  const track = <T>(work: Promise<T>): Promise<T> => {
    underWay.add(work);
    return work.finally(() => underWay.delete(work));
  };

  const book = createCallBook(clock);
  const overtaking = createOvertaking(clock);
  const former = createFormerCalls(clock, settings().ringSeconds);
  const { push, pushAgain } = createPushing(ports, { track, isFinishing: () => finishing });
  const cancel = createCancelling(ports);

  const pushCall = async (request: PushCallRequest): Promise<CallAnswer> => {
    const receivedAt = clock.now();
    const { key, ringSeconds, wake } = settings();
    const callId = callIdOf(request);
    const named = callId === undefined ? [] : book.find(request.to, { callId });
    // Not made anew where it is known: after a change of the key it would be another.
    const uuid = request.uuid?.toLowerCase() ?? named.at(-1)?.uuid ?? madeUuid(key, callId);
    const endsAt = receivedAt + (request.ringSeconds ?? ringSeconds) * 1_000;
    const isOvertaken = callId !== undefined && overtaking.concerns(request.to, callId, uuid);
    // Kept under its Call-ID alone, it would hold back what a queue pushes under that later.
    const isKept = !isOvertaken || request.uuid !== undefined;
    const call = isKept
      ? book.open({ to: request.to, uuid, callId }, endsAt)
      : createCall(request.to, uuid, callId, endsAt);
    if (isOvertaken) call.cancel = 'done';
    const wanted: Push = { event: 'push_call', request, receivedAt, endsAt };

    const answer = await push(call, wanted);
    if (answer.outcome === 'sent' && wake === 'until-registered')
      pushAgain(call, wanted).catch((error: unknown) => log('error', 'internal_error', describeError(error)));
    return answer;
  };

  const cancelCalls = async (request: CancelRequest): Promise<CancelAnswer> => {
    const { to } = request;
    const current = settings();
    const { key, ringSeconds } = current;
    const uuid = request.uuid?.toLowerCase();
    const callId = callIdOf(request);
    const known = book.find(to, { uuid, callId });
    if (known.length === 0 && (uuid !== undefined || callId !== undefined)) {
      const remember = () =>
        book.open({ to, uuid: uuid ?? madeUuid(key, callId), callId }, clock.now() + ringSeconds * 1_000);
      if (former.mayRing()) {
        // As a rule its push is long done, so that nothing of the same Call-ID is held back: a queue may ring again.
        const call = remember();
        former.adopt(call);
        known.push(call);
      }
      // It has overtaken its push, which must not ring any more.
      else if (uuid !== undefined) remember().cancel = 'done';
      else if (callId !== undefined && !book.knew(to, callId)) overtaking.note(to, callId);
    }

    const calls = known.filter((call) => call.cancel === undefined || call.cancel === 'failed');
    let accepted = 0;
    const told = calls.map(async (call) => {
      const phones = await cancel(call, request);
      accepted += phones;
    });
    await within(clock, patienceOf(current), Promise.all(told.map(track)));
    return { calls: calls.filter(({ cancel }) => cancel !== 'failed').length, accepted };
  };

  return {
    push: pushCall,
    cancel: cancelCalls,
    registered: async ({ extension, deviceId }) => {
      const now = clock.now();
      former.noteRegistered(extension, deviceId);
      const calls = book
        .find(extension)
        .filter((call) => addRegistered(call, deviceId))
        .filter((call) => call.cancel === undefined && call.endsAt > now);
      const uuids = calls.map(({ uuid }) => uuid);
      // A PBX may tell of every REGISTER, and a phone sends one a minute.
      log(uuids.length > 0 ? 'info' : 'debug', 'registered', { extension, deviceId, uuids });
      return uuids.length;
    },
    ringing: book.ringing,
    finish: async () => {
      finishing = true;
      await Promise.allSettled(underWay);
    },
  };
};

/** A lone surrogate would be another character once it is kept. */
const callIdOf = ({ callId }: { callId?: string }): string | undefined => callId?.toWellFormed() || undefined;

const madeUuid = (key: string, callId: string | undefined): string =>
  callId === undefined ? crypto.randomUUID() : uuidOfCallId(key, callId);

import type { PushCallRequest } from 'pns-proxy-client';
import { describeError } from '../log/describe-error.ts';
import type { CallAnswer } from '../operations.ts';
import type { Asked } from './ask.ts';
import { failed, mayHaveTaken } from './ask.ts';
import type { Call } from './call.ts';
import { addPhones, phonesAsleep } from './call.ts';
import { sleep } from './clock.ts';
import { levelOf } from './log-level.ts';
import { patienceOf } from './patience.ts';
import type { CallPorts } from './ports.ts';

export type Push = {
  event: 'push_call' | 'push_again';
  request: PushCallRequest;
  /** Epoch milliseconds, as is `endsAt`. */
  receivedAt: number;
  /** When the ring window that the request named ends. */
  endsAt: number;
};

/** Of that time, what may be spent on waiting for a register that has not reached the proxy yet. */
const settleShare = 1 / 4;

export type Pushing = {
  /** Never rejects. Shares a push of the same call to the same phones that is under way. */
  push(call: Call, push: Push): Promise<CallAnswer>;
  /** WAKE = until-registered: pushes once more at a third of the ring window to whoever has not registered by then. */
  pushAgain(call: Call, push: Push): Promise<void>;
};

/**
 * @param track is given every push under way
 * @param isFinishing whether nothing is to be pushed any more that nobody waits for
 */
export const createPushing = (
  ports: CallPorts,
  { track, isFinishing }: { track: <T>(work: Promise<T>) => Promise<T>; isFinishing: () => boolean },
): Pushing => {
  const { proxy, ask, settings, log, settled, clock } = ports;
  const settle = async (to: string, milliseconds: number): Promise<void> => {
    if (settled === undefined) return;
    try {
      await settled(to, milliseconds);
    } catch (error) {
      log('error', 'internal_error', describeError(error));
    }
  };

  const secondsLeft = (endsAt: number) => Math.max(0, Math.round(endsAt - clock.now()) / 1_000);

  const askFor = async (call: Call, { event, request, receivedAt, endsAt }: Push): Promise<Asked> => {
    const patience = patienceOf(settings());
    const isCancelled = () => call.cancel !== undefined;
    if (event === 'push_call' && !isCancelled()) await settle(call.to, patience * settleShare);
    if (isCancelled()) return failed('none', 'cancelled');
    return ask(receivedAt + patience - clock.now(), (options) =>
      proxy.pushCall({ ...request, uuid: call.uuid, ringSeconds: secondsLeft(endsAt) }, options),
    );
  };

  const send = async (call: Call, push: Push): Promise<CallAnswer> => {
    const { to, uuid, callId } = call;
    const ringSeconds = secondsLeft(push.endsAt);
    const { answer, failure } = await askFor(call, push);
    addPhones(call, answer.phones);
    const mayBeOthers = answer.outcome === 'unknown' || answer.phones.some(mayHaveTaken);
    if (mayBeOthers && push.event === 'push_call') call.others = true;
    const durationMs = Math.round(clock.now() - push.receivedAt);
    const { test } = push.request;
    const asked = { to, uuid, callId, ringSeconds, test };
    log(levelOf(answer.code), push.event, { ...asked, ...answer, ...failure, durationMs });
    return { ...answer, uuid };
  };

  const push = (call: Call, wanted: Push): Promise<CallAnswer> => {
    const name = nameOf(wanted);
    const shared = call.pushes?.get(name);
    if (shared !== undefined) return shared;

    const pushes = call.pushes ?? new Map<string, Promise<CallAnswer>>();
    call.pushes = pushes;
    const work = track(send(call, wanted)).finally(() => {
      pushes.delete(name);
      if (pushes.size === 0) call.pushes = undefined;
    });
    pushes.set(name, work);
    return work;
  };

  return {
    push,
    pushAgain: async (call, { request, receivedAt, endsAt }) => {
      if (call.again) return;
      call.again = true;
      await sleep(clock, receivedAt + (endsAt - receivedAt) / 3 - clock.now());
      if (settings().wake !== 'until-registered' || call.cancel !== undefined || isFinishing()) return;
      const only = phonesAsleep(call);
      if (only.length === 0) return;
      await push(call, {
        event: 'push_again',
        request: { ...request, only },
        receivedAt: clock.now(),
        endsAt,
      });
    },
  };
};

/** The same for the same push to the same phones. */
const nameOf = ({ event, request }: Push): string => `${event} ${request.only?.join() ?? ''}`;

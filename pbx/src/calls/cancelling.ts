import type { CancelReason } from 'pns-proxy-client';
import type { Ask, Asked } from './ask.ts';
import { failed } from './ask.ts';
import type { Call } from './call.ts';
import { allRegistered, mayRing, registeredPhones } from './call.ts';
import { levelOf } from './log-level.ts';
import { patienceOf } from './patience.ts';
import type { CallPorts } from './ports.ts';

/**
 * Cancels one call: waits for its push to end, then tells those of its phones that have not registered. The promise
 * gives how many were told, and never rejects.
 */
export const createCancelling = ({ proxy, settings, log, clock }: CallPorts, ask: Ask['ask']) => {
  const askFor = async (call: Call, reason: CancelReason): Promise<Asked> => {
    if (!mayRing(call)) return failed('none', 'not-pushed');
    if (allRegistered(call)) return failed('none', 'all-registered');
    const { to, uuid } = call;
    const except = registeredPhones(call).names;
    const asked = await ask(patienceOf(settings()), (options) =>
      proxy.pushCancel({ to, uuid, reason, ...(except.length > 0 && { except }) }, options),
    );
    const { outcome, code } = asked.answer;
    if (outcome === 'none' && code !== undefined) call.cancel = 'failed';
    return asked;
  };

  return async (call: Call, reason: CancelReason): Promise<number> => {
    call.cancel = 'done';
    await Promise.all(call.pushes?.values() ?? []);
    const startedAt = clock.now();
    const { answer, failure } = await askFor(call, reason);
    const { to, uuid, callId } = call;
    const durationMs = Math.round(clock.now() - startedAt);
    const asked = { to, uuid, callId, reason };
    log(levelOf(answer.code), 'push_cancel', { ...asked, ...answer, ...failure, durationMs });
    return answer.accepted;
  };
};

import type { CancelRequest } from '../operations.ts';
import type { Asked } from './ask.ts';
import { failed } from './ask.ts';
import type { Call } from './call.ts';
import { mayRing, phonesToSpare } from './call.ts';
import { levelOf } from './log-level.ts';
import { patienceOf } from './patience.ts';
import type { CallPorts } from './ports.ts';

/** A cancel that has not gone out by then is hardly of use. In milliseconds. */
const longestMs = 30_000;

/** What the phones are told, beside which call it is. */
type Told = Pick<CancelRequest, 'reason' | 'from' | 'fromName'>;

/**
 * Cancels one call: waits for its push to end, then tells those of its phones that have not registered. The promise
 * gives how many were told, and never rejects.
 */
export const createCancelling = ({ proxy, ask, settings, log, clock }: CallPorts) => {
  const askFor = async (call: Call, { reason, from, fromName }: Told): Promise<Asked> => {
    if (!mayRing(call)) return failed('none', 'not-pushed');
    const except = phonesToSpare(call, reason);
    if (except === 'all') return failed('none', 'all-registered');
    const { to, uuid } = call;
    // Whoever asked has its answer by then; the phones may ring as long as that.
    const leftMs = Math.min(call.endsAt - clock.now(), longestMs);
    const asked = await ask(Math.max(patienceOf(settings()), leftMs), (options) =>
      proxy.pushCancel(
        {
          to,
          uuid,
          reason,
          ...(from !== undefined && { from }),
          ...(fromName !== undefined && { fromName }),
          ...(except.length > 0 && { except }),
        },
        options,
      ),
    );
    const { outcome, code } = asked.answer;
    if (outcome === 'none' && code !== undefined) call.cancel = 'failed';
    return asked;
  };

  return async (call: Call, told: Told): Promise<number> => {
    call.cancel = 'done';
    await Promise.all(call.pushes?.values() ?? []);
    const startedAt = clock.now();
    const { answer, failure } = await askFor(call, told);
    const { to, uuid, callId } = call;
    const durationMs = Math.round(clock.now() - startedAt);
    const asked = { to, uuid, callId, reason: told.reason };
    log(levelOf(answer.code), 'push_cancel', { ...asked, ...answer, ...failure, durationMs });
    return answer.accepted;
  };
};

import type { Clock } from './clock.ts';

/**
 * How long a push may be on its way, in milliseconds, that its cancel has overtaken: a PBX asks for both at once. A
 * later push is another call: a script that cancels whatever hangs up, or a queue that rings again, must not lose it.
 */
const overtakenMs = 1_000;

/** Cancels by Call-ID alone that came before anything was pushed under it. */
export const createOvertaking = (clock: Clock) => {
  const cancels = new Map<string, { uuid?: string; takeBack: () => void }>();
  const nameOf = (to: string, callId: string) => `${to} ${callId}`;

  return {
    note: (to: string, callId: string): void => {
      const name = nameOf(to, callId);
      cancels.get(name)?.takeBack();
      cancels.set(name, { takeBack: clock.alarm(overtakenMs, () => cancels.delete(name)) });
    },
    /** Whether a push is the one that such a cancel was for: the first, and each repeat of it. */
    concerns: (to: string, callId: string, uuid: string): boolean => {
      const cancel = cancels.get(nameOf(to, callId));
      if (cancel === undefined) return false;
      cancel.uuid ??= uuid;
      return cancel.uuid === uuid;
    },
  };
};

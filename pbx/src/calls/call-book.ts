import type { Call } from './call.ts';
import { createCall } from './call.ts';
import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';

/** How long a call is remembered after its ring window, in milliseconds: when `Dial()` runs out, its cancel follows. */
const graceMs = 5_000;

/** How often what is over is forgotten, in milliseconds. */
const sweepMs = 1_000;

export type CallBook = {
  /** Finds the call, or makes it; its ring window lasts until `endsAt` at least. */
  open(name: { to: string; uuid: string; callId: string | undefined }, endsAt: number): Call;
  /** The calls to an extension that are not forgotten yet; of them the one with this UUID, or those with this Call-ID. */
  find(to: string, name?: { uuid?: string | undefined; callId?: string | undefined }): Call[];
  /** How many ring: their windows have not ended, and they are not cancelled. */
  ringing(): number;
  /** How many are remembered. */
  size(): number;
};

/** The calls in progress, by extension: a ring group rings several with one UUID. */
export const createCallBook = (clock: Clock): CallBook => {
  const extensions = new Map<string, Map<string, Call>>();
  let size = 0;
  let sweeping = false;

  const isOver = (call: Call): boolean => call.pushes === undefined && call.endsAt + graceMs <= clock.now();

  const sweep = async () => {
    sweeping = true;
    while (size > 0) {
      await sleep(clock, sweepMs);
      for (const [to, calls] of extensions) {
        for (const [uuid, call] of calls) {
          if (!isOver(call)) continue;
          calls.delete(uuid);
          size -= 1;
        }
        if (calls.size === 0) extensions.delete(to);
      }
    }
    sweeping = false;
  };

  return {
    open: ({ to, uuid, callId }, endsAt) => {
      const known = extensions.get(to)?.get(uuid);
      if (known !== undefined && !isOver(known)) {
        known.endsAt = Math.max(known.endsAt, endsAt);
        return known;
      }
      const call = createCall(to, uuid, callId, endsAt);
      if (known === undefined) size += 1;
      const calls = extensions.get(to) ?? new Map<string, Call>();
      calls.set(call.uuid, call);
      extensions.set(call.to, calls);
      if (!sweeping) void sweep();
      return call;
    },
    find: (to, { uuid, callId } = {}) => {
      const known = extensions.get(to);
      const calls = uuid === undefined ? [...(known?.values() ?? [])] : [known?.get(uuid)];
      return calls
        .filter((call) => call !== undefined)
        .filter((call) => !isOver(call))
        .filter((call) => uuid !== undefined || callId === undefined || call.callId === callId);
    },
    ringing: () => {
      const now = clock.now();
      let count = 0;
      for (const calls of extensions.values()) {
        for (const call of calls.values()) if (call.cancel === undefined && call.endsAt > now) count += 1;
      }
      return count;
    },
    size: () => size,
  };
};

import type { Call } from './call.ts';
import { createCall } from './call.ts';
import type { Clock } from './clock.ts';
import { sleep } from './clock.ts';

/** How long a call is remembered after its ring window, in milliseconds: when `Dial()` runs out, its cancel follows. */
const graceMs = 5_000;

/** How long its Call-ID is remembered after that, in milliseconds: a PBX may ring for longer than it said. */
const pastMs = 25_000;

/** How often what is over is forgotten, in milliseconds. */
const sweepMs = 1_000;

export type CallBook = {
  /** Finds the call, or makes it; its ring window lasts until `endsAt` at least. */
  open(name: { to: string; uuid: string; callId: string | undefined }, endsAt: number): Call;
  /** The calls to an extension that are not forgotten yet; of them the one with this UUID, or those with this Call-ID. */
  find(to: string, name?: { uuid?: string | undefined; callId?: string | undefined }): Call[];
  /** Whether there has been a call to this extension of this Call-ID until lately. */
  knew(to: string, callId: string): boolean;
  /** How many ring: their windows have not ended, and they are not cancelled. */
  ringing(): number;
};

/** The calls in progress, by extension: a ring group rings several with one UUID. */
export const createCallBook = (clock: Clock): CallBook => {
  const extensions = new Map<string, Map<string, Call>>();
  /** When calls were forgotten, in epoch milliseconds, by extension and Call-ID. */
  const past = new Map<string, number>();
  const nameOf = (to: string, callId: string) => `${to} ${callId}`;
  let size = 0;
  let sweeping = false;

  const isOver = (call: Call): boolean => call.pushes === undefined && call.endsAt + graceMs <= clock.now();

  const forget = ({ to, uuid, callId }: Call) => {
    extensions.get(to)?.delete(uuid);
    size -= 1;
    if (callId !== undefined) past.set(nameOf(to, callId), clock.now());
  };

  const sweep = async () => {
    sweeping = true;
    while (size > 0 || past.size > 0) {
      await sleep(clock, sweepMs);
      for (const [to, calls] of extensions) {
        for (const call of calls.values()) if (isOver(call)) forget(call);
        if (calls.size === 0) extensions.delete(to);
      }
      for (const [name, at] of past) if (at + pastMs <= clock.now()) past.delete(name);
    }
    sweeping = false;
  };

  return {
    open: ({ to, uuid, callId }, endsAt) => {
      const known = extensions.get(to)?.get(uuid);
      if (known !== undefined && !isOver(known)) {
        // What is cancelled rings no longer: a queue that goes on under one Call-ID is not shut out for good.
        if (known.cancel === undefined) known.endsAt = Math.max(known.endsAt, endsAt);
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
    knew: (to, callId) =>
      past.has(nameOf(to, callId)) ||
      [...(extensions.get(to)?.values() ?? [])].some((call) => call.callId === callId),
    ringing: () => {
      const now = clock.now();
      let count = 0;
      for (const calls of extensions.values()) {
        for (const call of calls.values()) if (call.cancel === undefined && call.endsAt > now) count += 1;
      }
      return count;
    },
  };
};

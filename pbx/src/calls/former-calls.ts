import type { Call } from './call.ts';
import { addRegistered, mostPhones } from './call.ts';
import type { Clock } from './clock.ts';

/**
 * Calls that the pns before this one may have pushed. Nobody here knows of them; for one ring window after the start
 * a cancel that names one is sent all the same, but not to phones that have registered since.
 */
export const createFormerCalls = (clock: Clock, ringSeconds: () => number) => {
  const startedAt = clock.now();
  const registered = new Map<string, Set<string>>();
  const mayRing = () => clock.now() < startedAt + ringSeconds() * 1_000;

  return {
    mayRing,
    noteRegistered: (extension: string, deviceId: string | undefined): void => {
      if (!mayRing()) registered.clear();
      else if (deviceId !== undefined) {
        const phones = registered.get(extension) ?? new Set();
        if (phones.size < mostPhones) registered.set(extension, phones.add(deviceId));
      }
    },
    /** Takes a call, just made for its cancel, for one of them. */
    adopt: (call: Call): void => {
      call.others = true;
      for (const deviceId of registered.get(call.to) ?? []) addRegistered(call, deviceId);
    },
  };
};

import type { Call } from './call.ts';
import { addRegistered, copyOf } from './call.ts';
import type { Clock } from './clock.ts';

/**
 * Calls that the pns before this one may have pushed. Nobody here knows of them; for one ring window after the start
 * a cancel that names one is sent all the same, but not to phones that have registered since.
 *
 * @param ringSeconds as the settings have it at the start: what is set later is not how long those ring
 */
export const createFormerCalls = (clock: Clock, ringSeconds: number) => {
  /** deviceIds by extension, `undefined` where the PBX did not tell which; none any more once no such call can ring. */
  let registered: Map<string, Set<string | undefined>> | undefined = new Map();
  clock.alarm(ringSeconds * 1_000, () => {
    registered = undefined;
  });

  return {
    mayRing: (): boolean => registered !== undefined,
    noteRegistered: (extension: string, deviceId: string | undefined): void => {
      if (registered === undefined) return;
      const phones = registered.get(extension) ?? new Set();
      registered.set(copyOf(extension), phones.add(deviceId === undefined ? undefined : copyOf(deviceId)));
    },
    /** Takes a call, just made for its cancel, for one of them. */
    adopt: (call: Call): void => {
      call.others = true;
      for (const deviceId of registered?.get(call.to) ?? []) addRegistered(call, deviceId);
    },
  };
};

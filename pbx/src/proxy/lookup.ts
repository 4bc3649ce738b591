import type { LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { systemClock, within } from '../calls/clock.ts';
import type { Resolve } from './resolve.ts';

/** What a host had last is waited past for so long, in milliseconds: a call is ringing. */
const freshWithinMs = 200;
/** As long as that, addresses that nobody confirms any more are better than none (RFC 8767, section 5). */
const staleForMs = 24 * 3_600_000;
/** An endpoint that is down is not looked for more often than that, however much fails to reach it. */
const doubtEveryMs = 1_000;

/** Of a host, as whoever connects gets them. */
export const addressesOf = (lookup: LookupFunction, hostname: string): Promise<string[]> =>
  new Promise((resolve, reject) =>
    lookup(hostname, { all: true }, (error, found) => {
      if (error) reject(error);
      else resolve([found].flat().map((one) => (typeof one === 'string' ? one : one.address)));
    }),
  );

export type Lookup = LookupFunction & {
  /**
   * Nothing connects to what is known: it may have moved, and is asked for anew before it is used again. Within a second
   * of the first such word, once that second is over.
   */
  doubt(): void;
};

type Known = { addresses: readonly LookupAddress[]; at: number; until: number };

/** A replacement of `dns.lookup` that remembers: a resolver that fails costs no call its push once it has answered. */
export const createLookup = (resolve: Resolve): Lookup => {
  const known = new Map<string, Known>();
  let doubtedAt = Number.NEGATIVE_INFINITY;
  const asked = new Map<string, Promise<readonly LookupAddress[]>>();

  const lastOf = (hostname: string): Known | undefined => {
    const last = known.get(hostname);
    return last !== undefined && performance.now() <= last.at + staleForMs ? last : undefined;
  };

  const ask = (hostname: string): Promise<readonly LookupAddress[]> => {
    const underWay = asked.get(hostname);
    if (underWay !== undefined) return underWay;
    const answer = resolve(hostname)
      .then(({ addresses, holdMs, missing }) => {
        const now = performance.now();
        const last = lastOf(hostname);
        const kept = last?.addresses.filter(({ family }) => family === missing) ?? [];
        const found = missing === 4 ? [...kept, ...addresses] : [...addresses, ...kept];
        // What is kept does not outlive its day by being kept again.
        const at = kept.length > 0 && last !== undefined ? last.at : now;
        known.set(hostname, { addresses: found, at, until: now + holdMs });
        return found;
      })
      .finally(() => asked.delete(hostname));
    asked.set(hostname, answer);
    return answer;
  };

  const find = async (hostname: string): Promise<readonly LookupAddress[]> => {
    const literal = isIP(hostname);
    if (literal !== 0) return [{ address: hostname, family: literal }];
    const last = lastOf(hostname);
    if (last === undefined) return ask(hostname);
    if (performance.now() < last.until) return last.addresses;
    const fresh = await within(systemClock, freshWithinMs, ask(hostname)).catch(() => undefined);
    return fresh ?? last.addresses;
  };

  const lookup: LookupFunction = (hostname, { family, all }, callback) => {
    const wanted = family === 6 || family === 'IPv6' ? 6 : family ? 4 : 0;
    find(hostname)
      .then(
        (found) => {
          const addresses = found.filter((one) => wanted === 0 || one.family === wanted);
          const [first] = addresses;
          if (first === undefined)
            callback(Object.assign(new Error(`no address of ${hostname}`), { code: 'ENOTFOUND' }), '', 0);
          else if (all) callback(null, addresses);
          else callback(null, first.address, first.family);
        },
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), '', 0),
      )
      // What the callback throws would end the process; the connection that waits is given up in its time.
      .catch(() => {});
  };

  return Object.assign(lookup, {
    doubt: () => {
      const now = performance.now();
      const isSoon = now < doubtedAt + doubtEveryMs;
      if (!isSoon) doubtedAt = now;
      for (const last of known.values())
        last.until = isSoon ? Math.min(last.until, doubtedAt + doubtEveryMs) : 0;
    },
  });
};

import { Resolver } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { PushRefusal } from '../../core/ports.ts';

/** All that IANA has given out for hosts of the public internet (IANA IPv6 Global Unicast Address Assignments). */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/** Whether this is an address of a host on the public internet: one of no special purpose (RFC 6890). */
export const isPublicAddress = (address: string): boolean => {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || parsed.match(globalUnicast);
};

/** Gives all addresses of a name. Where there is none, it rejects or gives none. */
export type Resolve = (name: string) => Promise<string[]>;

/** IPv6 is asked for where there is no IPv4: a Lambda function outside a VPC has IPv4 alone. */
export const resolveBy =
  (resolver: Resolver): Resolve =>
  async (name) => {
    const found = await resolver.resolve4(name).catch(() => []);
    return found.length > 0 ? found : resolver.resolve6(name);
  };

/**
 * Asks DNS alone: no hosts file, and none of the four threads that every look-up of the process shares, so that a name
 * server that is slow for one name delays nobody. Times in milliseconds.
 */
export const resolveInDns = resolveBy(new Resolver({ timeout: 400, tries: 2 }));

/**
 * Looks up what a connection is made to, and lets public addresses through alone: what was checked is what is connected
 * to, whatever the name resolves to a moment later. Fails with PushRefusal `address-not-public`.
 */
export const createPublicLookup = (resolve: Resolve): LookupFunction => {
  const publicAddressesOf = async (name: string) => {
    const addresses = await resolve(name);
    if (!addresses.every(isPublicAddress)) throw new PushRefusal('address-not-public');
    return addresses.map((address) => ({ address, family: isIP(address) }));
  };
  return (name, { all }, callback) => {
    publicAddressesOf(name).then(
      (found) => {
        const [first] = found;
        if (first === undefined) callback(new Error('the name has no address'), '');
        else if (all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: Error) => callback(error, ''),
    );
  };
};

/** The host of a URL that is an address itself: nothing is looked up then. */
export const addressIn = ({ hostname }: URL): string | undefined => {
  const bare = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) === 0 ? undefined : bare;
};

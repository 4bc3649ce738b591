import type { IncomingHttpHeaders } from 'node:http';
import { BlockList, isIP } from 'node:net';
import { hostname } from 'node:os';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

const thisMachine = hostname().toLowerCase();

/** @param address of a socket's other end, `::ffff:127.0.0.1` too */
export const isLoopback = (address: string | undefined): boolean => {
  const family = isIP(address ?? '');
  return address !== undefined && family !== 0 && loopback.check(address, family === 6 ? 'ipv6' : 'ipv4');
};

/**
 * Whether a browser sends this for a page of somebody else's: it can reach what listens on its machine, and the page
 * only needs to name an address. Told by Origin, Referer and Sec-Fetch-Site, of which a browser sends one at least in most
 * cases, and where a name has been pointed here for it (DNS rebinding), by Host.
 *
 * @param ownName what PROXY_ADDRESS names
 */
export const isForeignPage = (headers: IncomingHttpHeaders, ownName: string): boolean => {
  const { host, origin, referer } = headers;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin !== undefined && origin !== `http://${host}`) return true;
  if (referer !== undefined && !referer.startsWith(`http://${host}/`)) return true;
  return host !== undefined && !isOwn(host, ownName);
};

/** An address, or a name that nobody outside can own: one without a dot, this machine's, and the one it listens at. */
const isOwn = (host: string, ownName: string): boolean => {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  if (isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || /^([\w-]+|.*\.localhost)$/.test(name)) return true;
  return name === ownName.toLowerCase() || name === thisMachine;
};

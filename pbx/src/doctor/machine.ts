import { networkInterfaces } from 'node:os';
import process from 'node:process';
import { holderOf } from '../daemon/instance.ts';
import { addressesOf, createLookup } from '../proxy/lookup.ts';
import { resolveAsSystem } from '../proxy/resolve.ts';
import { version } from '../version.ts';
import type { Ports } from './context.ts';

export const thisMachine = (): Ports => ({
  version,
  environment: process.env,
  resolvConf: '/etc/resolv.conf',
  dnsPort: 53,
  lookUp: (host) => addressesOf(createLookup(resolveAsSystem()), host),
  networks: () =>
    Object.values(networkInterfaces())
      .flatMap((interfaces) => interfaces ?? [])
      .flatMap(({ internal, cidr }) => (internal || cidr === null ? [] : [cidr])),
  holderOf: async (dataDir) => holderOf(dataDir),
});

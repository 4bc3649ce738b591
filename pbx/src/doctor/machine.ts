import { execFile } from 'node:child_process';
import { networkInterfaces } from 'node:os';
import process from 'node:process';
import { promisify } from 'node:util';
import { findInstance } from '../daemon/instance.ts';
import { version } from '../version.ts';
import type { Ports } from './context.ts';

export const thisMachine = (): Ports => ({
  version,
  environment: process.env,
  resolvConf: '/etc/resolv.conf',
  dnsPort: 53,
  lookUp,
  networks: () =>
    Object.values(networkInterfaces())
      .flatMap((interfaces) => interfaces ?? [])
      .flatMap(({ internal, cidr }) => (internal || cidr === null ? [] : [cidr])),
  pidOf: async (dataDir) => findInstance(dataDir),
});

/** The C library goes on trying for longer than anybody waits for `pns doctor`. */
const lookUpMs = 3_000;
/** getent(1) */
const notFound = 2;

/** As Node looks up, but in a process that can be ended: a look-up of Node's own would keep this one from exiting. */
const lookUp = async (host: string): Promise<string[]> => {
  try {
    const { stdout } = await promisify(execFile)('getent', ['ahosts', host], { timeout: lookUpMs });
    return [...new Set(stdout.split('\n').flatMap((line) => line.split(/\s/)[0] || []))];
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    const known = code === notFound ? 'ENOTFOUND' : code === null ? 'ETIMEDOUT' : code;
    throw Object.assign(new Error(`no address of ${host}`, { cause }), { code: known });
  }
};

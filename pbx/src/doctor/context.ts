import type { Holder } from '../daemon/instance.ts';
import type { Settings } from '../settings/settings.ts';
import type { AriReading } from './ari.ts';
import type { Reach } from './reach.ts';
import type { RegistrationsReading } from './registrations.ts';
import type { Resolution } from './resolution.ts';

/** What a check knows. What several need is found out once. */
export type Context = {
  settings: Settings;
  ports: Ports;
  /** The extension that the operator asks about. */
  extension: string | undefined;
  /** Once the whole run has had its time. */
  signal: AbortSignal;
  resolution(): Promise<Resolution>;
  reach(): Promise<Reach>;
  /** Undefined where ARI is not configured. */
  ari(): Promise<AriReading | undefined>;
  registrations(): Promise<RegistrationsReading | undefined>;
};

/** The machine that is looked at. */
export type Ports = {
  /** Of this program. */
  version: string;
  environment: Readonly<Record<string, string | undefined>>;
  /** The system's file of resolvers. */
  resolvConf: string;
  /** Where the resolvers of such a file listen. */
  dnsPort: number;
  /** The addresses of a host, as pns finds them by the system's files. Rejects with a `code` where there are none. */
  lookUp(host: string): Promise<string[]>;
  /** This machine's networks but the loopback one, in CIDR notation. */
  networks(): readonly string[];
  /** The process that holds the daemon's data. */
  holderOf(dataDir: string): Promise<Holder>;
};

/** Keeps what the function gives for whoever asks next. */
export const once = <Result>(find: () => Promise<Result>): (() => Promise<Result>) => {
  let found: Promise<Result> | undefined;
  return () => {
    found ??= find();
    return found;
  };
};

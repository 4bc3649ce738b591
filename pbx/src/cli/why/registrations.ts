import type { SpoolEntry } from './entries.ts';

/** A register, update or delete of a phone, and how far it came; times in epoch milliseconds. */
export type Registration = {
  id: number;
  operation: 'register' | 'update' | 'delete';
  deviceId: string | undefined;
  fingerprint: string | undefined;
  /** When pns took it; unknown where the log goes back no further. */
  takenAt: number | undefined;
  /** When the proxy had it. */
  deliveredAt?: number;
  /** When the proxy refused it for good. */
  keptAsideAt?: number;
  /** Of the last try that failed. */
  failure?: { at: number; code: string };
};

const takenAtOf = ({ time, ageMs }: SpoolEntry): number | undefined =>
  typeof ageMs === 'number' ? time - ageMs : undefined;

/** So many are kept of each extension, the latest: a log may tell of thousands, of which a call wants one. */
const mostPerExtension = 30;

/** What the log tells of who was registered when, of every extension, as its lines are read from the oldest on. */
export const createRegistrations = (onNew: (extension: string, registration: Registration) => void) => {
  const ofExtension = new Map<string, Registration[]>();
  const undelivered = new Map<number, Registration>();
  /** Which extensions a token was registered for: an update or a logout names the token alone. */
  const byToken = new Map<string, Set<string>>();

  const extensionsOf = ({ extension, fingerprint }: SpoolEntry): string[] => {
    if (extension) return [extension];
    return fingerprint ? [...(byToken.get(fingerprint) ?? [])] : [];
  };

  const begin = (entry: SpoolEntry, takenAt: number | undefined): Registration => {
    const { entry: id, operation, deviceId, fingerprint, newFingerprint } = entry;
    const registration: Registration = {
      id,
      operation: operation ?? 'register',
      deviceId: deviceId ?? undefined,
      fingerprint: fingerprint ?? undefined,
      takenAt,
    };
    const extensions = extensionsOf(entry);
    for (const token of operation === 'delete' ? [] : [fingerprint, newFingerprint]) {
      if (token) byToken.set(token, new Set([...(byToken.get(token) ?? []), ...extensions]));
    }
    for (const extension of extensions) {
      const known = [...(ofExtension.get(extension) ?? []), registration];
      ofExtension.set(extension, known.slice(-mostPerExtension));
      onNew(extension, registration);
    }
    undelivered.set(id, registration);
    return registration;
  };

  return {
    add: (entry: SpoolEntry): void => {
      if (entry.event === 'spooled') {
        begin(entry, entry.time);
        return;
      }
      const registration = undelivered.get(entry.entry) ?? begin(entry, takenAtOf(entry));
      if (entry.event === 'delivered') registration.deliveredAt = entry.time;
      else registration.failure = { at: entry.time, code: entry.code ?? 'unknown' };
      if (entry.event === 'kept_aside') registration.keptAsideAt = entry.time;
      if (entry.event !== 'delivery_failed') undelivered.delete(entry.entry);
    },
    /** Those of an extension so far, the oldest first. */
    of: (extension: string): readonly Registration[] => ofExtension.get(extension) ?? [],
  };
};

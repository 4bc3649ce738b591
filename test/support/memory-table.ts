import type { RegistrationTable } from '../../lambda/core/ports.ts';
import type { Application, Registration, RegistrationKey } from '../../lambda/core/registration.ts';

type Rows = ReadonlyMap<string, Registration>;

const nameOf = ({ tokenHash, pbxId, line }: RegistrationKey): string => `${tokenHash}/${pbxId}/${line}`;

/** The table holds `expiresAt` in whole seconds. */
const stored = (row: Registration): Registration => ({
  ...row,
  expiresAt: Math.ceil(row.expiresAt / 1_000) * 1_000,
});

const isSame = (a: Application, b: Application): boolean =>
  a.app === b.app && a.platform === b.platform && a.environment === b.environment;

const omit = (row: Registration, names: readonly (keyof Registration)[]): Registration => {
  const copy = { ...row };
  for (const name of names) delete copy[name as 'verifiedAt'];
  return copy;
};

/**
 * The table in memory: the double that core's tests run on, held to the same contract suite as the real one.
 *
 * @param initial rows that are there from the first version on
 * @param snapshotFor which version of the rows an index read sees, out of `versions`; the newest by default
 */
export const createMemoryTable = (
  snapshotFor: (versions: readonly Rows[]) => Rows | undefined = (all) => all.at(-1),
  initial: readonly Registration[] = [],
) => {
  const versions: Rows[] = [new Map(initial.map((row) => [nameOf(row), stored(row)]))];
  const removedListeners: ((row: Registration) => void)[] = [];
  const rows = (): Rows => versions.at(-1) ?? new Map();
  const write = (change: (next: Map<string, Registration>) => void): void => {
    const next = new Map(rows());
    change(next);
    versions.push(next);
  };
  const put = (row: Registration) => write((next) => next.set(nameOf(row), stored(row)));
  const indexed = (): Registration[] => [...(snapshotFor(versions) ?? rows()).values()];
  const change = (
    key: RegistrationKey,
    read: number,
    apply: (row: Registration) => Registration,
  ): boolean => {
    const row = rows().get(nameOf(key));
    if (row === undefined || row.registeredAt !== read) return false;
    put(apply(row));
    return true;
  };
  const withEndpointOf = (row: Registration | undefined, claimed: Registration): Registration => ({
    ...omit(claimed, ['endpointArn', 'verifiedAt', 'disabledAt', 'disabledReason']),
    ...(row?.endpointArn !== undefined && { endpointArn: row.endpointArn }),
    ...(row?.verifiedAt !== undefined && { verifiedAt: row.verifiedAt }),
  });

  const table: RegistrationTable = {
    claim: async (registration) => {
      const before = rows().get(nameOf(registration));
      put(withEndpointOf(before, registration));
      return before;
    },
    inherit: async (registration) => {
      const row = rows().get(nameOf(registration));
      const dead = row !== undefined && row.expiresAt <= registration.registeredAt;
      const same = row !== undefined && isSame(row, registration);
      if (row !== undefined && !dead && !(same && row.claimedAt < registration.claimedAt)) return false;
      put(omit(withEndpointOf(row, registration), ['verifiedAt']));
      return true;
    },
    ofToken: async (pbxId, tokenHash) =>
      [...rows().values()].filter((row) => row.pbxId === pbxId && row.tokenHash === tokenHash),
    ofTokenAnywhere: async (tokenHash) => [...rows().values()].filter((row) => row.tokenHash === tokenHash),
    get: async (key) => rows().get(nameOf(key)),
    ofExtension: async (pbxId, extension) =>
      indexed().filter((row) => row.pbxId === pbxId && row.extension === extension),
    ofEndpoint: async (endpointArn) =>
      indexed()
        .filter((row) => row.endpointArn === endpointArn)
        .map(({ tokenHash, pbxId, line }) => ({ tokenHash, pbxId, line })),
    setEndpoint: async (key, { endpointArn, verifiedAt }, read) => {
      const row = rows().get(nameOf(key));
      if (row === undefined || !isSame(row, read)) return false;
      return change(key, read.registeredAt, () => ({
        ...row,
        endpointArn,
        ...(verifiedAt !== undefined && { verifiedAt }),
      }));
    },
    setRefusal: async (key, refusal, expiresAt, { registeredAt, verifiedAt, disabledReason }) => {
      const row = rows().get(nameOf(key));
      if (row?.disabledReason !== disabledReason || row?.verifiedAt !== verifiedAt) return false;
      return change(key, registeredAt, (row) => ({
        ...omit(row, ['disabledAt', 'disabledReason']),
        ...(refusal && { disabledAt: refusal.at, disabledReason: refusal.reason }),
        expiresAt,
      }));
    },
    remove: async (key, onlyIf = {}) => {
      const row = rows().get(nameOf(key));
      if (row === undefined) return false;
      if (onlyIf.registeredAt !== undefined && onlyIf.registeredAt !== row.registeredAt) return false;
      if (onlyIf.extension !== undefined && onlyIf.extension !== row.extension) return false;
      write((next) => next.delete(nameOf(key)));
      for (const listener of removedListeners) listener(row);
      return true;
    },
  };
  return {
    table,
    rows: (): Registration[] => [...rows().values()],
    versions: versions as readonly Rows[],
    /** Notes all that was written; what it gives takes back what was written since. */
    save: (): (() => void) => {
      const before = [...versions];
      return () => void versions.splice(0, versions.length, ...before);
    },
    /** Stands in for the stream. */
    onRemoved: (listener: (row: Registration) => void) => void removedListeners.push(listener),
  };
};

import type { Caller } from './caller.ts';
import { visibleTo } from './caller.ts';
import type { UpdateRequest, UpdateResult } from './contract.ts';
import type { EndpointPorts } from './endpoints.ts';
import { patienceMs, verifyOrTakeBack } from './endpoints.ts';
import { ServiceError } from './errors.ts';
import type { Registration } from './registration.ts';
import { isLive, isOfSameApplication, keyOf } from './registration.ts';
import { readSubscription } from './subscription.ts';
import { fingerprintOf, hashOf, isTokenOf, storedForm } from './token.ts';
import type { Trace } from './trace.ts';

export type UpdatePorts = EndpointPorts & { lifetimeMs: number };

/** How often a row may change under our hands before the PBX is asked to come again. */
const tries = 5;

/**
 * `POST /update`: a phone's token was replaced. Each registration is written under the new token, then removed
 * under the old one, so that a crash between leaves both and a repeat ends it. Which of two claims of the new
 * token is the later one is told by `claimedAt`, which an update hands on: so neither a repeat nor a race
 * brings an extension back that was logged out.
 */
export const update = async (
  ports: UpdatePorts,
  caller: Caller,
  { oldToken, newToken }: UpdateRequest,
  trace: Trace,
): Promise<UpdateResult> => {
  trace.add({ fingerprint: fingerprintOf(oldToken), newFingerprint: fingerprintOf(newToken) });
  const rowsOf = (token: string) => ports.table.ofToken(caller.pbxId, hashOf(token));
  const live = (rows: readonly Registration[]) => rows.filter((row) => isLive(row, ports.clock.now()));
  const known = async (token: string) => live(await rowsOf(token));

  await refuseNewKeys(known, oldToken, newToken);
  const rows = hashOf(oldToken) === hashOf(newToken) ? [] : (await known(oldToken)).filter(visibleTo(caller));
  trace.add({ registrations: rows.length });
  if (rows.length > 0) {
    const present = await rowsOf(newToken);
    refuseOtherKind(rows, newToken, live(present));
    await removeForeign(ports, rows, present);
  }
  const deadline = ports.clock.now() + patienceMs;
  for (const row of rows) await move(ports, row, newToken, deadline, trace);

  const moved = (await known(newToken)).filter(visibleTo(caller));
  if (rows.length === 0 && moved.length === 0) {
    throw new ServiceError('unknown-token', 'neither token is registered at this PBX', {
      complaints: [{ path: 'oldToken', expected: 'a token that this PBX has registered' }],
    });
  }
  trace.add({ extension: moved.map((row) => row.extension).join(' '), updated: moved.length });
  return { updated: moved.length };
};

/** A browser is its push address: with new keys for the same one it is no new phone, and `/register` takes them. */
const refuseNewKeys = async (
  known: (token: string) => Promise<Registration[]>,
  oldToken: string,
  newToken: string,
): Promise<void> => {
  if (hashOf(oldToken) !== hashOf(newToken) || readSubscription(newToken) === undefined) return;
  const stored = storedForm('webpush', newToken);
  if ((await known(newToken)).every(({ token }) => token === stored)) return;
  throw new ServiceError('invalid-token', 'newToken has the push address of oldToken, and other keys', {
    complaints: [
      { path: 'newToken', expected: 'another push address; new keys of the same one go to /register' },
    ],
  });
};

const otherKind = 'newToken is no token of its registration’s';

/** A token belongs to one app and platform: one that is registered for another is not this phone's new one. */
const refuseOtherKind = (
  rows: readonly Registration[],
  newToken: string,
  present: readonly Registration[],
): void => {
  for (const row of rows) {
    const other = present.some((there) => !isOfSameApplication(there, row));
    if (other || !isTokenOf(row.platform, newToken)) throw refusedToken(row, otherKind);
  }
};

/** What another application has left under the new token is dead, and would take its endpoint's name with it. */
const removeForeign = async (
  { table }: UpdatePorts,
  rows: readonly Registration[],
  present: readonly Registration[],
): Promise<void> => {
  const foreign = present.filter((there) => rows.some((row) => !isOfSameApplication(there, row)));
  for (const { registeredAt, ...row } of foreign) await table.remove(keyOf(row), { registeredAt });
};

const refusedToken = ({ platform }: Registration, detail: string): ServiceError =>
  new ServiceError('invalid-token', `${detail} app and platform, ${platform}`, {
    complaints: [{ path: 'newToken', expected: `a push token of the same app and the platform ${platform}` }],
  });

const move = async (
  ports: UpdatePorts,
  row: Registration,
  newToken: string,
  deadline: number,
  trace: Trace,
): Promise<void> => {
  const { table } = ports;
  let from: Registration | undefined = row;
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const to = successorOf(ports, from, newToken);
    if (!(await table.inherit(to))) await refuseForeign(table, to);
    else if (!(await verifyOrTakeBack(ports, to, deadline, trace))) {
      throw refusedToken(to, 'Amazon SNS takes newToken for no token of the registration’s');
    }
    if (await table.remove(keyOf(from), { registeredAt: from.registeredAt })) return;
    from = await table.get(keyOf(from));
    // Registered for another application since, the old token is a phone's of its own.
    if (from === undefined || !isOfSameApplication(from, row)) return;
  }
  throw new ServiceError('unavailable', 'the registration kept changing');
};

/** Not written, since a later claim is there; or one of another application, which came after it was looked for. */
const refuseForeign = async (table: UpdatePorts['table'], to: Registration): Promise<void> => {
  const there = await table.get(keyOf(to));
  if (there === undefined || isOfSameApplication(there, to)) return;
  throw refusedToken(to, otherKind);
};

const successorOf = (
  { clock, lifetimeMs }: UpdatePorts,
  from: Registration,
  newToken: string,
): Registration => {
  const { endpointArn: _1, verifiedAt: _2, disabledAt: _3, disabledReason: _4, ...kept } = from;
  const now = clock.now();
  return {
    ...kept,
    token: storedForm(from.platform, newToken),
    tokenHash: hashOf(newToken),
    registeredAt: now,
    expiresAt: now + lifetimeMs,
  };
};

import { type Apps, serves } from './apps.ts';
import type { Caller } from './caller.ts';
import { appOf, visibleTo } from './caller.ts';
import type { RegisterRequest, RegisterResult } from './contract.ts';
import { days } from './duration.ts';
import type { EndpointPorts } from './endpoints.ts';
import { patienceMs, releaseEndpoint, verifyOrTakeBack } from './endpoints.ts';
import { ServiceError } from './errors.ts';
import { countPhones } from './phones.ts';
import { PushRefusal } from './ports.ts';
import type { Registration } from './registration.ts';
import { hasSandbox, isDisabled, isLive, isOfSameApplication, keyOf } from './registration.ts';
import { fingerprintOf, hashOf, storedForm } from './token.ts';
import type { Trace } from './trace.ts';

export type RegisterPorts = EndpointPorts & {
  apps: Apps;
  lifetimeMs: number;
  /** How many registrations an extension may hold; the oldest go. */
  registrationsPerExtension: number;
};

/** For this long after SNS was asked, a register asks it again only where a refusal is known. */
const verifiedForMs = days(1);

/**
 * `POST /register`. The first write settles who is called on this token; all that follows may fail or be cut
 * off without harm to a call, since push_call makes what is missing.
 */
export const register = async (
  ports: RegisterPorts,
  caller: Caller,
  request: RegisterRequest,
  trace: Trace,
): Promise<RegisterResult> => {
  const { table, endpoints } = ports;
  const claimed = claimOf(ports, caller, request);
  trace.add({ extension: claimed.extension, platform: claimed.platform, app: claimed.app });
  trace.add({ fingerprint: fingerprintOf(claimed.token), line: claimed.line });

  const before = await trace.timed('table', () => table.claim(claimed));
  const known = before !== undefined && isLive(before, claimed.registeredAt) ? before : undefined;
  const trusted =
    known?.endpointArn !== undefined &&
    known.verifiedAt !== undefined &&
    known.verifiedAt > claimed.registeredAt - verifiedForMs &&
    !isDisabled(known) &&
    isOfSameApplication(known, claimed) &&
    endpoints.belongs(known.endpointArn, claimed);
  const deadline = ports.clock.now() + patienceMs;
  try {
    if (trusted) trace.add({ endpoint: 'trusted' });
    else await trace.timed('sns', () => verify(ports, claimed, deadline, trace));
  } finally {
    // Nothing else tells of it: the row that named the endpoint is there still.
    if (before !== undefined && !isOfSameApplication(before, claimed))
      await leave(ports, before, deadline, trace);
  }

  const devices = await countAndTrim(ports, caller, claimed);
  const status =
    known === undefined ? 'created' : known.extension === claimed.extension ? 'refreshed' : 'moved';
  trace.add({ status, devices });
  return { status, devices };
};

const claimOf = (ports: RegisterPorts, caller: Caller, request: RegisterRequest): Registration => {
  const { extension, token, platform, deviceId, deviceName, callAlerts, harmonyOs } = request;
  const now = ports.clock.now();
  return {
    tokenHash: hashOf(token),
    pbxId: caller.pbxId,
    line: request.line ?? 1,
    app: appOf(ports.apps, caller, request),
    platform,
    environment: hasSandbox(platform) ? (request.environment ?? 'production') : 'production',
    token: storedForm(platform, token),
    extension,
    registeredAt: now,
    claimedAt: now,
    expiresAt: now + ports.lifetimeMs,
    ...(deviceId !== undefined && { deviceId }),
    ...(deviceName !== undefined && { deviceName }),
    ...(callAlerts !== undefined && { callAlerts }),
    ...(harmonyOs !== undefined && { harmonyOs }),
  };
};

/** The token has moved to another app or platform. What cannot be asked now stays behind, and harms no call. */
const leave = async (
  ports: RegisterPorts,
  before: Registration,
  deadline: number,
  trace: Trace,
): Promise<void> => {
  // Nobody may ask SNS about it (lib/platform-applications.ts).
  if (!serves(ports.apps, before.app, before)) return trace.add({ formerEndpoint: 'platform-not-served' });
  try {
    trace.add({ formerEndpoint: await releaseEndpoint(ports, before, deadline) });
  } catch (error) {
    if (!(error instanceof PushRefusal || error instanceof ServiceError)) throw error;
    trace.add({ formerEndpoint: error instanceof PushRefusal ? error.reason : error.code });
  }
};

const verify = async (
  ports: RegisterPorts,
  claimed: Registration,
  deadline: number,
  trace: Trace,
): Promise<void> => {
  if (await verifyOrTakeBack(ports, claimed, deadline, trace)) return;
  const { platform } = claimed;
  throw new ServiceError('invalid-token', `Amazon SNS takes the token for no token of ${platform}`, {
    complaints: [{ path: 'token', expected: `a push token of the platform ${platform}` }],
  });
};

/**
 * Counts the extension's phones, and removes the registrations that are too many: refused ones first, since they
 * wake nobody, then the oldest. The index may lag, so the row just written is put in by hand.
 */
const countAndTrim = async (ports: RegisterPorts, caller: Caller, claimed: Registration): Promise<number> => {
  const { table, clock, registrationsPerExtension } = ports;
  const isClaimed = (row: Registration) => row.tokenHash === claimed.tokenHash && row.line === claimed.line;
  const byWorth = (a: Registration, b: Registration) =>
    Number(isDisabled(a)) - Number(isDisabled(b)) || b.registeredAt - a.registeredAt;

  const { pbxId, extension } = claimed;
  const others = (await table.ofExtension(pbxId, extension))
    .filter((row) => isLive(row, clock.now()) && !isClaimed(row))
    .filter(visibleTo(caller))
    .toSorted(byWorth);
  const surplus = others.slice(registrationsPerExtension - 1);
  await Promise.all(
    surplus.map((row) => table.remove(keyOf(row), { registeredAt: row.registeredAt, extension })),
  );
  const kept = others.slice(0, registrationsPerExtension - 1);
  return countPhones([claimed, ...kept.filter((row) => !isDisabled(row))]);
};

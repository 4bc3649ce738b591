import type { Caller } from './caller.ts';
import { visibleTo } from './caller.ts';
import type { Device, DevicesResult } from './contract.ts';
import type { Clock, RegistrationTable } from './ports.ts';
import type { Registration } from './registration.ts';
import { isLive } from './registration.ts';
import { fingerprintOf } from './token.ts';
import type { Trace } from './trace.ts';

/** `GET /devices`: the registrations of an extension, oldest first, refused ones too, without their tokens. */
export const devices = async (
  { table, clock }: { table: RegistrationTable; clock: Clock },
  caller: Caller,
  { extension }: { extension: string },
  trace: Trace,
): Promise<DevicesResult> => {
  const found = await table.ofExtension(caller.pbxId, extension);
  const rows = found.filter((row) => isLive(row, clock.now())).filter(visibleTo(caller));
  trace.add({ extension, registrations: rows.length });
  return { extension, devices: rows.toSorted((a, b) => a.registeredAt - b.registeredAt).map(deviceOf) };
};

const iso = (milliseconds: number): string => new Date(milliseconds).toISOString();

const deviceOf = (row: Registration): Device => ({
  fingerprint: fingerprintOf(row.token),
  ...(row.deviceId !== undefined && { deviceId: row.deviceId }),
  ...(row.deviceName !== undefined && { deviceName: row.deviceName }),
  platform: row.platform,
  app: row.app,
  environment: row.environment,
  line: row.line,
  ...(row.callAlerts !== undefined && { callAlerts: row.callAlerts }),
  ...(row.harmonyOs !== undefined && { harmonyOs: row.harmonyOs }),
  registeredAt: iso(row.registeredAt),
  expiresAt: iso(row.expiresAt),
  ...(row.disabledAt !== undefined && { disabledAt: iso(row.disabledAt) }),
  ...(row.disabledReason !== undefined && { disabledReason: row.disabledReason }),
});

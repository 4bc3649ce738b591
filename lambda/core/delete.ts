import type { Caller } from './caller.ts';
import { visibleTo } from './caller.ts';
import type { DeleteRequest, DeleteResult } from './contract.ts';
import type { Clock, RegistrationTable } from './ports.ts';
import type { Registration } from './registration.ts';
import { isLive, keyOf } from './registration.ts';
import { fingerprintOf, hashOf } from './token.ts';
import type { Trace } from './trace.ts';

/** `POST /delete`. Only removes rows: the table's stream sees to the endpoints. */
export const deleteRegistrations = async (
  { table, clock }: { table: RegistrationTable; clock: Clock },
  caller: Caller,
  request: DeleteRequest,
  trace: Trace,
): Promise<DeleteResult> => {
  const remove = (row: Registration) =>
    // Found through the index, a row may have passed to another extension meanwhile: then it stays.
    table.remove(keyOf(row), 'token' in request ? undefined : { extension: row.extension });

  const found = await find(table, caller, request, trace);
  const rows = found.filter((row) => isLive(row, clock.now())).filter(visibleTo(caller));
  const removed = await Promise.all(rows.map(remove));
  const deleted = removed.filter(Boolean).length;
  if ('token' in request) trace.add({ extension: rows.map(({ extension }) => extension).join(' ') });
  trace.add({ registrations: rows.length, deleted });
  return { deleted };
};

const find = async (
  table: RegistrationTable,
  caller: Caller,
  request: DeleteRequest,
  trace: Trace,
): Promise<Registration[]> => {
  if ('token' in request) {
    trace.add({ fingerprint: fingerprintOf(request.token), line: request.line });
    const rows = await table.ofToken(caller.pbxId, hashOf(request.token));
    return rows.filter(({ line }) => request.line === undefined || request.line === line);
  }
  const { extension, deviceId, fingerprint } = request;
  trace.add({ extension, deviceId, fingerprint });
  const rows = await table.ofExtension(caller.pbxId, extension);
  return rows
    .filter((row) => deviceId === undefined || row.deviceId === deviceId)
    .filter((row) => fingerprint === undefined || fingerprintOf(row.token) === fingerprint);
};

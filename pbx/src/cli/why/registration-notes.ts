import { explainCode } from '../reasons.ts';
import { iso } from '../table.ts';
import type { CallRecord } from './find-calls.ts';
import { ago } from './phrases.ts';
import type { Registration } from './registrations.ts';

/** A logout of more than a day ago explains no call in which other phones were woken. */
const recentMs = 24 * 3_600_000;

export const labelOf = ({ deviceId, fingerprint }: Registration): string =>
  deviceId ?? fingerprint ?? 'all phones';

const isSamePhone = (one: Registration, other: Registration): boolean =>
  (one.deviceId !== undefined && one.deviceId === other.deviceId) ||
  (one.fingerprint !== undefined && one.fingerprint === other.fingerprint);

/** Taken before the call, and not at the proxy when it was pushed. */
export const pendingAt = (call: CallRecord, asked: number): Registration[] => {
  const pushed = call.pushes.flatMap(({ phones }) => phones ?? []);
  return call.before.filter((registration) => {
    const { operation, takenAt, deliveredAt, deviceId, fingerprint } = registration;
    if (operation === 'delete' || takenAt === undefined || takenAt > asked) return false;
    if (deliveredAt !== undefined && deliveredAt <= asked) return false;
    return !pushed.some(
      (phone) =>
        phone.accepted &&
        ((phone.deviceId && phone.deviceId === deviceId) ||
          (phone.fingerprint && phone.fingerprint === fingerprint)),
    );
  });
};

/** Logouts before the call that no later register undid. */
export const goneBefore = (call: CallRecord, asked: number, devices: number): Registration[] =>
  call.before
    .filter((gone) => {
      if (gone.operation !== 'delete' || gone.takenAt === undefined || gone.takenAt > asked) return false;
      if (devices > 0 && gone.takenAt < asked - recentMs) return false;
      const ofAll = gone.deviceId === undefined && gone.fingerprint === undefined;
      return !call.before.some(
        (later) => later.id > gone.id && later.operation !== 'delete' && (ofAll || isSamePhone(later, gone)),
      );
    })
    .slice(-3);

const noteOnPending = (pending: Registration, asked: number): string => {
  const { takenAt = asked, deliveredAt, keptAsideAt, failure } = pending;
  const waited = `${labelOf(pending)} registered ${ago(asked - takenAt)} before the call, but its register had not reached the proxy when the call was pushed`;
  if (deliveredAt !== undefined)
    return `${waited}: it did at ${iso(deliveredAt)}, so that later calls wake it.`;
  const why = failure ? ` (${failure.code}): ${explainCode(failure.code)}` : '.';
  if (keptAsideAt !== undefined)
    return `${waited}: the proxy refused it for good${why} It is kept aside: pns spool.`;
  return `${waited}, nor has it since${why} It is tried again until it does: pns spool.`;
};

/** Why nobody was there to be woken, as far as the log tells. */
const noteOnNobody = (call: CallRecord, asked: number, logBegins: number | undefined): string => {
  const reached = call.before.findLast(
    ({ operation, deliveredAt }) =>
      operation === 'register' && deliveredAt !== undefined && deliveredAt <= asked,
  );
  if (reached?.deliveredAt !== undefined) {
    return `${labelOf(reached)} had registered, and the proxy had known it since ${iso(reached.deliveredAt)}: pns devices ${call.to} shows what became of it.`;
  }
  const since = logBegins === undefined ? '' : `, which begins ${iso(logBegins)}`;
  return `No phone has registered for ${call.to} before this call in this log${since}. Log the app in on the phone; pns devices ${call.to} shows whom the proxy knows.`;
};

/**
 * What registers and logouts have to do with a call: a note each, nothing where they explain nothing.
 *
 * @param asked when the call was to be pushed, in epoch milliseconds
 * @param devices how many phones the proxy knew; undefined where it did not say
 */
export const registrationNotes = (
  call: CallRecord,
  asked: number,
  devices: number | undefined,
  logBegins: number | undefined,
): string[] => {
  if (devices === undefined) return [];
  const pending = pendingAt(call, asked).map((one) => noteOnPending(one, asked));
  const gone = goneBefore(call, asked, devices).map(
    (one) =>
      `${labelOf(one)} logged out ${ago(asked - (one.takenAt ?? asked))} before the call, and had not registered again.`,
  );
  const notes = [...pending, ...gone];
  return notes.length === 0 && devices === 0 ? [noteOnNobody(call, asked, logBegins)] : notes;
};

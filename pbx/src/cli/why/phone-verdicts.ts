import { explainReason } from '../reasons.ts';
import { iso } from '../table.ts';
import type { Phone, PushEntry, RegisteredEntry } from './entries.ts';
import { askedAt, type CallRecord, endOf } from './find-calls.ts';
import { ago, phrase } from './phrases.ts';

/** What became of one phone of a call. */
export type PhoneVerdict = {
  platform: string;
  /** Its deviceId; its fingerprint where it has none. */
  phone: string;
  state: 'registered' | 'perhaps' | 'late' | 'cancelled' | 'ringing' | 'silent' | 'not-reported' | 'refused';
  /** Why no push was taken for it. */
  reason?: string;
  text: string;
};

/** A phone on a fair network registers in 1 to 5 s: after so many milliseconds, something held it up. */
const patienceMs = 10_000;

const nameOf = ({ deviceId, fingerprint }: Phone): string => deviceId ?? fingerprint ?? '?';

const asleep: Readonly<Record<string, string>> = {
  apns: 'it shows the call as an alert, and registers only when somebody opens it.',
  fcm: 'it was off or without a network, its system held the push back (battery saving, or the app was stopped by force), or the PBX refused its REGISTER.',
};
const asleepElsewhere = 'it was off or without a network, or the PBX refused its REGISTER.';

/** Of a phone whose push was taken and which was not heard of. */
const advise = (platform: string, to: string): string =>
  `If its app was open, it was registered already, and needed no more. Else: ${asleep[platform] ?? asleepElsewhere} Look for a REGISTER in the log of the PBX, then: pns doctor --extension ${to}.`;

/**
 * Which report is of this phone. The PBX may not tell which phone registered: then it is this one if no other was
 * woken. It knows no fingerprints: a deviceId of no other phone is of the one that was woken without.
 */
const reportOf = (
  phone: Phone,
  woken: readonly Phone[],
  reports: readonly RegisteredEntry[],
): { report: RegisteredEntry; sure: boolean } | undefined => {
  const own = reports.find(({ deviceId }) => deviceId && deviceId === phone.deviceId);
  if (own !== undefined) return { report: own, sure: true };
  const known = new Set(woken.map(({ deviceId }) => deviceId));
  const nameless = woken.filter(({ deviceId }) => !deviceId);
  const stray = reports.find(({ deviceId }) => !deviceId || (!phone.deviceId && !known.has(deviceId)));
  if (stray === undefined) return undefined;
  return { report: stray, sure: woken.length === 1 || (Boolean(stray.deviceId) && nameless.length === 1) };
};

/**
 * What became of each phone that a call was to wake.
 *
 * @param now epoch milliseconds
 */
export const judgePhones = (call: CallRecord, hasReports: boolean, now: number): PhoneVerdict[] => {
  const phones = new Map<string, { phone: Phone; push: PushEntry }>();
  for (const push of call.pushes) {
    for (const phone of push.phones ?? []) {
      const known = phones.get(nameOf(phone));
      if (!known?.phone.accepted) phones.set(nameOf(phone), { phone, push });
    }
  }
  const woken = [...phones.values()].map(({ phone }) => phone).filter(({ accepted }) => accepted);
  const end = endOf(call);
  const cancel = call.cancels[0];
  const cancelled = cancel && `was cancelled (${phrase(cancel.reason)})`;

  const judge = (phone: Phone, push: PushEntry): Pick<PhoneVerdict, 'state' | 'reason' | 'text'> => {
    if (!phone.accepted) {
      const reason = phone.reason ?? 'unknown';
      return { state: 'refused', reason, text: `silent (${reason}): ${explainReason(reason)}` };
    }
    const pushedAt = push.time;
    const found = reportOf(phone, woken, call.registered);
    const overAt = Math.min(end, cancel?.time ?? end);
    if (found?.sure) {
      const { time } = found.report;
      const woke = `registered ${ago(time - pushedAt)} after it was pushed`;
      if (time <= overAt) return { state: 'registered', text: `woke: ${woke}` };
      const over = overAt === end ? 'was over' : cancelled;
      return { state: 'late', text: `${woke}, when the call ${over}: the push, or the phone, was slow` };
    }
    if (found !== undefined) {
      return {
        state: 'perhaps',
        text: 'pushed; a phone registered, but the PBX did not tell whether it was this one',
      };
    }
    if (cancel !== undefined && cancel.time < end) {
      const waited = cancel.time - pushedAt;
      const text = `had not registered when the call ${cancelled}, ${ago(waited)} after it was pushed`;
      const slow = waited > patienceMs && hasReports;
      return { state: 'cancelled', text: slow ? `${text}. ${advise(phone.platform, call.to)}` : text };
    }
    if (now < end)
      return { state: 'ringing', text: `pushed, not registered yet: the call rings until ${iso(end)}` };
    if (!hasReports) {
      const text =
        'pushed; whether it woke is not known, since no phone is reported to /registered in this log (the PBX is to report them)';
      return { state: 'not-reported', text };
    }
    const waited = ago(end - askedAt(push));
    const text = `silent: its push was taken, but no REGISTER is known to have followed within ${waited}. ${advise(phone.platform, call.to)}`;
    return { state: 'silent', text };
  };

  return [...phones.values()].map(({ phone, push }) => ({
    platform: phone.platform,
    phone: nameOf(phone),
    ...judge(phone, push),
  }));
};

import { explain } from './explanations.ts';
import { verdictOn } from './failures.ts';
import type { PushRecord } from './find-calls.ts';
import { type FailureLine, isThroughSns, type PushLine, takerOf } from './lines.ts';

type Push = PushLine['pushes'][number];

/** What became of one phone of a call or message. */
export type PhoneVerdict = {
  /** Its deviceId, else its fingerprint. */
  phone: string;
  platforms: string[];
  app: string;
  state: /** Taken by SNS, Huawei or a push service, and no failure was reported since. */
    | 'pushed'
    /** Taken by SNS, which could not deliver it. */
    | 'refused-later'
    | 'not-pushed'
    /** It had registered, and was not asked for. */
    | 'passed-over';
  /** Of every state but `pushed`. */
  reason?: string;
  /** `kept-by-guard` or `registered-since`: what is to be done is another thing than the reason would say. */
  mark?: string;
  /** Why, and what to do. */
  text: string;
};

export const nameOf = ({ deviceId, fingerprint }: { deviceId?: string | undefined; fingerprint: string }) =>
  deviceId ?? fingerprint;

/**
 * SNS tries until the ring window is over, tells of a failure some seconds later as a rule, and CloudWatch Logs shows it
 * later still. In milliseconds.
 */
const tellingMs = 60_000;

const ifSilent =
  'If it stayed silent, most likely the phone was off or offline, or its system kept the app asleep; whether it registered, the PBX knows: pns why.';

const pushedText = ({ push, toldBy }: { push: Push; toldBy: number }, now: number): string => {
  if (!isThroughSns(push))
    return `Its push was taken by ${takerOf(push.platform)}, who tells nothing afterwards. ${ifSilent}`;
  const taken = 'Its push was taken, and no failure has been reported';
  if (now < toldBy) return `${taken} yet: ask again after ${new Date(toldBy).toISOString()}.`;
  return `${taken} so far; one may come hours late. ${ifSilent}`;
};

/** What a record is about: a call that was cancelled is the call still. */
export const mainRequests = ({ requests }: Pick<PushRecord, 'requests'>): readonly PushLine[] => {
  const others = requests.filter(({ operation }) => operation !== 'push_cancel');
  return others.length > 0 ? others : requests;
};

const judgePushes = (
  pushes: readonly { push: Push; toldBy: number }[],
  { pbxId, failures }: Pick<PushRecord, 'pbxId' | 'failures'>,
  now: number,
): Pick<PhoneVerdict, 'state' | 'reason' | 'mark' | 'text'> => {
  const failureOf = ({ messageId }: Push): FailureLine | undefined =>
    messageId === undefined ? undefined : failures.get(messageId);
  const taken = pushes.filter(({ push }) => push.outcome === 'accepted');
  const delivered = taken.findLast(({ push }) => failureOf(push) === undefined);
  if (delivered) return { state: 'pushed', text: pushedText(delivered, now) };
  const lastTaken = taken.at(-1)?.push;
  const failure = lastTaken && failureOf(lastTaken);
  if (failure) {
    const { failureType: reason } = failure;
    const verdict = verdictOn(failure, { pbxId, fingerprint: lastTaken.fingerprint });
    // That it was given up is what every explanation of a refused token is about.
    if (verdict === undefined || verdict === 'refused')
      return { state: 'refused-later', reason, text: explain.failureType(reason) };
    return { state: 'refused-later', reason, mark: verdict, text: explain.mark(verdict) };
  }
  const last = pushes.at(-1)?.push;
  const reason = last?.outcome ?? 'unknown';
  if (last?.mark !== undefined)
    return { state: 'not-pushed', reason, mark: last.mark, text: explain.mark(last.mark) };
  const since = last?.refusedAt === undefined ? '' : ` (since ${new Date(last.refusedAt).toISOString()})`;
  return { state: 'not-pushed', reason, text: `${explain.pushReason(reason)}${since}` };
};

/**
 * What became of every phone that a call or message found, whatever was repeated: a phone is reached where one of its pushes is.
 *
 * @param now epoch milliseconds
 */
export const judgePhones = (call: PushRecord, now: number): PhoneVerdict[] => {
  const requests = mainRequests(call);
  const pushes = requests.flatMap(({ askedAt, ringSeconds = 0, pushes: all }) =>
    all.map((push) => ({ push, toldBy: askedAt + ringSeconds * 1_000 + tellingMs })),
  );
  const asked = [...Map.groupBy(pushes, ({ push }) => nameOf(push))].map(([phone, ofPhone]) => ({
    phone,
    platforms: [...new Set(ofPhone.map(({ push }) => push.platform))],
    app: ofPhone[0]?.push.app ?? '',
    ...judgePushes(ofPhone, call, now),
  }));
  const known = new Set(asked.map(({ phone }) => phone));
  const others = requests.flatMap(({ passedOver }) => passedOver).filter((one) => !known.has(nameOf(one)));
  const passedOver = [...Map.groupBy(others, nameOf)].map(([phone, [first, ...more]]): PhoneVerdict => {
    const reason = first?.reason ?? 'unknown';
    const platforms = [...new Set([first, ...more].flatMap((one) => one?.platform ?? []))];
    const text = explain.passedOver(reason);
    return { phone, platforms, app: first?.app ?? '', state: 'passed-over', reason, text };
  });
  return [...asked, ...passedOver];
};

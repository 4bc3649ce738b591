import { explain } from './explanations.ts';
import type { CallRecord } from './find-calls.ts';
import type { CallLine, FailureLine } from './lines.ts';

type Push = CallLine['pushes'][number];

/** What became of one phone of a call. */
export type PhoneVerdict = {
  /** Its deviceId, else its fingerprint. */
  phone: string;
  platforms: string[];
  app: string;
  state: /** Taken by SNS, and no failure was reported since. */
    | 'pushed'
    /** Taken by SNS, which could not deliver it. */
    | 'refused-later'
    | 'not-pushed'
    /** It had registered, and was not asked for. */
    | 'passed-over';
  /** Of every state but `pushed`. */
  reason?: string;
  /** Why, and what to do. */
  text: string;
};

export const nameOf = ({ deviceId, fingerprint }: { deviceId?: string | undefined; fingerprint: string }) =>
  deviceId ?? fingerprint;

/**
 * SNS tries until the ring window is over and tells of a failure some seconds later, and CloudWatch Logs shows it later
 * still. In milliseconds.
 */
const tellingMs = 60_000;

const pushedText = (toldBy: number, now: number): string => {
  const taken = 'Its push was taken, and no failure has been reported';
  if (now < toldBy) return `${taken} yet: ask again after ${new Date(toldBy).toISOString()}.`;
  return `${taken} since: Apple or Google has it. If it stayed silent, the phone was off or offline, or its system kept the app asleep; whether it registered, the PBX knows: pns why.`;
};

const judgePushes = (
  pushes: readonly { push: Push; toldBy: number }[],
  failures: CallRecord['failures'],
  now: number,
): Pick<PhoneVerdict, 'state' | 'reason' | 'text'> => {
  const failureOf = ({ messageId }: Push): FailureLine | undefined =>
    messageId === undefined ? undefined : failures.get(messageId);
  const taken = pushes.filter(({ push }) => push.outcome === 'accepted');
  const delivered = taken.findLast(({ push }) => failureOf(push) === undefined);
  if (delivered) return { state: 'pushed', text: pushedText(delivered.toldBy, now) };
  const failure = taken.map(({ push }) => failureOf(push)).findLast((one) => one !== undefined);
  if (failure) {
    const { failureType: reason } = failure;
    return { state: 'refused-later', reason, text: explain.failureType(reason) };
  }
  const last = pushes.at(-1)?.push;
  const reason = last?.outcome ?? 'unknown';
  const since = last?.refusedAt === undefined ? '' : ` (since ${new Date(last.refusedAt).toISOString()})`;
  return { state: 'not-pushed', reason, text: `${explain.pushReason(reason)}${since}` };
};

/**
 * What became of every phone that a call found, whatever was repeated: a phone is reached where one of its pushes is.
 *
 * @param now epoch milliseconds
 */
export const judgePhones = ({ requests, failures }: CallRecord, now: number): PhoneVerdict[] => {
  const pushes = requests.flatMap(({ askedAt, ringSeconds = 0, pushes: all }) =>
    all.map((push) => ({ push, toldBy: askedAt + ringSeconds * 1_000 + tellingMs })),
  );
  const asked = [...Map.groupBy(pushes, ({ push }) => nameOf(push))].map(([phone, ofPhone]) => ({
    phone,
    platforms: [...new Set(ofPhone.map(({ push }) => push.platform))],
    app: ofPhone[0]?.push.app ?? '',
    ...judgePushes(ofPhone, failures, now),
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

import type { PhoneOutcome, PushCallRequest } from 'pns-proxy-client';
import * as v from 'valibot';
import { askDaemon } from '../control/ask-daemon.ts';
import type { Settings } from '../settings/settings.ts';
import { visible } from '../visible.ts';
import { CommandError } from './failure.ts';
import { explainCode, explainReason } from './reasons.ts';
import { refusalOf } from './refusal.ts';
import { formatTable, plural } from './table.ts';
import type { Terminal } from './terminal.ts';

/** Long enough for a phone to wake, and soon over. */
const ringSeconds = 10;

const answerSchema = v.looseObject({
  devices: v.number(),
  accepted: v.number(),
  outcome: v.picklist(['sent', 'none', 'unknown']),
  uuid: v.string(),
  phones: v.array(
    v.looseObject({
      deviceId: v.exactOptional(v.string()),
      fingerprint: v.exactOptional(v.string()),
      platform: v.string(),
      accepted: v.boolean(),
      reason: v.exactOptional(v.string()),
    }),
  ),
  code: v.exactOptional(v.string()),
});
/** CallAnswer, with what the reason of a newer proxy may be. */
type Answer = v.InferOutput<typeof answerSchema>;
type Phone = Answer['phones'][number];

const wakes = 'the app wakes and registers with the PBX; it may tell of a test';
const expectations: Readonly<Record<PhoneOutcome['platform'], string>> = {
  'apns-voip': 'rings like a call for some seconds, until the app ends it',
  apns: 'shows an alert of a call',
  fcm: wakes,
  hms: wakes,
  webpush: 'a browser shows a notification, whose tap opens the page; a UnifiedPush app wakes and registers',
};
const expectationOf = ({ platform }: Phone): string =>
  Object.hasOwn(expectations, platform) ? expectations[platform as PhoneOutcome['platform']] : 'wakes';

const columns = {
  PHONE: ({ deviceId, fingerprint }) => deviceId ?? fingerprint,
  PLATFORM: ({ platform }) => platform,
  PUSH: ({ accepted, reason }) => (accepted ? 'accepted' : (reason ?? 'refused')),
  EXPECT: (phone) => (phone.accepted ? expectationOf(phone) : 'nothing'),
} satisfies Record<string, (phone: Phone) => string | undefined>;

const explanations = ({ phones, code, outcome, devices }: Answer, to: string): string[] => {
  const reasons = new Set(phones.flatMap(({ accepted, reason }) => (accepted ? [] : (reason ?? []))));
  const first = outcome === 'unknown' ? 'the push may have gone out all the same' : 'nothing was pushed';
  return [
    ...[...reasons].map((reason) => `${reason}: ${explainReason(reason)}`),
    ...(code === undefined ? [] : [`${first} (${code}): ${explainCode(code)}`]),
    ...(devices === 0 && code === undefined
      ? [`no phone of ${to} can be woken: pns devices ${to} shows why`]
      : []),
  ];
};

const summary = ({ accepted, devices, uuid }: Answer): string =>
  `${accepted} of ${plural(devices, 'phone')}: a push was taken. What comes of it in the next ${ringSeconds} s: pns why ${uuid}`;

/**
 * `pns test-call EXT`: a real push, through the running daemon and never past it: where that does not run, calls wake
 * nobody, and a test that succeeds would say the opposite.
 *
 * @returns 0 if a push was taken for one phone at least
 */
export const testCall = async (
  { proxyAddress, callDeadlineMs }: Pick<Settings, 'proxyAddress' | 'callDeadlineMs'>,
  to: string,
  { json = false }: { json?: boolean },
  terminal: Terminal,
): Promise<number> => {
  const body: PushCallRequest = { to, fromName: 'Test call', ringSeconds, test: true };
  const answer = await askDaemon(proxyAddress, '/push_call', { body, timeoutMs: callDeadlineMs + 5_000 });
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), answerSchema), answer.text);
  if (answer.status !== 200 || !read.success) {
    throw new CommandError(`pns refused the call: ${refusalOf(answer)}`);
  }
  const result = read.output;
  if (json) {
    terminal.out(JSON.stringify(result, undefined, 2));
  } else {
    if (result.phones.length > 0) terminal.out(formatTable(columns, result.phones));
    for (const line of explanations(result, visible(to))) terminal.note(visible(line));
    if (result.accepted > 0) terminal.note(visible(summary(result)));
  }
  return result.accepted > 0 ? 0 : 1;
};

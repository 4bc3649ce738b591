import { expect, test } from 'vitest';
import { findCalls } from '../../bin/admin/why/find-calls.ts';
import { pushOperations } from '../../bin/admin/why/lines.ts';
import { formatReport, type Report, reportOn } from '../../bin/admin/why/report.ts';
import { noon } from '../support/builders.ts';

const iso = (seconds: number) => new Date(noon + seconds * 1_000).toISOString();

const android = { fingerprint: 'aaaaaaaa', platform: 'fcm', app: 'demo' };
const taken = { ...android, outcome: 'accepted', messageId: 'm-1' };

/** A line of push_call, answered so many seconds after noon and 0.5 s after it was asked. */
const answered = (seconds: number, fields: object = {}) => ({
  timestamp: iso(seconds),
  message: {
    ...{ operation: 'push_call', pbxId: 'pbx-1', extension: '101', uuid: 'u', callId: 'c', ringSeconds: 30 },
    ...{ registrations: 1, devices: 1, accepted: 1, statusCode: 200, tableMs: 10, durationMs: 500 },
    pushes: [taken],
    ...fields,
  },
});
const refused = (seconds: number, statusCode: number, code: string) =>
  answered(seconds, { statusCode, code, pushes: [], registrations: 0, devices: 0, accepted: 0 });

type Verdict = { verdict: string; pbxId?: string; fingerprint?: string };
/** A line of feedback, on a failure of 1 s after noon if not told otherwise. */
const failed = (seconds: number, verdicts: Verdict[] | undefined, failedAt = iso(1)) => ({
  timestamp: iso(seconds),
  message: {
    ...{ operation: 'feedback', failureType: 'InvalidPlatformToken', messageId: 'm-1', failedAt },
    ...(verdicts && {
      registrations: verdicts.map((one) => ({ fingerprint: 'aaaaaaaa', pbxId: 'pbx-1', line: 1, ...one })),
    }),
  },
});

const report = async (calls: object[], failures: object[] = [], now = noon + 500_000): Promise<Report> => {
  const logs = { place: 'here', begins: 0, pushes: async () => calls, failures: async () => failures };
  const wanted = { field: 'callId', value: 'c', operations: pushOperations } as const;
  const found = await findCalls(logs, wanted, { since: 0, last: 5, now });
  const [call, ...others] = found.calls;
  if (call === undefined || others.length > 0) throw new Error('expected one call');
  return reportOn(call, now);
};

const guardText =
  /^.*most likely .*credential.*`pns-admin guard list`.*`pns-admin registrations enable --app NAME --since TIME`.*\.$/;

test('a phone that the guard kept is not told to open the app, but that the credential is wrong', async () => {
  const kept = await report([answered(0.5)], [failed(2, [{ verdict: 'kept-by-guard' }])]);
  expect(kept.phones).toMatchObject([
    { state: 'refused-later', reason: 'InvalidPlatformToken', mark: 'kept-by-guard' },
  ]);
  expect(kept.phones[0]?.text).toMatch(guardText);
  expect(kept.timeline.at(-1)?.text).toBe('aaaaaaaa: InvalidPlatformToken; the fleet guard kept its token');
  const text = formatReport(kept);
  expect(text).toContain('(fcm, demo): refused after it was pushed (InvalidPlatformToken, kept-by-guard). ');
  expect(text).not.toContain('Open the app');
});

test('nor where push_call itself found the endpoint disabled', async () => {
  const push = { ...android, outcome: 'endpoint-disabled', mark: 'kept-by-guard' };
  const kept = await report([answered(0.5, { accepted: 0, pushes: [push] })]);
  expect(kept.phones).toMatchObject([
    { state: 'not-pushed', reason: 'endpoint-disabled', mark: 'kept-by-guard' },
  ]);
  expect(kept.phones[0]?.text).toMatch(guardText);
  expect(kept.timeline.map(({ text }) => text)).toContain(
    'aaaaaaaa (fcm, demo): endpoint-disabled; the fleet guard kept its token',
  );
});

test('a phone that has registered again since need do nothing', async () => {
  const { phones, timeline } = await report([answered(0.5)], [failed(2, [{ verdict: 'registered-since' }])]);
  expect(phones).toMatchObject([{ state: 'refused-later', mark: 'registered-since' }]);
  expect(phones[0]?.text).toMatch(
    /^It has registered again since: the next push reaches it\. .*Nothing need be done/,
  );
  expect(timeline.at(-1)?.text).toBe('aaaaaaaa: InvalidPlatformToken; it has registered again since');
});

test('what became of the token at another PBX, or of another token, is not told', async () => {
  const theirs = [
    { verdict: 'kept-by-guard', pbxId: 'pbx-2' },
    { verdict: 'registered-since', fingerprint: 'bbbbbbbb' },
  ];
  const { phones, timeline } = await report([answered(0.5)], [failed(2, theirs)]);
  expect(phones[0]).not.toHaveProperty('mark');
  expect(timeline.at(-1)?.text).toBe('aaaaaaaa: InvalidPlatformToken');
});

const untouched = [{ verdict: 'untouched' }];
const marked = [{ verdict: 'refused' }];
test.each([
  ['again, which changed nothing more', [failed(2, marked), failed(62, untouched)]],
  ['again, and the latter line comes first', [failed(62, untouched), failed(2, marked)]],
  ['again, after a try that failed', [failed(2, undefined), failed(62, marked)]],
  ['again, the failed try coming last', [failed(62, marked), failed(2, undefined)]],
])('a failure that SNS told %s: what was done stays told', async (_, lines) => {
  const { phones, timeline } = await report([answered(0.5)], lines);
  expect(phones).toMatchObject([{ state: 'refused-later', text: expect.stringMatching(/Open the app/) }]);
  expect(timeline.filter(({ step }) => step === 'refused-later')).toMatchObject([
    { text: 'aaaaaaaa: InvalidPlatformToken; it is woken no more until it registers again' },
  ]);
});

test('of two verdicts the later counts, in whatever order the lines come', async () => {
  const lines = [failed(62, [{ verdict: 'registered-since' }]), failed(2, marked)];
  for (const order of [lines, lines.toReversed()]) {
    expect((await report([answered(0.5)], order)).phones).toMatchObject([{ mark: 'registered-since' }]);
  }
});

test.each([
  ['before push_call had answered', iso(0.3), iso(0.3)],
  ['by a clock that is behind', iso(-3), iso(0.01)],
])('a push was taken before it was refused, %s', async (_, failedAt, shownAt) => {
  const { timeline } = await report([answered(0.5)], [failed(2, marked, failedAt)]);
  expect(timeline.map(({ step, at }) => [step, at])).toEqual([
    ['asked', iso(0)],
    ['found', iso(0.01)],
    ['published', shownAt],
    ['refused-later', shownAt],
    ['answered', iso(0.5)],
  ]);
});

test('a minute after the ring window no failure has come so far, which is no proof that the phone was reached', async () => {
  const { phones } = await report([answered(0.5)]);
  expect(phones[0]?.text).toMatch(/no failure has been reported so far/);
  expect(phones[0]?.text).not.toMatch(/has it/);
});

test('a repeat that was refused is told as that, not as if the call had been', async () => {
  const { note, phones } = await report([answered(0.5), refused(1.5, 429, 'too-many-calls')]);
  expect(note).toMatch(/^A repeat was refused \(too-many-calls\)\. .*loop of calls/);
  expect(phones).toMatchObject([{ state: 'pushed' }]);
});

test('a call that a repeat has brought through has nothing to be said of it', async () => {
  expect(await report([refused(0.5, 503, 'unavailable'), answered(1.5)])).not.toHaveProperty('note');
});

test('a call without an answer, and an extension without phones, are told as before', async () => {
  const two = [refused(0.5, 503, 'unavailable'), refused(1.5, 429, 'too-many-calls')];
  expect((await report(two)).note).toMatch(/^The PBX was refused \(too-many-calls\)\. /);
  const nobody = answered(0.5, { registrations: 0, devices: 0, accepted: 0, pushes: [] });
  expect((await report([nobody])).note).toMatch(/^No phone was registered for 101 at pbx-1\. /);
  expect((await report([nobody, refused(1.5, 429, 'too-many-calls')])).note).toMatch(
    /^No phone was registered for 101 at pbx-1\. .* A repeat was refused \(too-many-calls\)\. /,
  );
});

import { expect, test } from 'vitest';
import { readFailureLine, readPushLine } from '../../bin/admin/why/lines.ts';
import { judgePhones } from '../../bin/admin/why/phones.ts';
import { noon } from '../support/builders.ts';

type Push = {
  outcome: string;
  messageId?: string;
  deviceId?: string;
  fingerprint?: string;
  platform?: string;
};

/** A call to one iPhone whose requests, a second apart and ringing for 30 s, came to these pushes. */
const judge = (requests: Push[][], failed: Record<string, string> = {}, now = noon) => {
  const lines = requests.flatMap((pushes, n) =>
    readPushLine({
      timestamp: new Date(noon + n * 1_000).toISOString(),
      message: {
        ...{
          operation: 'push_call',
          pbxId: 'pbx-1',
          extension: '101',
          uuid: 'u',
          ringSeconds: 30,
          statusCode: 200,
        },
        pushes: pushes.map((push) => ({
          ...{ fingerprint: 'aaaaaaaa', deviceId: 'iphone', platform: 'apns-voip', app: 'demo' },
          ...push,
        })),
      },
    }),
  );
  const failures = Object.entries(failed).flatMap(([messageId, failureType]) =>
    readFailureLine({
      timestamp: new Date(noon).toISOString(),
      message: { operation: 'feedback', failureType, messageId },
    }),
  );
  const [first, ...others] = lines;
  if (first === undefined) throw new Error('no line was read');
  const of = new Map(failures.map((failure) => [failure.messageId, failure]));
  const call = { pbxId: 'pbx-1', extension: '101', uuid: 'u' };
  return judgePhones({ ...call, requests: [first, ...others], failures: of }, now);
};
const accepted = (messageId: string) => ({ outcome: 'accepted', messageId });

test('a phone is reached where one of its pushes is, on whatever token or request', () => {
  expect(judge([[{ outcome: 'throttled' }], [accepted('m-1')]])).toMatchObject([{ state: 'pushed' }]);
  expect(judge([[accepted('m-1')], [{ outcome: 'expired' }]])).toMatchObject([{ state: 'pushed' }]);
  const two = [accepted('m-1'), { ...accepted('m-2'), fingerprint: 'bbbbbbbb' }];
  expect(judge([two], { 'm-1': 'InvalidPlatformToken' })).toMatchObject([{ state: 'pushed' }]);
});

test('a phone whose pushes all failed later was refused, whatever a repeat came to', () => {
  const state = { state: 'refused-later', reason: 'Throttled' };
  expect(judge([[accepted('m-1')], [{ outcome: 'expired' }]], { 'm-1': 'Throttled' })).toMatchObject([state]);
});

test('a phone without any push has the reason of the last request', () => {
  const requests = [[{ outcome: 'unavailable' }], [{ outcome: 'expired' }]];
  expect(judge(requests)).toMatchObject([{ state: 'not-pushed', reason: 'expired' }]);
});

test('that nothing failed is to be waited for until a minute after the ring window', () => {
  expect(judge([[accepted('m-1')]], {}, noon + 89_999)[0]?.text).toMatch(
    /reported yet: ask again after 2026-/,
  );
  expect(judge([[accepted('m-1')]], {}, noon + 90_000)[0]?.text).toMatch(
    /reported so far; one may come hours late/,
  );
});

test.each([
  ['hms', 'Huawei'],
  ['webpush', 'its push service'],
])('of a push on %s nobody hears afterwards, however long one waits', (platform, taker) => {
  for (const now of [noon, noon + 500_000])
    expect(judge([[{ ...accepted('m-1'), platform }]], {}, now)[0]?.text).toMatch(
      new RegExp(`^Its push was taken by ${taker}, who tells nothing afterwards\\. If it stayed silent, `),
    );
});

test('a line of another version, or of another operation, tells of no call', () => {
  expect(readPushLine({ timestamp: 'never', message: { operation: 'push_call' } })).toEqual([]);
  expect(readPushLine('START RequestId: 1')).toEqual([]);
});

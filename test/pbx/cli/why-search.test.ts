import { describe, expect, test } from 'vitest';
import { findCalls } from '../../../pbx/src/cli/why/find-calls.ts';
import {
  android,
  at,
  cancelled,
  iphone,
  type Line,
  pushed,
  registered,
  spool,
  uuid,
  why,
} from './why-lines.ts';

const phoneLines = (text: string) =>
  text.split('\n').filter((line) => /^ {2}(fcm|apns|apns-voip) /.test(line));
const oneAndroid = { devices: 1, accepted: 1, phones: [android] };

describe('a call is found', () => {
  const other = '7a0c9c64-54b2-4d2d-8d7a-2b8f6e0d9a11';
  const lines = [
    pushed(),
    pushed({ to: '102' }),
    pushed({ uuid: other, callId: 'c2@pbx', time: at(100) }),
    { ...pushed({ uuid: other }), event: 'push_message' },
  ];
  test.each([
    ['its UUID, at each extension of a ring group', uuid, ['101', '102']],
    ['its UUID in capitals', uuid.toUpperCase(), ['101', '102']],
    ['its Call-ID', 'c2@pbx', ['101']],
    ['its extension', '102', ['102']],
    ['nothing else', '10', []],
  ])('by %s', async (_, name, extensions) => {
    const headings = (await why(lines, { name })).match(/^Call .*/gm) ?? [];
    expect(headings.map((heading) => / to (\w+)/.exec(heading)?.[1])).toEqual(extensions);
  });

  test('an extension shows its latest calls, the newest last, and counts the others', async () => {
    const calls = Array.from({ length: 8 }, (_, n) => pushed({ uuid: `uuid-${n}`, time: at(n * 60) }));
    const log = async function* () {
      yield* calls;
    };
    const { calls: found, earlier } = await findCalls(log(), '101', 3);
    expect([found.map((call) => call.uuid), earlier]).toEqual([['uuid-5', 'uuid-6', 'uuid-7'], 5]);
  });

  test('by its cancel alone, where the log begins after its push', async () => {
    expect(await why([cancelled(9, 'declined')])).toBe(`Call ${uuid} to 101, Call-ID c1@pbx
  2026-11-22T12:00:09.000Z  cancelled (declined): told 1 phone
  The log begins after this call was pushed, or its push is not in the log.`);
  });

  test('among lines of other versions of pns', async () => {
    const other = { level: 'info', time: at(0) } as const;
    const strange: Line[] = [
      { ...other, event: 'push_call' },
      { ...other, event: 'push_cancel', to: 101 },
      { ...other, event: 'toString' },
    ];
    expect(await why([...strange, pushed({ callId: undefined })])).toContain(
      `Call ${uuid} to 101\n  2026-11-22T12:00:00.000Z  asked`,
    );
  });
});

describe('a phone', () => {
  test('of which nothing can be known, since the PBX reports no phones', async () => {
    const [line] = phoneLines(await why([pushed(oneAndroid)], { before: [] }));
    expect(line).toContain('fcm 9f86d081: pushed; whether it woke is not known');
  });

  test('that may still wake', async () => {
    const told = await why([pushed(oneAndroid)], { now: at(5) });
    expect(phoneLines(told)).toEqual([
      '  fcm 9f86d081: pushed, not registered yet: the call rings until 2026-11-22T12:00:30.000Z',
    ]);
  });

  test.each([
    ['the ring window', [registered(44.12)], 'registered 44 s after it was pushed, when the call was over'],
    [
      'the cancel',
      [cancelled(5, 'caller_hung_up'), registered(7.12, { uuids: [] })],
      'registered 7 s after it was pushed, when the call was cancelled (the caller hung up)',
    ],
  ])('that wakes after %s', async (_, lines, text) => {
    const [line] = phoneLines(await why([pushed(oneAndroid), ...lines]));
    expect(line).toContain(`fcm 9f86d081: ${text}: the push, or the phone, was slow`);
  });

  test('that is held back is told from one that had no time to wake', async () => {
    const [line] = phoneLines(await why([pushed(oneAndroid), cancelled(25, 'timed_out')]));
    expect(line).toContain(
      'when the call was cancelled (nobody answered in time), 24.9 s after it was pushed. If',
    );
  });

  test('is not taken for another one of the extension', async () => {
    const second = { ...iphone, deviceId: 'second' };
    const told = await why([pushed({ phones: [iphone, second] }), registered(2)]);
    expect(phoneLines(told)).toEqual([
      '  apns-voip 6D92078A: pushed; a phone registered, but the PBX did not tell whether it was this one',
      '  apns-voip second: pushed; a phone registered, but the PBX did not tell whether it was this one',
    ]);
    const named = phoneLines(
      await why([pushed({ phones: [iphone, second] }), registered(2, { deviceId: 'second' })]),
    );
    expect(named[0]).toContain('apns-voip 6D92078A: silent: ');
    expect(named[1]).toContain('apns-voip second: woke: registered 1.9 s after');
  });

  test('that registers while another extension rings is none of this call', async () => {
    const [line] = phoneLines(await why([pushed(oneAndroid), registered(2, { extension: '102' })]));
    expect(line).toContain('silent: ');
  });

  test('whose push was taken at the second try is not reported as refused', async () => {
    const refused = { ...android, accepted: false, reason: 'throttled', retryable: true };
    const lines = [
      pushed({ ...oneAndroid, accepted: 0, outcome: 'none', phones: [refused] }),
      pushed(oneAndroid),
    ];
    expect(phoneLines(await why([...lines, registered(2)]))).toEqual([
      '  fcm 9f86d081: woke: registered 1.9 s after it was pushed',
    ]);
  });
});

describe('registers and logouts', () => {
  const notes = (text: string) =>
    text.split('\n').filter((line) => !/^( {2}\d{4}-| {2}(fcm|apns)|Call )/.test(line));
  const nobody = { devices: 0, accepted: 0, outcome: 'none', phones: [] } as const;

  test('a register that the proxy refused for good', async () => {
    const lines = [spool('spooled', -60), spool('kept_aside', -59, { code: 'unknown-app' }), pushed(nobody)];
    expect(notes(await why(lines))[0]).toMatch(
      /refused it for good \(unknown-app\): .* kept aside: pns spool\.$/,
    );
  });

  test('what was undone, or concerns another phone, is not told', async () => {
    const logout = spool('spooled', -300, { entry: 8, operation: 'delete' });
    const again = spool('spooled', -200, { entry: 9 });
    const lines = [
      logout,
      again,
      spool('delivered', -199, { entry: 9 }),
      spool('spooled', -1, { entry: 10 }),
    ];
    expect(notes(await why([...lines, pushed(oneAndroid), registered(1)]))).toEqual([]);
  });

  test('a phone that registered after the call only', async () => {
    const told = await why([pushed(nobody), spool('spooled', 20), spool('delivered', 21)]);
    expect(told).toContain('2026-11-22T12:00:20.000Z  9f86d081 registered for pushes');
    expect(notes(told)[0]).toContain('No phone has registered for 101 before this call');
  });
});

test('a Call-ID, which callers choose, moves no cursor', async () => {
  const told = await why([pushed({ callId: 'a\u001b[2Jb\nc\u202ed' })], { name: uuid });
  expect(told.split('\n')[0]).toBe(`Call ${uuid} to 101, Call-ID a\\u{1b}[2Jb\\u{a}c\\u{202e}d`);
});

import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noon } from '../support/builders.ts';
import { startKotlin } from './kotlin.ts';
import { aCall, aCancel, aMessage, otherUuid, uuid } from './pushes.ts';

let kotlin: Awaited<ReturnType<typeof startKotlin>>;
beforeAll(async () => {
  kotlin = await startKotlin();
}, 5 * 60_000);
afterAll(() => kotlin?.close());
beforeEach(async () => void (await kotlin.step({ do: 'start' })));

/** At so many seconds after noon: what is done, and what comes of it. */
type Step = [seconds: number, what: string | Record<string, string>, expected: string];

const perform = async (steps: readonly Step[]) => {
  const seen: Step[] = [];
  for (const [seconds, what] of steps) {
    const at = String(Math.round(noon + seconds * 1_000));
    const came =
      typeof what === 'string'
        ? await kotlin.step({ do: what, at, uuid })
        : await kotlin.step({ do: 'push', at }, what);
    seen.push([seconds, what, came]);
  }
  return seen;
};

const call = aCall(noon);
const cancel = aCancel(noon + 5_000);
const day = 86_400;

describe('PushedCalls.kt decides', () => {
  it.each<[string, Step[]]>([
    ['that a call rings', [[0, call, 'ring Bob']]],
    ['that one by number rings', [[0, aCall(noon, { callerName: '' }), 'ring +4420']]],
    ['that one of nobody known rings', [[0, aCall(noon, { caller: '', callerName: '' }), 'ring -']]],
    ['that a test says so', [[0, aCall(noon, { test: true }), 'ring Bob, a test']]],
    ['that a late call does not ring', [[25, call, 'drop']]],
    ['that a call rings until its last moment', [[24.999, call, 'ring Bob']]],
    [
      'that a repeat does not ring',
      [
        [0, call, 'ring Bob'],
        [1, call, 'drop'],
        [2, aCall(noon + 2_000), 'drop'],
      ],
    ],
    [
      'that another call rings',
      [
        [0, call, 'ring Bob'],
        [1, aCall(noon, { uuid: otherUuid }), 'ring Bob'],
      ],
    ],
    [
      'that a cancel ends its call, once',
      [
        [0, call, 'ring Bob'],
        [5, cancel, 'end'],
        [6, cancel, 'drop'],
        [7, call, 'drop'],
      ],
    ],
    [
      'that a cancel ends no other call',
      [
        [0, aCall(noon, { uuid: otherUuid }), 'ring Bob'],
        [5, cancel, 'drop'],
      ],
    ],
    [
      'that a cancel may overtake its call',
      [
        [5, cancel, 'drop'],
        [6, call, 'drop'],
      ],
    ],
    [
      'that SIP alone ends a call whose INVITE is here',
      [
        [0, call, 'ring Bob'],
        [1, 'registered', '-'],
        [2, 'invited', '-'],
        [5, cancel, 'drop'],
        [20, 'late', 'nothing'],
      ],
    ],
    [
      'that a call that was declined does not ring again',
      [
        [0, call, 'ring Bob'],
        [3, 'declined', '-'],
        [4, call, 'drop'],
      ],
    ],
    [
      'that an INVITE has 10 seconds after the phone registered',
      [
        [0, call, 'ring Bob'],
        [2, 'registered', '-'],
        [11.999, 'late', 'nothing'],
        [12, 'late', 'end: no INVITE'],
        [13, call, 'drop'],
      ],
    ],
    [
      'that nothing rings past its window',
      [
        [0, call, 'ring Bob'],
        [20, 'registered', '-'],
        [24.999, 'late', 'nothing'],
        [25, 'late', 'end: no INVITE'],
      ],
    ],
    [
      'that a repeat that rings longer is still a repeat',
      [
        [0, call, 'ring Bob'],
        [25, 'late', 'end: no INVITE'],
        [31, aCall(noon + 20_000), 'drop'],
      ],
    ],
    [
      'that a missed call is shown, with who called',
      [
        [0, call, 'ring Bob'],
        [5, aCancel(noon + 5_000, { missedCalls: true }), 'end, missed from Bob'],
      ],
    ],
    [
      'that it is shown days later',
      [[3 * day, aCancel(noon, { missedCalls: true }), 'end, missed from Bob']],
    ],
    [
      'that one that was answered elsewhere is not',
      [[5, aCancel(noon, { missedCalls: true, reason: 'answered_elsewhere' }), 'drop']],
    ],
    [
      'that a message is shown once',
      [
        [0, aMessage('message', noon), 'show'],
        [1, aMessage('message', noon), 'drop'],
      ],
    ],
    ['that an old message is not', [[7 * day, aMessage('voicemail', noon), 'drop']]],
    [
      'nothing about what it does not know',
      [
        [0, { ...call, type: 'ring' }, 'drop'],
        [0, { ...call, expiresAt: 'soon' }, 'drop'],
        [0, {}, 'drop'],
      ],
    ],
  ])('%s', async (_, steps) => {
    expect(await perform(steps)).toEqual(steps);
  });

  it('that a call rings once at most, and never late or once it was cancelled, in whatever order pushes come', async () => {
    const pushes = fc.record({
      kind: fc.constantFrom('call', 'call', 'call', 'cancel'),
      of: fc.constantFrom(uuid, otherUuid),
      sentAt: fc.integer({ min: 0, max: 30 }),
      arrives: fc.integer({ min: 0, max: 60 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(pushes, { maxLength: 12 }), async (many) => {
        await kotlin.step({ do: 'start' });
        const over = new Set<string>();
        for (const { kind, of, sentAt, arrives } of many.toSorted((a, b) => a.arrives - b.arrives)) {
          const at = noon + sentAt * 1_000;
          const push = kind === 'call' ? aCall(at, { uuid: of }) : aCancel(at, { uuid: of });
          const came = await kotlin.step({ do: 'push', at: String(noon + arrives * 1_000) }, push);
          const mayRing = kind === 'call' && arrives < sentAt + 25 && !over.has(of);
          expect(came.startsWith('ring')).toBe(mayRing);
          if (mayRing || kind === 'cancel') over.add(of);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('PushServices.kt', () => {
  const now = () => Date.now();

  it.each(['google', 'huawei'])(
    'rings and registers, once, and takes away what is over: %s',
    async (service) => {
      const one = aCall(now(), { uuid: crypto.randomUUID() });
      const over = aCancel(now(), { uuid: one['uuid'] ?? '' });
      expect(await kotlin.step({ do: service }, one)).toBe(
        `show ${one['uuid']}: pns_call | rings: Bob, register 101`,
      );
      for (const _ of [1, 2, 3, 4]) expect(await kotlin.step({ do: service }, one)).toBe('');
      expect(await kotlin.step({ do: service }, over)).toBe(`take away ${one['uuid']}`);
    },
  );

  it('rings once for both services', async () => {
    const one = aCall(now(), { uuid: crypto.randomUUID() });
    expect(await kotlin.step({ do: 'google' }, one)).toMatch(/^show/);
    expect(await kotlin.step({ do: 'huawei' }, one)).toBe('');
  });

  it.each([
    ['message', 'pns_message | PNS_MESSAGE_FROM(Bob) | See you at eight'],
    ['voicemail', 'pns_voicemail | PNS_VOICEMAIL_FROM(Bob) | See you at eight'],
    ['missed_call', 'pns_missed_call | PNS_MISSED_CALL_FROM(Bob)'],
  ] as const)('shows a %s', async (type, shown) => {
    const one = aMessage(type, now(), { uuid: crypto.randomUUID() });
    expect(await kotlin.step({ do: 'google' }, one)).toBe(`show ${one['uuid']}: ${shown}`);
  });

  it('shows a message where Google would, so that a conversation has one', async () => {
    const one = aMessage('message', now(), { uuid: crypto.randomUUID() });
    expect(await kotlin.step({ do: 'google', tag: 'conversation' }, one)).toMatch(
      /^show conversation: pns_message /,
    );
    expect(await kotlin.step({ do: 'google', tag: 'conversation' }, one)).toBe('');
  });

  it('shows a missed call in the place of its ring', async () => {
    const one = aCancel(now(), { uuid: crypto.randomUUID(), missedCalls: true, caller: '', callerName: '' });
    expect(await kotlin.step({ do: 'google' }, one)).toBe(
      `take away ${one['uuid']}, show ${one['uuid']}: pns_missed_call | PNS_MISSED_CALL`,
    );
  });

  it('sends a new token', async () => {
    expect(await kotlin.step({ do: 'google token', token: 't1' })).toBe('token fcm t1');
    expect(await kotlin.step({ do: 'huawei token', token: 't2' })).toBe('token hms t2');
  });
});

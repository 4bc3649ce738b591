import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { noon } from '../support/builders.ts';
import { aCall, aCancel, otherUuid, uuid } from './pushes.ts';
import { startSwift } from './swift.ts';

let swift: NonNullable<Awaited<ReturnType<typeof startSwift>>>;
const started = await startSwift();
if (started === undefined)
  process.stdout.write('The Swift samples are not run: this machine has no apt and keyring of Debian\n');

const voip = { to: { platform: 'apns-voip' } } as const;
const apns = { to: { platform: 'apns' } } as const;
const call = aCall(noon, voip);
const cancel = aCancel(noon + 5_000, apns);

type Step = [seconds: number, what: string | Record<string, string>, expected: string];

const perform = async (steps: readonly Step[]) => {
  const seen: Step[] = [];
  for (const [seconds, what] of steps) {
    const at = Math.round(noon + seconds * 1_000);
    const came =
      typeof what === 'string'
        ? await swift.step({ do: what, at, uuid })
        : await swift.step({ do: what['type'], at }, what);
    seen.push([seconds, what, came]);
  }
  return seen;
};

describe.skipIf(started === undefined)('the Swift samples', () => {
  beforeAll(async () => {
    if (started) swift = started;
    // It compiles first.
    await swift.step({ do: 'start' });
  }, 60_000);
  afterAll(() => swift.close());
  beforeEach(async () => void (await swift.step({ do: 'start' })));

  describe('PushedCalls.swift decides', () => {
    it.each<[string, Step[]]>([
      ['that a call rings', [[0, call, 'ring Bob']]],
      [
        'that one of nobody known rings',
        [[0, aCall(noon, { ...voip, caller: '', callerName: '' }), 'ring -']],
      ],
      ['that a test says so', [[0, aCall(noon, { ...voip, test: true }), 'ring Bob, a test']]],
      ['that a late call is reported and ended', [[25, call, 'report and end: expired']]],
      ['that a call rings until its last moment', [[24.999, call, 'ring Bob']]],
      [
        'that a repeat is reported',
        [
          [0, call, 'ring Bob'],
          [1, call, 'report again'],
          [2, aCall(noon + 2_000, voip), 'report again'],
        ],
      ],
      [
        'that another call rings',
        [
          [0, call, 'ring Bob'],
          [1, aCall(noon, { ...voip, uuid: otherUuid }), 'ring Bob'],
        ],
      ],
      [
        'that a cancel ends its call, once, and a repeat of that after it',
        [
          [0, call, 'ring Bob'],
          [5, cancel, 'end: caller_hung_up'],
          [6, cancel, 'nothing'],
          [7, call, 'report and end: caller_hung_up'],
        ],
      ],
      [
        'that a cancel may overtake its call',
        [
          [5, cancel, 'nothing'],
          [6, call, 'report and end: caller_hung_up'],
        ],
      ],
      [
        'that a cancel ends no other call',
        [
          [0, aCall(noon, { ...voip, uuid: otherUuid }), 'ring Bob'],
          [5, cancel, 'nothing'],
        ],
      ],
      [
        'that SIP alone ends a call whose INVITE is here',
        [
          [0, call, 'ring Bob'],
          [1, 'registered', '-'],
          [2, 'invited', '-'],
          [5, cancel, 'nothing'],
          [6, call, 'report again'],
          [20, 'late', 'nothing'],
        ],
      ],
      [
        'that a call that was declined does not ring again',
        [
          [0, call, 'ring Bob'],
          [3, 'declined', '-'],
          [4, call, 'report and end: declined'],
        ],
      ],
      [
        'that an INVITE has 10 seconds after the phone registered',
        [
          [0, call, 'ring Bob'],
          [2, 'registered', '-'],
          [11.999, 'late', 'nothing'],
          [12, 'late', 'end: no INVITE'],
          [13, call, 'report and end: timed_out'],
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
          [31, aCall(noon + 20_000, voip), 'report and end: timed_out'],
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
          await swift.step({ do: 'start' });
          const over = new Set<string>();
          for (const { kind, of, sentAt, arrives } of many.toSorted((a, b) => a.arrives - b.arrives)) {
            const at = noon + sentAt * 1_000;
            const push =
              kind === 'call' ? aCall(at, { ...voip, uuid: of }) : aCancel(at, { ...apns, uuid: of });
            const came = await swift.step({ do: kind, at: noon + arrives * 1_000 }, push);
            const mayRing = kind === 'call' && arrives < sentAt + 25 && !over.has(of);
            expect(came.startsWith('ring')).toBe(mayRing);
            if (kind === 'call') expect(came).toMatch(/^(ring|report)/);
            if (mayRing || kind === 'cancel') over.add(of);
          }
        }),
        { numRuns: 200 },
      );
    });
  });

  describe('CallPushes.swift', () => {
    const now = () => Date.now();
    const payload = (push: object) => ({ aps: {}, ...push });

    it('reports each push to CallKit before it returns, whatever it is', async () => {
      const id = crypto.randomUUID();
      const one = payload(aCall(now(), { ...voip, uuid: id }));
      expect(await swift.step({ do: 'voip' }, one)).toBe(`report ${id} Bob, register 101, completed`);
      for (const _ of [1, 2, 3, 4])
        expect(await swift.step({ do: 'voip' }, one)).toBe(`report ${id} Bob, completed`);
      const late = { ...one, uuid: otherUuid, expiresAt: '2026-01-01T00:00:00.000Z' };
      expect(await swift.step({ do: 'voip' }, late)).toBe(
        `report ${otherUuid} Bob, end ${otherUuid} unanswered, completed`,
      );
      expect(await swift.step({ do: 'voip' }, { aps: {} })).toMatch(
        /^report ([0-9a-f-]{36}) -, end \1 failed, completed$/,
      );
    });

    it.each([
      ['answered_elsewhere', 'answeredElsewhere'],
      ['caller_hung_up', 'remoteEnded'],
      ['timed_out', 'unanswered'],
      ['declined', 'declinedElsewhere'],
    ] as const)('ends what is cancelled: %s', async (reason, told) => {
      const one = payload(aCall(now(), voip));
      await swift.step({ do: 'voip' }, one);
      const over = { aps: { 'content-available': 1 }, ...aCancel(now(), { ...apns, reason }) };
      expect(await swift.step({ do: 'background' }, over)).toBe(`end ${uuid} ${told}`);
      expect(await swift.step({ do: 'background' }, over)).toBe('');
      expect(await swift.step({ do: 'voip' }, one)).toBe(
        `report ${uuid} Bob, end ${uuid} ${told}, completed`,
      );
    });

    it('hangs up what the user declines, and ends its repeats', async () => {
      const one = payload(aCall(now(), voip));
      await swift.step({ do: 'voip' }, one);
      expect(await swift.step({ do: 'user declines', uuid })).toBe(`hang up ${uuid}`);
      expect(await swift.step({ do: 'voip' }, one)).toBe(
        `report ${uuid} Bob, end ${uuid} declinedElsewhere, completed`,
      );
    });

    it('sends a new token in hex', async () => {
      expect(await swift.step({ do: 'token' })).toBe('token apns-voip 0fa0');
    });
  });
});

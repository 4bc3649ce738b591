import { setImmediate as everythingElse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { CancelReason } from '../../../lambda/core/contract.ts';
import { cancelReasons } from '../../../lambda/core/contract.ts';
import { android, createBench, iPhone, nameless, otherUuid, refused, resultOf, uuid } from './support.ts';

const reason = 'answered_elsewhere';
const desk = 'a-desk-phone';

const cancelAfter = async (
  reason: CancelReason,
  phones: Parameters<typeof resultOf>,
  registered: (string | undefined)[],
) => {
  const { calls, ring, cancels, lines } = createBench();
  await ring({ to: '101', uuid }, phones);
  for (const deviceId of registered) {
    await calls.registered({ extension: '101', ...(deviceId !== undefined && { deviceId }) });
  }
  void calls.cancel({ to: '101', uuid, reason });
  await everythingElse();
  return { sent: cancels.map(({ request }) => request.except ?? 'all'), code: lines.at(-1)?.['code'] };
};

describe.each(cancelReasons)(
  'where it is sure which phones have registered, a cancel for %s goes',
  (reason) => {
    it.each([
      ['to all but the phone that has', [android('A'), iPhone('B')], ['A'], [['A']]],
      ['to none where all have', [android('A'), iPhone('B')], ['A', 'B', 'A'], []],
      ['to none where all that were woken have', [android('A'), refused('B')], ['A'], []],
      ['to all where a phone registers that was not woken', [android('A'), iPhone('B')], [desk], ['all']],
    ])('%s', async (_, phones, registered, sent) => {
      const done = await cancelAfter(reason, phones, registered);
      expect(done.sent).toEqual(sent);
      expect(done.code).toBe(sent.length === 0 ? 'all-registered' : undefined);
    });
  },
);

it.each([
  ['by itself', [], 'all'],
  ['beside one that has registered', [android('A')], ['A']],
])('a phone whose push may have gone out is told of the cancel, %s', async (_, others, except) => {
  const late = { ...refused('B'), reason: 'unavailable', retryable: true } as const;
  const registered = others.length > 0 ? ['A'] : [];
  expect((await cancelAfter(reason, [...others, late], registered)).sent).toEqual([except]);
});

describe('where it is not sure, a cancel', () => {
  const unsure: [string, Parameters<typeof resultOf>, (string | undefined)[], unknown[], unknown[]][] = [
    ['the PBX does not tell which has', [android('A')], [undefined], [], ['all']],
    ['it does not, and two were woken', [android('A'), iPhone('B')], [undefined], [], ['all']],
    ['it tells of one of them alone', [android('A'), iPhone('B')], [undefined, 'A'], [], [['A']]],
    ['a phone is known by its fingerprint', [nameless('0a1b2c3d')], [desk], [], ['all']],
    ['one of two is', [nameless('0a1b2c3d'), android('A')], [desk], [['0a1b2c3d']], ['all']],
    ['one of two is, and both register', [nameless('0a1b2c3d'), android('A')], [desk, 'A'], [], [['A']]],
  ];

  it.each(unsure)('for answered_elsewhere spares who may talk: %s', async (_, phones, registered, sent) => {
    const done = await cancelAfter('answered_elsewhere', phones, registered);
    expect(done.sent).toEqual(sent);
  });

  it.each(unsure)(
    'for any other reason tells who perhaps rings on: %s',
    async (_, phones, registered, __, sent) => {
      for (const reason of cancelReasons.filter((one) => one !== 'answered_elsewhere')) {
        const done = await cancelAfter(reason, phones, registered);
        expect(done.sent).toEqual(sent);
      }
    },
  );

  it.each([
    ['answered_elsewhere', 0],
    ['declined', 1],
  ] as const)('for %s of a push that came to an unknown end is sent so often: %i', async (reason, count) => {
    const { calls, cancels, advance } = createBench();
    void calls.push({ to: '101', uuid });
    await advance(2_000);
    await calls.registered({ extension: '101' });
    void calls.cancel({ to: '101', uuid, reason });
    await everythingElse();
    expect(cancels).toHaveLength(count);
  });
});

it('leaves out phones that registered before their push was answered, or whose push never was', async () => {
  const { calls, pushes, cancels, advance } = createBench();
  void calls.push({ to: '101', uuid });
  void calls.push({ to: '101', uuid: otherUuid });
  await everythingElse();
  await calls.registered({ extension: '101', deviceId: 'A' });
  await pushes[0]?.answer(resultOf(android('A'), android('B')));
  void calls.cancel({ to: '101', uuid, reason });
  await advance(2_000);
  void calls.cancel({ to: '101', uuid: otherUuid, reason });
  await everythingElse();
  expect(cancels.map(({ request }) => request.except)).toEqual([['A'], ['A']]);
});

it('names no more phones than an extension can have', async () => {
  const { calls, cancels, advance } = createBench();
  void calls.push({ to: '101', uuid });
  await everythingElse();
  for (let place = 0; place < 30; place += 1) {
    await calls.registered({ extension: '101', deviceId: String(place) });
  }
  void calls.cancel({ to: '101', uuid, reason });
  await advance(2_000);
  expect(cancels[0]?.request.except).toHaveLength(20);
});

import { setImmediate as everythingElse } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { android, createBench, iPhone, nameless, otherUuid, refused, resultOf, uuid } from './support.ts';

const reason = 'answered_elsewhere';

const cancelAfter = async (phones: Parameters<typeof resultOf>, registered: (string | undefined)[]) => {
  const { calls, ring, cancels, lines } = createBench();
  await ring({ to: '101', uuid }, phones);
  for (const deviceId of registered) {
    await calls.registered({ extension: '101', ...(deviceId !== undefined && { deviceId }) });
  }
  void calls.cancel({ to: '101', uuid, reason });
  await everythingElse();
  return { sent: cancels.map(({ request }) => request.except ?? 'all'), code: lines.at(-1)?.['code'] };
};

it.each([
  ['to all but the phone that has registered', [android('A'), iPhone('B')], ['A'], [['A']]],
  ['to none where all have registered', [android('A'), iPhone('B')], ['A', 'B', 'A'], []],
  ['to none where all that were woken have', [android('A'), refused('B')], ['A'], []],
  ['to all where a phone registers that was not woken', [android('A'), iPhone('B')], ['Z'], ['all']],
  ['to none where one phone was woken and somebody registers', [android('A')], [undefined], []],
  ['to none where that is known by its fingerprint', [nameless('0a1b2c3d')], ['A'], []],
  ['to all where it is not told which has', [android('A'), iPhone('B')], [undefined], ['all']],
  [
    'to all where two are known by their fingerprints',
    [nameless('0a1b2c3d'), nameless('ffffffff')],
    ['A'],
    ['all'],
  ],
])('%s', async (_, phones, registered, sent) => {
  const done = await cancelAfter(phones, registered);
  expect(done.sent).toEqual(sent);
  expect(done.code).toBe(sent.length === 0 ? 'all-registered' : undefined);
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

import { setImmediate as everythingElse } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createCallBook } from '../../../pbx/src/calls/call-book.ts';
import { createBench, createManualClock, failure, isSettled, resultOf, uuid } from './support.ts';

it('thousands of calls are forgotten when their windows have ended, and no timer is left', async () => {
  const { clock, advance, alarms } = createManualClock();
  const book = createCallBook(clock);
  for (let place = 0; place < 5_000; place += 1) {
    const name = { to: String(place % 700), uuid: String(place), callId: undefined };
    book.open(name, clock.now() + 1_000 * (place % 30));
  }
  expect([book.ringing(), alarms()]).toEqual([4_833, 1]);
  await advance(30_000);
  expect(book.ringing()).toBe(0);
  await advance(6_000);
  expect(alarms()).toBe(0);
  expect(book.find('1')).toEqual([]);

  book.open({ to: '101', uuid, callId: 'c@pbx' }, clock.now());
  expect(alarms()).toBe(1);
  await advance(29_999);
  expect([book.knew('101', 'c@pbx'), book.knew('102', 'c@pbx'), alarms()]).toEqual([true, false, 1]);
  await advance(2_000);
  expect([book.knew('101', 'c@pbx'), alarms()]).toEqual([false, 0]);
});

it('an answered push leaves no timer behind but the one that forgets calls', async () => {
  const { ring, alarms, advance } = createBench({}, { settled: async () => {} });
  await advance(30_000);
  await ring({ to: '101', uuid });
  expect(alarms()).toBe(1);
});

it('a call that is pushed anew is kept until the later window ends', async () => {
  const { calls, ring, advance } = createBench();
  await ring({ to: '101', uuid, ringSeconds: 10 });
  await advance(8_000);
  await ring({ to: '101', uuid, ringSeconds: 10 });
  await ring({ to: '101', uuid, ringSeconds: 5 });
  await advance(9_000);
  expect(calls.ringing()).toBe(1);
  await advance(1_000);
  expect(calls.ringing()).toBe(0);
});

it('finish waits for pushes and cancels under way', async () => {
  const { calls, pushes, cancels } = createBench();
  void calls.push({ to: '101', uuid });
  await everythingElse();
  void calls.cancel({ to: '101', uuid, reason: 'declined' });
  await everythingElse();
  const finished = calls.finish();
  await pushes[0]?.answer(resultOf({ deviceId: 'A', platform: 'fcm', accepted: true }));
  expect(await isSettled(finished)).toBe(false);
  await cancels[0]?.answer(resultOf());
  expect(await isSettled(finished)).toBe(true);
});

it('what is given up tells whether it may have gone out, and a cancel that waited for it still has a moment', async () => {
  const { calls, pushes, cancels, giveUp, advance } = createBench({ callDeadlineMs: 60_000 });
  await calls.finish();
  const answered = calls.push({ to: '101', uuid });
  await everythingElse();
  void calls.cancel({ to: '101', uuid, reason: 'caller_hung_up' });
  await everythingElse();
  const finished = calls.finish();
  giveUp();
  expect(pushes[0]?.options.signal.aborted).toBe(true);
  await pushes[0]?.fail(failure('aborted', true));
  expect(await answered).toMatchObject({ outcome: 'unknown', code: 'aborted' });
  expect(cancels).toMatchObject([{ options: { deadlineMs: 375 } }]);
  expect(await isSettled(finished)).toBe(false);
  await advance(400);
  expect(await isSettled(finished)).toBe(true);
});

it('a call is known for as long as its push is under way', async () => {
  const { calls, advance } = createBench({ callDeadlineMs: 60_000 });
  void calls.push({ to: '101', uuid, ringSeconds: 3 });
  await advance(20_000);
  const cancelled = calls.cancel({ to: '101', uuid, reason: 'timed_out' });
  await advance(60_000);
  expect(await cancelled).toMatchObject({ calls: 1 });
});

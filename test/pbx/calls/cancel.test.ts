import { setImmediate as everythingElse } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  android,
  createBench,
  failure,
  iPhone,
  isSettled,
  otherUuid,
  refused,
  resultOf,
  uuid,
} from './support.ts';

const reason = 'answered_elsewhere';

it.each([
  ['by its UUID', { uuid: uuid.toUpperCase() }],
  ['by its Call-ID', { callId: 'c@pbx' }],
  ['by its extension alone', {}],
])('%s: goes to the phones of the call', async (_, name) => {
  const { calls, ring, cancels, lines } = createBench();
  await ring({ to: '101', uuid, callId: 'c@pbx' }, [android('A'), iPhone('B')]);
  const cancelled = calls.cancel({ to: '101', reason, ...name });
  await everythingElse();
  expect(cancels.map(({ request }) => request)).toEqual([{ to: '101', uuid, reason }]);
  const result = resultOf(android('A'), iPhone('B'));
  await cancels[0]?.answer(result);

  expect(await cancelled).toEqual({ calls: 1, accepted: 2 });
  expect(lines.at(-1)).toMatchObject({
    event: 'push_cancel',
    to: '101',
    uuid,
    callId: 'c@pbx',
    reason,
    outcome: 'sent',
    devices: 2,
    accepted: 2,
    phones: result.phones,
  });
  expect(calls.ringing()).toBe(0);
});

it('tells the phones who called, and no log line does', async () => {
  const { calls, ring, cancels, lines } = createBench();
  await ring({ to: '101', uuid }, [android('A')]);
  void calls.cancel({ to: '101', reason, from: '+15550107777', fromName: 'Secret Caller' });
  await everythingElse();
  expect(cancels.map(({ request }) => request)).toEqual([
    { to: '101', uuid, reason, from: '+15550107777', fromName: 'Secret Caller' },
  ]);
  await cancels[0]?.answer(resultOf(android('A')));
  expect(lines.at(-1)).toMatchObject({ event: 'push_cancel', outcome: 'sent' });
  expect(JSON.stringify(lines)).not.toMatch(/Secret|5550107777/);
});

it('an extension alone cancels all its calls in progress, and no other extension’s', async () => {
  const { calls, ring, cancels } = createBench();
  await ring({ to: '101', uuid });
  await ring({ to: '101', uuid: otherUuid });
  await ring({ to: '102', uuid });
  void calls.cancel({ to: '101', reason });
  await everythingElse();
  expect(cancels.map(({ request }) => [request.to, request.uuid])).toEqual([
    ['101', uuid],
    ['101', otherUuid],
  ]);
  expect(calls.ringing()).toBe(1);
});

it('waits for its push to end', async () => {
  const { calls, pushes, cancels } = createBench();
  void calls.push({ to: '101', uuid });
  await everythingElse();
  const cancelled = calls.cancel({ to: '101', uuid, reason });
  await everythingElse();
  expect(cancels).toEqual([]);
  await pushes[0]?.answer(resultOf(android('A')));
  expect(cancels).toHaveLength(1);
  await cancels[0]?.answer(resultOf(android('A')));
  expect(await cancelled).toEqual({ calls: 1, accepted: 1 });
});

it('answers at its deadline while the push hangs, and goes out after it, since its outcome is unknown', async () => {
  const { calls, cancels, advance } = createBench();
  void calls.push({ to: '101', uuid });
  await advance(100);
  const cancelled = calls.cancel({ to: '101', uuid, reason });
  await advance(1_700);
  expect(cancels).toMatchObject([{ at: 1_800, request: { to: '101', uuid, reason } }]);
  expect(cancels[0]?.options.deadlineMs).toBeGreaterThan(1_500);
  expect(await isSettled(cancelled)).toBe(false);
  await advance(100);
  expect(await cancelled).toEqual({ calls: 1, accepted: 0 });
});

it.each([
  ['refused by the breaker', failure('breaker-open', false)],
  ['for which no phone was found', resultOf()],
  ['that no phone took', resultOf(refused('A'))],
])('is not sent for a call %s', async (_, outcome) => {
  const { calls, pushes, cancels, lines } = createBench();
  const answered = calls.push({ to: '101', uuid });
  await everythingElse();
  await (outcome instanceof Error ? pushes[0]?.fail(outcome) : pushes[0]?.answer(outcome));
  await answered;
  expect(await calls.cancel({ to: '101', uuid, reason })).toEqual({ calls: 1, accepted: 0 });
  expect(cancels).toEqual([]);
  expect(lines.at(-1)).toMatchObject({ event: 'push_cancel', level: 'info', uuid, code: 'not-pushed' });
});

it.each([
  ['a UUID', { uuid }],
  ['a Call-ID', { callId: 'c@pbx' }],
  ['an extension without a call', {}],
])('is not sent for %s that is not known', async (_, name) => {
  const { calls, ring, cancels, advance } = createBench();
  await advance(30_000);
  await ring({ to: '102', uuid, callId: 'c@pbx' });
  expect(await calls.cancel({ to: '101', reason, ...name })).toEqual({ calls: 0, accepted: 0 });
  expect(cancels).toEqual([]);
});

it('is sent once, however often it is asked for', async () => {
  const { calls, ring, cancels } = createBench();
  await ring({ to: '101', uuid });
  const first = calls.cancel({ to: '101', uuid, reason });
  expect(await calls.cancel({ to: '101', uuid, reason })).toEqual({ calls: 0, accepted: 0 });
  await cancels[0]?.answer(resultOf(android('A')));
  expect(await first).toEqual({ calls: 1, accepted: 1 });
  expect(await calls.cancel({ to: '101', reason })).toEqual({ calls: 0, accepted: 0 });
  expect(cancels).toHaveLength(1);
});

it('one that certainly did not go out may be asked for again; one that may have, not', async () => {
  const { calls, ring, cancels } = createBench();
  await ring({ to: '101', uuid });
  for (const [error, told] of [
    [failure('network', false), 0],
    [failure('network', true), 1],
  ] as const) {
    const cancelled = calls.cancel({ to: '101', uuid, reason });
    await everythingElse();
    await cancels.at(-1)?.fail(error);
    expect(await cancelled).toEqual({ calls: told, accepted: 0 });
  }
  expect(await calls.cancel({ to: '101', uuid, reason })).toEqual({ calls: 0, accepted: 0 });
  expect(cancels).toHaveLength(2);
});

it('a call pushed after its cancel does not go out, not even where the cancel came first', async () => {
  const { calls, ring, pushes } = createBench();
  await ring({ to: '101', uuid });
  void calls.cancel({ to: '101', uuid, reason });
  void calls.cancel({ to: '102', uuid: otherUuid, reason });
  void calls.cancel({ to: '103', callId: 'c@pbx', reason });
  for (const request of [
    { to: '101', uuid },
    { to: '102', uuid: otherUuid },
    { to: '103', callId: 'c@pbx' },
  ]) {
    expect(await calls.push(request)).toMatchObject({ devices: 0, outcome: 'none', code: 'cancelled' });
  }
  expect(pushes).toHaveLength(1);
  expect(calls.ringing()).toBe(0);
  // A queue rings the same call once more: it has another UUID.
  expect(await ring({ to: '103', uuid: otherUuid, callId: 'c@pbx' })).toMatchObject({ outcome: 'sent' });
});

it('a call cancelled while it waits for a register does not go out', async () => {
  const register = Promise.withResolvers<boolean>();
  const { calls, pushes, cancels } = createBench({}, { settled: () => register.promise });
  const answered = calls.push({ to: '101', uuid });
  const cancelled = calls.cancel({ to: '101', uuid, reason });
  register.resolve(true);
  expect(await answered).toMatchObject({ outcome: 'none', code: 'cancelled' });
  expect(await cancelled).toEqual({ calls: 1, accepted: 0 });
  expect([pushes, cancels]).toEqual([[], []]);
});

it('has as long as the call may ring, and the PBX its answer in time all the same', async () => {
  const { calls, ring, cancels, advance } = createBench();
  await ring({ to: '101', uuid, ringSeconds: 20 });
  const cancelled = calls.cancel({ to: '101', uuid, reason });
  await advance(2_000);
  expect(await isSettled(cancelled)).toBe(true);
  expect(cancels[0]?.options).toMatchObject({ deadlineMs: 19_975, signal: { aborted: false } });
});

it('finds a call by a Call-ID that is no text of Unicode', async () => {
  const { calls, ring, cancels } = createBench();
  await ring({ to: '101', uuid, callId: 'x\ud800' });
  void calls.cancel({ to: '101', callId: 'x\ud800', reason });
  await everythingElse();
  expect(cancels).toMatchObject([{ request: { uuid } }]);
});

it('a call pushed again by its Call-ID alone keeps its UUID when the key changes', async () => {
  const { ring, pushes, change } = createBench();
  await ring({ to: '101', callId: 'c@pbx' });
  change({ key: 'pns_other_0123456789012345678901_012345' });
  await ring({ to: '101', callId: 'c@pbx' });
  expect(pushes[1]?.request.uuid).toBe(pushes[0]?.request.uuid);
});

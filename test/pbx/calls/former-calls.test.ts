import { setImmediate as everythingElse } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createCall } from '../../../pbx/src/calls/call.ts';
import { createFormerCalls } from '../../../pbx/src/calls/former-calls.ts';
import { android, createBench, createManualClock, otherUuid, resultOf, uuid } from './support.ts';

const reason = 'answered_elsewhere';

it.each([
  ['a UUID', { uuid }],
  ['a Call-ID', { callId: 'c@pbx' }],
])('a cancel is sent for %s that is not known: it may have been pushed before the start', async (_, name) => {
  const { calls, cancels, advance } = createBench();
  await advance(29_999);
  const cancelled = calls.cancel({ to: '101', reason, ...name });
  await everythingElse();
  await cancels[0]?.answer(resultOf(android('A')));
  expect(await cancelled).toEqual({ calls: 1, accepted: 1 });
  expect(cancels).toMatchObject([{ request: { to: '101', reason, uuid: expect.any(String) } }]);
  expect(await calls.push({ to: '101', ...name })).toMatchObject({ outcome: 'none', code: 'cancelled' });
});

it('a cancel is not sent to a phone that has registered since, and holds no further push back', async () => {
  const { calls, cancels, ring, advance } = createBench();
  await calls.registered({ extension: '101', deviceId: 'A' });
  await advance(2_000);
  void calls.cancel({ to: '101', uuid, callId: 'c@pbx', reason: 'answered_elsewhere' });
  await everythingElse();
  expect(cancels).toMatchObject([{ request: { uuid, except: ['A'] } }]);
  expect(await ring({ to: '101', uuid: otherUuid, callId: 'c@pbx' })).toMatchObject({ outcome: 'sent' });
});

it('a cancel spares every phone where one has registered of which the PBX did not tell which it is', async () => {
  const { calls, cancels } = createBench();
  await calls.registered({ extension: '101' });
  expect(await calls.cancel({ to: '101', uuid, reason })).toEqual({ calls: 1, accepted: 0 });
  expect(cancels).toEqual([]);
});

it('one ring window after the start that is over, whatever the settings say later', async () => {
  const { calls, cancels, change, advance, alarms } = createBench();
  await advance(30_000);
  expect(alarms()).toBe(0);
  change({ ringSeconds: 300 });
  expect(await calls.cancel({ to: '101', uuid, reason })).toEqual({ calls: 0, accepted: 0 });
  expect(cancels).toEqual([]);
});

it('of phones that have registered no more are spared than an extension can have, and until then', async () => {
  const { clock, advance } = createManualClock();
  const former = createFormerCalls(clock, 30);
  const phonesOf = (to: string) => {
    const call = createCall(to, uuid, undefined, clock.now());
    former.adopt(call);
    return call.registered?.size;
  };
  for (let place = 0; place < 30; place += 1) former.noteRegistered('101', String(place));
  former.noteRegistered('102', 'A');
  expect([phonesOf('101'), phonesOf('102'), phonesOf('103')]).toEqual([20, 1, undefined]);
  await advance(30_000);
  former.noteRegistered('102', 'A');
  expect([former.mayRing(), phonesOf('101'), phonesOf('102')]).toEqual([false, undefined, undefined]);
});

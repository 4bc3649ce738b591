import { setImmediate as everythingElse } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { createBench, otherUuid, uuid } from './support.ts';

const reason = 'timed_out';
const callId = 'c@pbx';
const heldBack = { outcome: 'none', code: 'cancelled' };

/** Calls of a pns that has run for so long that nothing of the one before it can ring any more. */
const startBench = async () => {
  const bench = createBench();
  await bench.advance(30_000);
  return bench;
};

describe('a cancel by Call-ID alone, of what is not known', () => {
  it('holds back the push that it has overtaken, whatever UUID that has, and no second one', async () => {
    const { calls, ring, pushes } = await startBench();
    await calls.cancel({ to: '101', callId, reason });
    const push = { to: '101', uuid, callId };
    for (let n = 0; n < 2; n += 1) expect(await calls.push(push)).toMatchObject(heldBack);
    expect(pushes).toEqual([]);
    expect(await ring({ ...push, uuid: otherUuid })).toMatchObject({ outcome: 'sent' });
    expect(await ring({ to: '102', callId })).toMatchObject({ outcome: 'sent' });
  });

  it('does so for a second: a script may cancel whatever hangs up', async () => {
    const { calls, ring, advance } = await startBench();
    for (const to of ['101', '102', '103', '104']) await calls.cancel({ to, callId, reason });
    await advance(999);
    expect(await calls.push({ to: '101', uuid, callId })).toMatchObject(heldBack);
    expect(await calls.push({ to: '102', callId })).toMatchObject(heldBack);
    await advance(1);
    expect(await ring({ to: '103', uuid, callId })).toMatchObject({ outcome: 'sent' });
    expect(await ring({ to: '104', callId })).toMatchObject({ outcome: 'sent' });
    // The same ring attempt, and one that a queue makes.
    expect(await calls.push({ to: '101', uuid, callId })).toMatchObject(heldBack);
    expect(await ring({ to: '102', callId })).toMatchObject({ outcome: 'sent' });
  });

  it('counts the second from the last one', async () => {
    const { calls, advance } = await startBench();
    await calls.cancel({ to: '101', callId, reason });
    await advance(900);
    await calls.cancel({ to: '101', callId, reason });
    await advance(900);
    expect(await calls.push({ to: '101', callId })).toMatchObject(heldBack);
  });

  it('with a UUID holds no other call of that Call-ID back', async () => {
    const { calls, ring, advance } = await startBench();
    await calls.cancel({ to: '101', uuid, callId, reason });
    expect(await ring({ to: '101', uuid: otherUuid, callId })).toMatchObject({ outcome: 'sent' });
    await advance(10_000);
    expect(await calls.push({ to: '101', uuid, callId })).toMatchObject(heldBack);
  });
});

describe('a cancel of a call that has rung for longer than its window', () => {
  it('goes out for 5 s more', async () => {
    const { calls, ring, cancels, advance } = await startBench();
    await ring({ to: '101', uuid, callId, ringSeconds: 15 });
    await ring({ to: '102', uuid, callId, ringSeconds: 15 });
    await advance(19_999);
    void calls.cancel({ to: '101', callId, reason });
    await everythingElse();
    expect(cancels).toMatchObject([{ request: { to: '101', uuid } }]);
    await advance(1);
    expect(await calls.cancel({ to: '102', callId, reason })).toEqual({ calls: 0, accepted: 0 });
    expect(cancels).toHaveLength(1);
  });

  it.each([5_000, 5_600, 29_999])('and %i ms after the window still holds back nothing', async (late) => {
    const { calls, ring, advance } = await startBench();
    // Calls are forgotten every second, counted from this one.
    await ring({ to: '103' });
    await advance(500);
    for (const callId of ['c@pbx', 'd@pbx']) {
      await ring({ to: '101', uuid: crypto.randomUUID(), callId, ringSeconds: 15 });
      await ring({ to: '102', callId, ringSeconds: 15 });
    }
    await advance(15_000 + late);
    for (const to of ['101', '102']) await calls.cancel({ to, callId, reason });
    expect(await ring({ to: '101', uuid, callId })).toMatchObject({ outcome: 'sent' });
    expect(await ring({ to: '102', callId })).toMatchObject({ outcome: 'sent' });
  });

  it('may be followed by what a queue pushes under its Call-ID alone, however often that has tried', async () => {
    const { calls, ring, pushes, advance } = await startBench();
    await ring({ to: '101', callId, ringSeconds: 15 });
    await advance(16_000);
    void calls.cancel({ to: '101', callId, reason });
    await advance(3_999);
    expect(await calls.push({ to: '101', callId })).toMatchObject(heldBack);
    await advance(1);
    expect(await ring({ to: '101', callId })).toMatchObject({ outcome: 'sent' });
    expect(pushes[1]?.request.uuid).toBe(pushes[0]?.request.uuid);
  });
});

import { setImmediate as everythingElse } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { android, createBench, iPhone, nameless, otherUuid, refused, resultOf, uuid } from './support.ts';

it('gives to how many calls in progress a phone belongs', async () => {
  const { calls, ring, lines } = createBench();
  await ring({ to: '101', uuid }, [android('A'), iPhone('B')]);
  await ring({ to: '101', uuid: otherUuid }, [android('A')]);
  await ring({ to: '102', uuid }, [android('C')]);
  expect(await calls.registered({ extension: '101', deviceId: 'A' })).toBe(2);
  expect(lines.at(-1)).toMatchObject({
    event: 'registered',
    level: 'info',
    extension: '101',
    deviceId: 'A',
    uuids: [uuid, otherUuid],
  });
  expect(await calls.registered({ extension: '101', deviceId: 'B' })).toBe(1);
  expect(await calls.registered({ extension: '101' })).toBe(2);
});

it.each([
  ['a phone that was not woken', [android('A')], '101', 'Z'],
  ['a phone of another extension', [android('A')], '102', 'A'],
  ['a call that woke no phone', [refused('A')], '101', 'A'],
])('none: %s', async (_, phones, extension, deviceId) => {
  const { calls, ring, lines } = createBench();
  await ring({ to: '101', uuid }, phones);
  expect(await calls.registered({ extension, deviceId })).toBe(0);
  // Phones register all day long.
  expect(lines.at(-1)).toMatchObject({ event: 'registered', level: 'debug', uuids: [] });
});

it('any phone may be one that is known by its fingerprint', async () => {
  const { calls, ring } = createBench();
  await ring({ to: '101', uuid }, [nameless('0a1b2c3d')]);
  expect(await calls.registered({ extension: '101', deviceId: 'A' })).toBe(1);
});

it('counts a call whose push is under way, or came to an unknown end', async () => {
  const { calls, advance } = createBench();
  void calls.push({ to: '101', uuid });
  await everythingElse();
  expect(await calls.registered({ extension: '101', deviceId: 'A' })).toBe(1);
  await advance(2_000);
  expect(await calls.registered({ extension: '101', deviceId: 'B' })).toBe(1);
});

it('no call that is cancelled, or whose ring window has ended', async () => {
  const { calls, ring, cancels, advance } = createBench();
  await ring({ to: '101', uuid });
  void calls.cancel({ to: '101', uuid, reason: 'declined' });
  await everythingElse();
  await cancels[0]?.answer(resultOf(android('A')));
  expect(await calls.registered({ extension: '101', deviceId: 'A' })).toBe(0);
  await ring({ to: '101', uuid: otherUuid, ringSeconds: 5 });
  await advance(5_000);
  expect(await calls.registered({ extension: '101', deviceId: 'A' })).toBe(0);
  expect(calls.ringing()).toBe(0);
});

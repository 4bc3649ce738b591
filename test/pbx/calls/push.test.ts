import { setImmediate as everythingElse } from 'node:timers/promises';
import { expect, it } from 'vitest';
import {
  android,
  createBench,
  failure,
  iPhone,
  isSettled,
  nameless,
  otherUuid,
  refused,
  resultOf,
  uuid,
} from './support.ts';

it('passes a call on with its UUID and ring window, and answers what the proxy does', async () => {
  const { calls, pushes, lines } = createBench();
  const request = { to: '101', from: '+4420', fromName: 'Ann', uuid: uuid.toUpperCase(), callId: 'c@pbx' };
  const answered = calls.push({ ...request, ringSeconds: 20, test: true });
  await everythingElse();
  expect(pushes.map((push) => push.request)).toEqual([{ ...request, uuid, ringSeconds: 20, test: true }]);

  const phones = [android('A'), refused('B')];
  await pushes[0]?.answer(resultOf(...phones));
  expect(await answered).toEqual({ devices: 2, accepted: 1, outcome: 'sent', uuid, phones });
  expect(calls.ringing()).toBe(1);
  const fields = { uuid, callId: 'c@pbx', ringSeconds: 20, devices: 2, accepted: 1, outcome: 'sent', phones };
  expect(lines).toEqual([
    { event: 'push_call', level: 'info', to: '101', test: true, code: undefined, durationMs: 0, ...fields },
  ]);
  expect(JSON.stringify(lines)).not.toMatch(/Ann|4420/);
});

it('tells of a phone what the contract knows, and nothing that somebody else may have put there', async () => {
  const { ring, lines } = createBench();
  const phones = [{ ...android('A'), token: 'secret' }, nameless('0a1b2c3d'), refused('B')];
  const told = [android('A'), nameless('0a1b2c3d'), refused('B')];
  expect((await ring({ to: '101', uuid }, phones)).phones).toStrictEqual(told);
  expect(lines.at(-1)?.['phones']).toStrictEqual(told);
});

it('the ring window of the settings is told where the call names none', async () => {
  const { ring, pushes } = createBench({ ringSeconds: 25 });
  await ring({ to: '101' });
  expect(pushes[0]?.request).toMatchObject({ ringSeconds: 25 });
});

it.each([
  ['no phone', []],
  ['no phone that a push was taken for', [refused('A')]],
])('%s is none', async (_, phones) => {
  const { ring } = createBench();
  expect(await ring({ to: '101', uuid }, phones)).toEqual({
    devices: phones.length,
    accepted: 0,
    outcome: 'none',
    uuid,
    phones,
  });
});

it('of phones that SNS was asked for in vain it is unknown: the push may have gone out', async () => {
  const { ring } = createBench();
  const late = { ...refused('A'), reason: 'unavailable', retryable: true } as const;
  expect(await ring({ to: '101', uuid }, [late])).toMatchObject({ outcome: 'unknown', code: 'unavailable' });
  expect(await ring({ to: '102', uuid }, [late, android('B')])).toMatchObject({ outcome: 'sent' });
});

const noPhones = { devices: 0, accepted: 0, phones: [], uuid };
it.each([
  [
    'an answer of 503 is unknown: it may have got halfway',
    failure('unavailable', true),
    { outcome: 'unknown', code: 'unavailable' },
  ],
  [
    'a breaker that is open is none',
    failure('breaker-open', false),
    { outcome: 'none', code: 'breaker-open' },
  ],
  ['no answer to a try is unknown', failure('network', true), { outcome: 'unknown', code: 'network' }],
  ['a fault of pns is unknown', new Error('secret'), { outcome: 'unknown', code: 'internal' }],
])('%s', async (_, error, expected) => {
  const { calls, pushes, lines } = createBench();
  const answered = calls.push({ to: '101', uuid });
  await everythingElse();
  await pushes[0]?.fail(error);
  expect(await answered).toEqual({ ...noPhones, ...expected });
  expect(lines.at(-1)).toMatchObject({ event: 'push_call', level: 'warn', ...expected });
  expect(lines.at(-1)?.['requestId']).toBe(expected.code === 'internal' ? undefined : 'r-1');
  expect(JSON.stringify(lines)).not.toContain('secret');
});

it('a proxy that hangs: unknown just before the deadline, and what hangs is given up', async () => {
  const { calls, pushes, advance } = createBench({ callDeadlineMs: 1_500 });
  const answered = calls.push({ to: '101', uuid });
  await advance(1_349);
  expect(await isSettled(answered)).toBe(false);
  expect(pushes[0]?.options.deadlineMs).toBeLessThan(1_350);
  expect(pushes[0]?.options.signal.aborted).toBe(false);
  await advance(1);
  expect(await answered).toEqual({ ...noPhones, outcome: 'unknown', code: 'deadline' });
  expect(pushes[0]?.options.signal.aborted).toBe(true);
  expect(pushes).toHaveLength(1);
});

it('200 calls with a proxy that hangs all have their answer before the deadline', async () => {
  const { calls, pushes, advance } = createBench();
  const answered = Array.from({ length: 200 }, (_, place) => calls.push({ to: String(place) }));
  await advance(1_800);
  expect(await Promise.all(answered.map(isSettled))).toEqual(answered.map(() => true));
  expect(pushes).toHaveLength(200);
});

it('the same call pushed anew while it is under way shares its answer, whatever the case of its UUID', async () => {
  const { calls, pushes } = createBench();
  const answered = [uuid, uuid.toUpperCase(), uuid].map((name) => calls.push({ to: '101', uuid: name }));
  await everythingElse();
  expect(pushes).toHaveLength(1);
  await pushes[0]?.answer(resultOf(android('A')));
  const answers = await Promise.all(answered);
  expect(answers.map(({ devices }) => devices)).toEqual([1, 1, 1]);
  expect(calls.ringing()).toBe(1);
});

it('pushed anew once it has ended, it goes out again with the same UUID', async () => {
  const { ring, pushes, calls } = createBench();
  await ring({ to: '101', uuid });
  await ring({ to: '101', uuid });
  expect(pushes.map(({ request }) => request.uuid)).toEqual([uuid, uuid]);
  expect(calls.ringing()).toBe(1);
});

it('another extension, another UUID or another choice of phones is a push of its own', async () => {
  const { calls, pushes } = createBench();
  void calls.push({ to: '101', uuid });
  void calls.push({ to: '102', uuid });
  void calls.push({ to: '101', uuid: otherUuid });
  void calls.push({ to: '101', uuid, only: ['A'] });
  await everythingElse();
  expect(pushes).toHaveLength(4);
  expect(calls.ringing()).toBe(3);
});

it('a call without a name gets a UUID of its own each time', async () => {
  const { ring, pushes } = createBench();
  const answers = [await ring({ to: '101' }), await ring({ to: '101', callId: '' })];
  const sent = pushes.map(({ request }) => request.uuid);
  expect(new Set(sent).size).toBe(2);
  expect(answers.map((answer) => answer.uuid)).toEqual(sent);
  for (const name of sent) expect(name).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
});

it('a call that is named by its Call-ID has the same UUID again, after a restart too, but not at another PBX', async () => {
  const names = async (key: string) => {
    const { ring, pushes } = createBench({ key });
    await ring({ to: '101', callId: 'a@pbx' });
    await ring({ to: '101', callId: 'a@pbx' });
    await ring({ to: '101', callId: 'b@pbx' });
    return pushes.map(({ request }) => request.uuid);
  };
  const [first, again, other] = await names('pns_one');
  expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  expect(await names('pns_one')).toEqual([first, again, other]);
  expect(await names('pns_two')).not.toContain(first);
});

it('waits for a register on its way, for a quarter of the deadline, and sends what is left of the window', async () => {
  const asked: unknown[] = [];
  const register = Promise.withResolvers<boolean>();
  const settled = (...given: unknown[]) => {
    asked.push(given);
    return register.promise;
  };
  const { calls, pushes, advance } = createBench({}, { settled });
  const answered = calls.push({ to: '101', uuid, ringSeconds: 20 });
  await advance(450);
  expect(pushes).toEqual([]);
  register.resolve(false);
  await everythingElse();
  expect(asked).toEqual([['101', 450]]);
  expect(pushes[0]).toMatchObject({ at: 450, request: { ringSeconds: 19.55 } });
  await advance(1_350);
  expect(await answered).toMatchObject({ outcome: 'unknown' });
});

it('a spool that fails does not keep a call from being pushed', async () => {
  const { ring, lines } = createBench({}, { settled: () => Promise.reject(new Error('secret')) });
  expect(await ring({ to: '101' }, [iPhone('A')])).toMatchObject({ outcome: 'sent' });
  expect(lines.map(({ event }) => event)).toEqual(['internal_error', 'push_call']);
  expect(JSON.stringify(lines)).not.toContain('secret');
});

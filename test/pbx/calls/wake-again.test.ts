import { expect, it } from 'vitest';
import type { Bench } from './support.ts';
import { android, createBench, failure, iPhone, nameless, refused, resultOf, uuid } from './support.ts';

const untilRegistered = { wake: 'until-registered' } as const;
const huawei = { ...android('H'), platform: 'hms' as never };
const request = { to: '101', from: '+4420', fromName: 'Ann', uuid, ringSeconds: 30 };

/** The phones of each push after the first. */
const again = ({ pushes }: Bench) => pushes.slice(1).map((push) => push.request.only);

it('off, nothing is pushed again', async () => {
  const bench = createBench();
  await bench.ring(request);
  await bench.advance(60_000);
  expect(bench.pushes).toHaveLength(1);
});

it('Android and Huawei phones that have not registered are pushed to once more, at a third of the window', async () => {
  const bench = createBench(untilRegistered);
  const { calls, ring, pushes, advance, lines } = bench;
  const phones = [android('A'), android('B'), iPhone('I'), nameless('0a1b2c3d'), huawei, refused('R')];
  await ring(request, phones);
  await calls.registered({ extension: '101', deviceId: 'B' });
  await advance(9_999);
  expect(pushes).toHaveLength(1);
  await advance(1);
  expect(pushes[1]).toMatchObject({ at: 10_000, request: { ...request, ringSeconds: 20 } });
  expect(again(bench)).toEqual([['A', '0a1b2c3d', 'H']]);

  await pushes[1]?.answer(resultOf(android('A')));
  expect(lines.at(-1)).toMatchObject({ event: 'push_again', to: '101', uuid, ringSeconds: 20, accepted: 1 });
  await advance(60_000);
  expect(pushes).toHaveLength(2);
});

it('once, however often the PBX pushes the call', async () => {
  const bench = createBench(untilRegistered);
  await bench.ring(request);
  await bench.advance(5_000);
  await bench.ring(request);
  await bench.advance(60_000);
  expect(bench.pushes.map(({ request: { only } }) => only)).toEqual([undefined, undefined, ['A']]);
});

type Between = (bench: Bench) => Promise<unknown>;
const registers =
  (deviceId?: string): Between =>
  ({ calls }) =>
    calls.registered({ extension: '101', ...(deviceId !== undefined && { deviceId }) });

it.each<[string, Parameters<typeof resultOf>, Between]>([
  ['an iPhone', [iPhone('I')], async () => {}],
  ['a phone that has registered', [android('A')], registers('A')],
  ['the one phone that was woken, where somebody has registered', [android('A')], registers()],
  ['any of several, where it is not known which has registered', [android('A'), android('B')], registers()],
  ['any that is known by its fingerprint, likewise', [nameless('0a1b2c3d'), android('B')], registers('Z')],
  ['a phone that was not woken', [refused('R')], async () => {}],
  [
    'a phone after the cancel',
    [android('A')],
    async ({ calls }) => void calls.cancel({ to: '101', uuid, reason: 'declined' }),
  ],
  ['a phone once the settings say so', [android('A')], async ({ change }) => change({ wake: 'once' })],
  ['a phone while pns stops', [android('A')], ({ calls }) => calls.finish()],
])('never %s', async (_, phones, between) => {
  const bench = createBench(untilRegistered);
  await bench.ring(request, phones);
  await bench.advance(5_000);
  await between(bench);
  await bench.advance(60_000);
  expect(bench.pushes).toHaveLength(1);
  expect(bench.lines.map(({ event }) => event)).not.toContain('push_again');
});

it.each([
  ['whose outcome is unknown', failure('network', true)],
  ['that failed', failure('unavailable', false)],
])('never for a call %s', async (_, error) => {
  const { calls, pushes, advance } = createBench(untilRegistered);
  void calls.push(request);
  await advance(100);
  await pushes[0]?.fail(error);
  await advance(60_000);
  expect(pushes).toHaveLength(1);
});

it('a cancel waits for the second push too', async () => {
  const { calls, ring, pushes, cancels, advance } = createBench(untilRegistered);
  await ring(request);
  await advance(10_000);
  void calls.cancel({ to: '101', uuid, reason: 'caller_hung_up' });
  await advance(1_000);
  expect(cancels).toEqual([]);
  await pushes[1]?.answer(resultOf(android('A')));
  expect(cancels).toHaveLength(1);
});

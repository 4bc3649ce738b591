import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReceivedPush } from '../../local/pushes.ts';
import { callOperations } from './calls.ts';
import { directCases } from './direct-providers.ts';
import { crashKinds, faultKinds } from './fault-proxy.ts';
import { createLedger } from './ledger.ts';
import { casesLogged } from './logged-tokens.ts';
import { lookUps } from './look-ups.ts';
import { messageOperations } from './messages.ts';
import type { Operation } from './operation.ts';
import { createPool } from './pool.ts';
import { providerCases } from './providers.ts';
import { registrationOperations } from './registrations.ts';
import { latePush } from './ring-window.ts';
import { dryRun, runCase } from './run-case.ts';
import { secretOperation } from './secrets.ts';
import type { Plan, Point } from './watch.ts';
import type { World } from './world.ts';
import { startWorld } from './world.ts';

/** A crash ends what everybody does: such a case has a cloud of its own. */
const crashClouds = 3;

/** What a service may do for a while; the others look alike to whoever asks. */
const outages = ['503', 'hung'] as const;

const ledger = createLedger();
let worlds: World[];
let shared: World;
let alone: ReturnType<typeof createPool<World>>;
beforeAll(async () => {
  worlds = await Promise.all(Array.from({ length: 1 + crashClouds }, () => startWorld(ledger)));
  const [first, ...others] = worlds;
  if (first === undefined) throw new Error('no cloud');
  shared = first;
  alone = createPool(others);
}, 60_000);
afterAll(async () => {
  await Promise.all(worlds.map((world) => world.close()));
});

const pushOperations = [...callOperations, ...messageOperations];
const operations = [...registrationOperations, ...pushOperations, secretOperation, ...lookUps];

const crashes: ReadonlySet<Operation> = new Set([...registrationOperations, ...pushOperations]);

const pointsOf = ({ asks }: Operation): Point[] =>
  asks.map((action, index) => ({
    action,
    nth: asks.slice(0, index + 1).filter((one) => one === action).length,
  }));

const broken: string[] = [];
/** A test that is remembered where it fails. */
const holds = (name: string, run: () => Promise<void>): void =>
  it(name, async () => {
    broken.push(name);
    await run();
    broken.splice(broken.indexOf(name), 1);
  });

describe.concurrent('what an operation asks AWS', () => {
  for (const operation of operations) {
    holds(operation.name, async () => {
      const seen = await alone((world) => dryRun(world, operation));
      expect(seen.toSorted()).toEqual([...operation.asks, ...(operation.after ?? [])].toSorted());
    });
  }
});

describe.concurrent.each(operations)('$name', (operation) => {
  const run = (plan: Plan) =>
    operation.apart === true || plan.kind.startsWith('crash')
      ? alone((world) => runCase(world, operation, plan))
      : runCase(shared, operation, plan);
  for (const point of pointsOf(operation)) {
    const request = `${point.action} ${point.nth}`;
    for (const kind of [...faultKinds, ...(crashes.has(operation) ? crashKinds : [])])
      holds(`${request} ${kind}`, () => run({ ...point, kind, lasting: false }));
    for (const kind of outages)
      holds(`${request} ${kind}, and all after it`, () => run({ ...point, kind, lasting: true }));
  }
  const [first] = pointsOf(operation);
  for (const kind of operation.refusals ?? [])
    if (first !== undefined) holds(`all ${kind}`, () => run({ ...first, kind, lasting: true }));
});

describe.concurrent('a call, and its provider', () => {
  for (const { name, run } of providerCases(ledger)) holds(name, () => run(shared));
  for (const { name, apart, run } of directCases(ledger))
    holds(name, () => (apart ? alone(run) : run(shared)));
});

describe('after all of them', () => {
  holds(
    'no push was late or of the wrong kind, no token was logged, and nothing is left of what was deleted',
    async () => {
      for (const world of worlds) {
        await world.idle();
        expect(world.latePublishes).toEqual([]);
        expect(world.pushes.list().flatMap((push) => latePush(push) ?? [])).toEqual([]);
        const onVoip = world.pushes.list().filter(isVoipButNoCall);
        expect(onVoip.map(({ token }) => world.caseOf.get(token))).toEqual([]);
        const logs = world.logs.map((line) => JSON.stringify(line)).join('\n');
        expect(casesLogged(logs, world.caseOf)).toEqual([]);
        expect((await world.aws.rows()).map(({ token }) => world.caseOf.get(token))).toEqual([]);
        const left = (await world.aws.endpointTokens()).filter((token) => !world.mayStay.has(token));
        expect(left.map((token) => world.caseOf.get(token))).toEqual([]);
      }
    },
  );

  it('there were at least 500 faults, and nothing was lost', () => {
    process.stdout.write(`\n${ledger.table()}\n\n`);
    expect(broken).toEqual([]);
    expect(ledger.total()).toBeGreaterThanOrEqual(500);
    process.stdout.write(`${ledger.total()} faults: nothing was lost\n`);
  });
});

/** Such a push would cost the iPhone all calls after it. */
const isVoipButNoCall = ({ headers, payload }: ReceivedPush): boolean =>
  headers['apns-push-type'] === 'voip' && !JSON.stringify(payload).includes('"type":"call"');

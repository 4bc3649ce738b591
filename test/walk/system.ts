import { createBrake } from '../../lambda/core/brake.ts';
import { deleteRegistrations } from '../../lambda/core/delete.ts';
import { days } from '../../lambda/core/duration.ts';
import { releaseEndpoint } from '../../lambda/core/endpoints.ts';
import { feedback } from '../../lambda/core/feedback.ts';
import { createGuard } from '../../lambda/core/guard.ts';
import type { Push } from '../../lambda/core/payload.ts';
import type {
  Clock,
  Destination,
  EndpointGateway,
  PushGateway,
  RegistrationTable,
} from '../../lambda/core/ports.ts';
import { pushCall } from '../../lambda/core/push-call.ts';
import { register } from '../../lambda/core/register.ts';
import type { Registration, RegistrationKey } from '../../lambda/core/registration.ts';
import { hashOf } from '../../lambda/core/token.ts';
import { update } from '../../lambda/core/update.ts';
import { apps, aTrace, caller } from '../support/builders.ts';
import type { MemoryEndpoint } from '../support/memory-gateway.ts';
import { createMemoryGateway } from '../support/memory-gateway.ts';
import { createMemoryGuardTable } from '../support/memory-guard-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';
import { epoch } from './fingerprint.ts';
import type { Process, Step, View } from './process.ts';
import type { Operation } from './specification.ts';
import { answerOf } from './specification.ts';

/** The same for every call: states that differ by a random UUID alone would never meet. */
const uuid = '00000000-0000-4000-8000-000000000000';

type Gateway = EndpointGateway & PushGateway;
type Ports = { table: RegistrationTable; gateway: Gateway };
/** What a test breaks on purpose, to show that the walk would see it. */
export type Sabotage = (ports: Ports) => Ports;

const ownerOf = ({ token, pbxId, extension }: { token: string; pbxId: string; extension: string }) =>
  `${token} is ${extension} at ${pbxId}`;

/** The calls whose time is written; one to SNS follows upon a look at its own deadline. */
const passingLooks = (name: string): number => {
  if (['claim', 'inherit', 'setRefusal', 'tripGuard'].includes(name)) return 0;
  return ['createEndpoint', 'enableEndpoint'].includes(name) ? 1 : Number.POSITIVE_INFINITY;
};

/** Rows in the order of their keys, as DynamoDB answers a query: two states must not differ in what came first. */
const inOrder = (answer: unknown): unknown =>
  Array.isArray(answer) ? answer.toSorted((a, b) => (keyText(a) < keyText(b) ? -1 : 1)) : answer;
const keyText = ({ tokenHash, pbxId, line }: RegistrationKey) => `${tokenHash} ${pbxId} ${line}`;

/** Its requests change nothing that another process sees, so nothing is lost if they are no steps: far fewer paths. */
const aGuardThatBelieves = () =>
  createGuard(
    { table: createMemoryGuardTable().table, clock: { ...idleClock, now: () => epoch } },
    { refusals: 20, timesUsual: 10 },
  );
const idleClock = { sleep: () => new Promise<void>(() => {}), random: () => 0 };

const byToken = (a: MemoryEndpoint, b: MemoryEndpoint) => (a.token < b.token ? -1 : 1);

/** Table and SNS in memory, and the real operations on them as processes that the walker can hold. */
export const createSystem = (
  initial: readonly Registration[],
  {
    sabotage = (ports) => ports,
    together = false,
    redelivery = false,
    believed,
  }: {
    sabotage?: Sabotage | undefined;
    together?: boolean | undefined;
    redelivery?: boolean | undefined;
    believed?: number | undefined;
  },
) => {
  let view: View = 'current';
  const sns = createMemoryGateway();
  const guardNotes = createMemoryGuardTable();
  const {
    table,
    rows,
    onRemoved,
    save: saveTable,
  } = createMemoryTable(
    (all) => all.at(view === 'stale' ? 0 : -1),
    initial.map((row) => ({ ...row, endpointArn: sns.endpointOf(row, row.token) })),
  );
  /** Pushes to a token that the call's extension did not have at any time that the call may have seen. */
  const stray: string[] = [];
  /** Which extension each token has had at each PBX. */
  const owners = new Set(initial.map(ownerOf));
  const spawned: Process[] = [];

  let spawnedSoFar = 0;
  /** @param kind names everything that the process knows from the start */
  const spawn = (kind: string, run: Process['run']) => {
    spawnedSoFar += 1;
    const name = `${kind} #${spawnedSoFar}`;
    const again = { name: `${name} again`, kind: `again: ${kind}`, mayCrash: false, run };
    spawned.push({ name, kind, mayCrash: redelivery, run, again });
  };
  const portsOf = (
    ask: (step: Step) => Promise<unknown>,
    now: () => number,
    gateway: Gateway = sns.gateway,
  ) => {
    const stepped = <Port extends object>(port: Port, indexed: readonly string[]): Port =>
      Object.fromEntries(
        Object.entries(port).map(([name, call]) => [
          name,
          name === 'belongs'
            ? call
            : (...args: unknown[]) =>
                ask({
                  name,
                  mayLag: indexed.includes(name),
                  args,
                  passingLooks: passingLooks(name),
                  run: (seen) => {
                    view = seen;
                    const called = call(...args);
                    view = 'current';
                    for (const row of rows()) owners.add(ownerOf(row));
                    return called.then(inOrder);
                  },
                }),
        ]),
      ) as Port;
    const clock: Clock = { ...idleClock, now };
    const broken = sabotage({ table, gateway });
    const outward = stepped(broken.gateway, []);
    return {
      table: stepped(broken.table, ['ofExtension', 'ofEndpoint']),
      endpoints: outward,
      gateway: outward,
      clock,
      guard:
        believed === undefined
          ? aGuardThatBelieves()
          : createGuard(
              { table: stepped(guardNotes.table, []), clock },
              { refusals: believed, timesUsual: 10 },
            ),
      apps: { ...apps, pocket: { fcm: true as const } },
      lifetimeMs: days(270),
      registrationsPerExtension: 20,
      ringSeconds: 30,
      brake: createBrake({ perSecond: 1, burst: 1_000 }, () => 0),
    };
  };
  onRemoved(({ token, tokenHash, app, platform, environment }) => {
    // What the row named matters only where SNS does not tell, which it always does here.
    const released = { token, tokenHash, app, platform, environment };
    spawn(`stream ${Object.values(released).join(' ')}`, async (ask, now) => {
      await releaseEndpoint(portsOf(ask, now), released);
      return undefined;
    });
  });

  const watchedFor = ({ pbxId, extension }: { pbxId: string; extension: string }): Gateway => ({
    ...sns.gateway,
    publish: async (to: Destination, push: Push, signal: AbortSignal) => {
      const before = sns.published.length;
      const messageId = await sns.gateway.publish(to, push, signal);
      const token = sns.published[before]?.token ?? '';
      if (!owners.has(ownerOf({ token, pbxId, extension })))
        stray.push(`${token} for ${extension} at ${pbxId}`);
      return messageId;
    },
  });

  const execute = (operation: Operation, ask: (step: Step) => Promise<unknown>, now: () => number) => {
    const who = caller(operation.pbxId);
    const ports = portsOf(ask, now, operation.kind === 'call' ? watchedFor(operation) : undefined);
    switch (operation.kind) {
      case 'register': {
        const { token, extension, app = 'demo' } = operation;
        return register(ports, who, { token, extension, app, platform: 'fcm' }, aTrace());
      }
      case 'update':
        return update(ports, who, { oldToken: operation.token, newToken: operation.newToken }, aTrace());
      case 'delete':
        return deleteRegistrations(ports, who, { token: operation.token }, aTrace());
      case 'delete all':
        return deleteRegistrations(ports, who, { extension: operation.extension }, aTrace());
      case 'call':
        return pushCall(ports, who, { to: operation.extension, uuid }, aTrace(), now());
    }
  };

  return {
    process: (operation: Operation, name: string): Process => ({
      name,
      mayCrash: redelivery || operation.kind !== 'call',
      kind: Object.values(operation).join(' '),
      run: async (ask, now) => {
        const begin = { name: 'begin', mayLag: false, args: [], passingLooks: 0, run: async () => {} };
        if (!together) await ask(begin);
        return answerOf(operation, await execute(operation, ask, now));
      },
    }),
    /** Apple or Google refuses a token: SNS disables its endpoint, and tells of it some time later. */
    refusal: (token: string, told: (at: number) => void): Process => ({
      name: `refusal of ${token}`,
      mayCrash: false,
      kind: `refusal of ${token}`,
      run: async (ask) => {
        const disable = async (_: View, at: number) => {
          const endpoint = sns.endpoints().find((one) => one.token === token);
          if (endpoint === undefined) return;
          sns.disable(endpoint.arn);
          told(at);
          const failure = { endpointArn: endpoint.arn, failureType: 'InvalidPlatformToken', at };
          spawn(`feedback ${token} ${at} "${endpoint.arn}"`, async (askMore, then) => {
            await feedback(portsOf(askMore, then), failure, aTrace());
            return undefined;
          });
        };
        await ask({ name: 'refuse', mayLag: false, args: [], passingLooks: 0, run: disable });
        return undefined;
      },
    }),
    spawned: () => spawned.splice(0),
    state: () => [
      guardNotes.state(),
      inOrder(rows()),
      sns.endpoints().toSorted(byToken),
      stray,
      [...owners].sort(),
    ],
    save: () => {
      const [restoreTable, restoreSns, restoreGuard] = [saveTable(), sns.save(), guardNotes.save()];
      const [strayBefore, ownersBefore] = [[...stray], [...owners]];
      return () => {
        restoreTable();
        restoreSns();
        restoreGuard();
        stray.splice(0, stray.length, ...strayBefore);
        owners.clear();
        for (const owner of ownersBefore) owners.add(owner);
      };
    },
    rows,
    stray,
    endpoints: sns.endpoints,
    /** Runs an operation to its end at once, with everything that it sets off. */
    perform: async (operation: Operation, at: number): Promise<unknown> => {
      const ask = async (step: Step) => step.run('current', at);
      const result = await execute(operation, ask, () => at);
      for (const process of spawned.splice(0)) await process.run(ask, () => at);
      return result;
    },
    /** The tokens to which a call to an extension is pushed now. */
    rings: async (pbxId: string, extension: string): Promise<string[]> => {
      const before = sns.published.length;
      const now = () => epoch + 10_000;
      const ask = async (step: Step) => step.run('current', now());
      await execute({ kind: 'call', pbxId, extension }, ask, now);
      return sns.published
        .slice(before)
        .map(({ token }) => token)
        .sort();
    },
    orphans: () =>
      sns.endpoints().filter(({ token, application }) => {
        const isUser = (row: Registration) =>
          row.tokenHash === hashOf(token) && `${row.app}/fcm` === application;
        return !rows().some(isUser);
      }),
  };
};

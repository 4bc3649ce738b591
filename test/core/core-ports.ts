import { createBrake } from '../../lambda/core/brake.ts';
import type {
  PushCallRequest,
  PushCancelRequest,
  PushMessageRequest,
  RegisterRequest,
} from '../../lambda/core/contract.ts';
import { deleteRegistrations } from '../../lambda/core/delete.ts';
import { days } from '../../lambda/core/duration.ts';
import { feedback } from '../../lambda/core/feedback.ts';
import { createGuard } from '../../lambda/core/guard.ts';
import type { EndpointGateway, GuardTable, PushGateway, RegistrationTable } from '../../lambda/core/ports.ts';
import { pushCall } from '../../lambda/core/push-call.ts';
import { pushCancel } from '../../lambda/core/push-cancel.ts';
import { pushMessage } from '../../lambda/core/push-message.ts';
import { register } from '../../lambda/core/register.ts';
import type { Registration } from '../../lambda/core/registration.ts';
import { hasEndpoints } from '../../lambda/core/registration.ts';
import { update } from '../../lambda/core/update.ts';
import { apps, aTrace, aUuid, caller } from '../support/builders.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryGateway } from '../support/memory-gateway.ts';
import { createMemoryGuardTable } from '../support/memory-guard-table.ts';
import { createMemoryTable } from '../support/memory-table.ts';

type Request =
  | `table.${keyof RegistrationTable}`
  | `guard.${keyof GuardTable}`
  | `sns.${Exclude<keyof EndpointGateway, 'belongs'>}`
  | `sns.${keyof PushGateway}`;

/** All that core's operations need, in memory, and the operations on it. Time stands still at noon. */
export const createCorePorts = () => {
  const time = createFakeClock();
  const sns = createMemoryGateway();
  let frozen: number | undefined;
  const memory = createMemoryTable((versions) => versions.at(frozen ?? -1));
  const guard = createMemoryGuardTable();
  const calls: string[] = [];
  const meanwhile = new Map<string, () => unknown>();

  const watched = <Port extends object>(name: string, port: Port): Port =>
    new Proxy(port, {
      get: (target, method) => {
        const called: unknown = Reflect.get(target, method);
        const request = `${name}.${String(method)}`;
        if (typeof called !== 'function' || request === 'sns.belongs') return called;
        return async (...args: unknown[]) => {
          const act = meanwhile.get(request);
          meanwhile.delete(request);
          await act?.();
          calls.push(request);
          return Reflect.apply(called, target, args);
        };
      },
    });

  const outward = watched('sns', sns.gateway);
  const ports = {
    table: watched('table', memory.table),
    endpoints: outward,
    gateway: outward,
    clock: time.clock,
    guard: createGuard(
      { table: watched('guard', guard.table), clock: time.clock },
      { refusals: 20, timesUsual: 10 },
    ),
    apps,
    lifetimeMs: days(270),
    registrationsPerExtension: 20,
    ringSeconds: 30,
    brake: createBrake({ perSecond: 1, burst: 1_000 }, time.clock.now),
  };
  const { settle } = time;
  const trace = aTrace();

  return {
    time,
    sns,
    guard,
    ports,
    /** What every operation has added to its log line. */
    trace,
    /** Every request to table and SNS, in order. */
    calls,
    rows: memory.rows,
    onRemoved: memory.onRemoved,
    /** The indexes show what is there now, whatever is written afterwards. */
    freezeIndex: () => {
      frozen = memory.versions.length - 1;
    },
    /** Something happens between two requests of an operation: just before the next one of this name. */
    before: (request: Request, act: () => unknown) => void meanwhile.set(request, act),
    /** Puts rows there with endpoints that SNS knows and, unless told otherwise, was asked about at once. */
    seed: async (...registrations: Registration[]): Promise<void> => {
      for (const row of registrations) {
        await memory.table.claim(row);
        const verifiedAt = hasEndpoints(row) ? (row.verifiedAt ?? row.registeredAt) : undefined;
        if (verifiedAt !== undefined) {
          const endpointArn = row.endpointArn ?? sns.endpointOf(row, row.token);
          await memory.table.setEndpoint(row, { endpointArn, verifiedAt }, row);
        }
        if (row.disabledAt === undefined) continue;
        const refusal = { at: row.disabledAt, reason: row.disabledReason ?? 'token-refused' };
        await memory.table.setRefusal(row, refusal, row.expiresAt, {
          registeredAt: row.registeredAt,
          ...(verifiedAt !== undefined && { verifiedAt }),
        });
      }
    },
    register: (request: Pick<RegisterRequest, 'token'> & Partial<RegisterRequest>, who = caller()) =>
      settle(register(ports, who, { extension: '101', platform: 'fcm', ...request }, trace)),
    pushCall: (request: Partial<PushCallRequest> = {}, who = caller(), receivedAt = time.clock.now()) =>
      settle(pushCall(ports, who, { to: '101', ...request }, trace, receivedAt)),
    pushCancel: (request: Partial<PushCancelRequest> = {}, who = caller()) => {
      const cancel = { to: '101', uuid: aUuid, reason: 'caller_hung_up', ...request } as const;
      return settle(pushCancel(ports, who, cancel, trace, time.clock.now()));
    },
    pushMessage: (request: Partial<PushMessageRequest> = {}, who = caller()) => {
      const message = { to: '101', from: '102', kind: 'message', ...request } as const;
      return settle(pushMessage(ports, who, message, trace, time.clock.now()));
    },
    update: (oldToken: string, newToken: string, who = caller()) =>
      settle(update(ports, who, { oldToken, newToken }, trace)),
    delete: (request: Parameters<typeof deleteRegistrations>[2], who = caller()) =>
      settle(deleteRegistrations(ports, who, request, trace)),
    feedback: (failure: Parameters<typeof feedback>[1]) => settle(feedback(ports, failure, trace)),
  };
};

export type CorePorts = ReturnType<typeof createCorePorts>;

import { createBrake } from '../../../lambda/core/brake.ts';
import { deleteRegistrations } from '../../../lambda/core/delete.ts';
import { devices } from '../../../lambda/core/devices.ts';
import { days } from '../../../lambda/core/duration.ts';
import { createGuard } from '../../../lambda/core/guard.ts';
import type { EndpointGateway, PushGateway, RegistrationTable } from '../../../lambda/core/ports.ts';
import { pushCall } from '../../../lambda/core/push-call.ts';
import { pushCancel } from '../../../lambda/core/push-cancel.ts';
import { pushMessage } from '../../../lambda/core/push-message.ts';
import { register } from '../../../lambda/core/register.ts';
import type { Registration } from '../../../lambda/core/registration.ts';
import { update } from '../../../lambda/core/update.ts';
import { handleBody, handleQuery } from '../../../lambda/http/handle.ts';
import type { HttpResponse } from '../../../lambda/http/problem.ts';
import {
  parseDelete,
  parseDevices,
  parsePushCall,
  parsePushCancel,
  parsePushMessage,
  parseRegister,
  parseUpdate,
} from '../../../lambda/http/requests.ts';
import { createMemoryGateway } from '../../support/memory-gateway.ts';
import { createMemoryGuardTable } from '../../support/memory-guard-table.ts';
import { createMemoryTable } from '../../support/memory-table.ts';
import type { Sent } from './events.ts';
import { anEvent } from './events.ts';
import type { ApiRequest } from './routes.ts';
import { createVirtualClock } from './virtual-clock.ts';

/** `demo` is served everywhere, `droid` on Android alone. */
const apps = {
  demo: { fcm: true, bundleId: 'com.example.demo', hms: { v2: true, v3: true, voip: true }, webpush: true },
  droid: { fcm: true },
} as const;

type Gateway = EndpointGateway & PushGateway;

type Options = {
  registrations?: readonly Registration[];
  /** Stands between the operations and the doubles. */
  table?: (table: RegistrationTable) => RegistrationTable;
  gateway?: (gateway: Gateway) => Gateway;
  /** How many calls a PBX may make. */
  calls?: number;
};

/** The functions behind the routes, as their entry files make them, over the table and SNS in memory. */
export const createEndpoint = (options: Options = {}) => {
  const memory = createMemoryTable(undefined, options.registrations);
  const sns = createMemoryGateway();
  const clock = createVirtualClock();
  const gateway = options.gateway?.(sns.gateway) ?? sns.gateway;
  const ports = {
    table: options.table?.(memory.table) ?? memory.table,
    endpoints: gateway,
    gateway,
    clock,
    guard: createGuard({ table: createMemoryGuardTable().table, clock }, { refusals: 20, timesUsual: 10 }),
    apps,
    lifetimeMs: days(270),
    registrationsPerExtension: 20,
    ringSeconds: 30,
    // Refills so slowly that a test sees no second call.
    brake: createBrake({ perSecond: 0.001, burst: options.calls ?? 1_000 }, Date.now),
  };
  const functions: Record<ApiRequest, (event: unknown) => Promise<HttpResponse>> = {
    'POST /register': handleBody('register', parseRegister, (request, { caller, trace }) =>
      register(ports, caller, request, trace),
    ),
    'POST /push_call': handleBody('push_call', parsePushCall, (request, { caller, trace, receivedAt }) =>
      pushCall(ports, caller, request, trace, receivedAt),
    ),
    'POST /push_cancel': handleBody(
      'push_cancel',
      parsePushCancel,
      (request, { caller, trace, receivedAt }) => pushCancel(ports, caller, request, trace, receivedAt),
    ),
    'POST /push_message': handleBody(
      'push_message',
      parsePushMessage,
      (request, { caller, trace, receivedAt }) => pushMessage(ports, caller, request, trace, receivedAt),
    ),
    'POST /update': handleBody('update', parseUpdate, (request, { caller, trace }) =>
      update(ports, caller, request, trace),
    ),
    'POST /delete': handleBody('delete', parseDelete, (request, { caller, trace }) =>
      deleteRegistrations(ports, caller, request, trace),
    ),
    'GET /devices': handleQuery('devices', parseDevices, (request, { caller, trace }) =>
      devices(ports, caller, request, trace),
    ),
  };

  /** Hands an event, whatever it is, to the function behind a route. */
  const invoke = async (route: ApiRequest, event: unknown): Promise<HttpResponse> => {
    try {
      return await functions[route](event);
    } finally {
      clock.forgetPauses();
    }
  };
  const send = async (route: ApiRequest, sent: Sent) => {
    const response = await invoke(route, anEvent(route, sent));
    return { ...response, json: JSON.parse(response.body) };
  };
  return {
    invoke,
    send,
    rows: memory.rows,
    published: sns.published,
    endpoints: sns.endpoints,
    endpointOf: sns.endpointOf,
    refuseToken: sns.refuseToken,
  };
};

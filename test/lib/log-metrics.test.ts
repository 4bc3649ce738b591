import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { explanations } from '../../bin/admin/why/explanations.ts';
import { platforms, pushReasons } from '../../lambda/core/contract.ts';
import type { PushGateway } from '../../lambda/core/ports.ts';
import { PushRefusal } from '../../lambda/core/ports.ts';
import { failureMetricNames } from '../../lib/failure-metrics.ts';
import { captureLog } from '../http/support/captured-log.ts';
import { createEndpoint } from '../http/support/endpoint.ts';
import { aRegistration, fcmToken } from '../support/builders.ts';
import { type Filter, filtersOf, valuesIn } from './metric-filters.ts';
import { templatesOf } from './synthesized.ts';

let filters: Filter[];
beforeAll(() => {
  filters = filtersOf(templatesOf().monitoring);
});

describe('what push_call logs is measured', () => {
  const log = captureLog();
  const dead = { token: fcmToken('dead'), disabledAt: 1, disabledReason: 'token-refused' as const };
  const phone = aRegistration({ token: fcmToken('phone') });
  const expiresAt = Date.now() + 1_000_000;
  const endpointOf = (...rows: (typeof phone)[]) =>
    createEndpoint({
      registrations: rows.map((row) => ({ ...row, pbxId: 'pbx-1', expiresAt })),
      calls: 1,
      gateway: (gateway) => refusing(gateway),
    });
  let refusal: PushRefusal | undefined;
  const refusing = <Gateway extends PushGateway>(gateway: Gateway): Gateway => ({
    ...gateway,
    publish: async (...args) => {
      if (refusal !== undefined) throw refusal;
      return gateway.publish(...args);
    },
  });
  let endpoint: ReturnType<typeof createEndpoint>;
  beforeEach(() => {
    refusal = undefined;
    endpoint = endpointOf(phone, aRegistration(dead));
  });
  const calls = async (...bodies: object[]) => {
    for (const body of bodies) await endpoint.send('POST /push_call', { body: { to: '101', ...body } });
    return valuesIn(
      filters,
      'OperationsPushCallLog',
      log.lines.map((message) => ({ message })),
    );
  };

  test('a call, its phones, and why one of them was not woken', async () => {
    expect(await calls({})).toEqual({
      Calls: [1],
      CallsSilent: [0],
      Phones: [1],
      Accepted: [1],
      PushesTaken: [1],
      'Failed-token-refused': [1],
      'Failed-fcm': [1],
    });
  });

  test('a call that wakes nobody, and one that the brake refuses', async () => {
    expect(await calls({ ringSeconds: 1 }, {})).toEqual({
      Calls: [1, 1],
      CallsFailed: [1],
      CallsBraked: [1],
      CallsUnheard: [1],
      CallsSilent: [1],
      Phones: [1],
      Accepted: [0],
      PushesTaken: [0],
      'Failed-token-refused': [1],
      'Failed-expired': [1],
      'Failed-fcm': [2],
    });
  });

  test('a call whose phones have all been refused before is silent, and one of an extension without phones is not', async () => {
    endpoint = endpointOf(aRegistration(dead));
    expect(await calls({})).toMatchObject({ Phones: [0], CallsSilent: [1], 'Failed-token-refused': [1] });
    log.clear();
    endpoint = endpointOf();
    expect(await calls({})).toEqual({ Calls: [1], Phones: [0], Accepted: [0], PushesTaken: [0] });
  });

  test.each(['not-authorized', 'invalid-notification'] as const)(
    '%s is a fault of the deployment',
    async (reason) => {
      refusal = new PushRefusal(reason);
      expect(await calls({})).toMatchObject({ DeploymentFaults: [1], CallsSilent: [1] });
    },
  );

  test.each(['provider-down', 'unavailable'] as const)(
    '%s counts for a provider that is down',
    async (reason) => {
      refusal = new PushRefusal(reason);
      expect(await calls({})).toMatchObject({ ProviderDown: [1], CallsSilent: [1] });
    },
  );

  test('an app that is not served any more is a fault of the deployment', async () => {
    endpoint = endpointOf(aRegistration({ token: fcmToken('gone'), app: 'gone' }));
    expect(await calls({})).toMatchObject({ DeploymentFaults: [1], CallsSilent: [1] });
  });

  test('a call that the table does not answer fails, and is silent', async () => {
    endpoint = createEndpoint({ table: () => ({}) as never });
    expect(await calls({})).toEqual({ Calls: [1], CallsFailed: [1], CallsSilent: [1] });
  });

  test('no test, and no request that is wrong in itself', async () => {
    expect(await calls({ test: true }, { test: true, ringSeconds: 1 }, { too: 'many' })).toEqual({});
  });
});

test.each(['PushCall', 'PushCancel', 'PushMessage'])(
  'each reason and each platform has its metric of %s',
  (name) => {
    const counted = filters
      .filter(({ group, metric }) => group === `Operations${name}Log` && metric.startsWith('Failed-'))
      .map(({ metric }) => metric);
    expect(counted.toSorted()).toEqual(
      [...Object.keys(pushReasons), ...platforms].map((key) => `Failed-${key}`).toSorted(),
    );
  },
);

describe.each([
  {
    route: 'POST /push_cancel',
    group: 'OperationsPushCancelLog',
    requests: 'Cancels',
    body: { to: '101', callId: 'c', reason: 'timed_out' },
  },
  {
    route: 'POST /push_message',
    group: 'OperationsPushMessageLog',
    requests: 'Messages',
    body: { to: '101', from: '102', kind: 'message' },
  },
] as const)('what $requests log', ({ route, group, requests, body }) => {
  const log = captureLog();
  const phones = [
    aRegistration({ token: fcmToken('android') }),
    aRegistration({ token: fcmToken('huawei'), platform: 'hms' }),
  ];
  const measuredOf = async (refusal?: PushRefusal, { only = phones, requestsMade = 1 } = {}) => {
    const endpoint = createEndpoint({
      registrations: only.map((row) => ({ ...row, pbxId: 'pbx-1', expiresAt: Date.now() + 1_000_000 })),
      calls: 1,
      gateway: (gateway) => ({
        ...gateway,
        publish: async (to, push, signal) => {
          if (refusal !== undefined && push.platform === 'hms') throw refusal;
          return gateway.publish(to, push, signal);
        },
      }),
    });
    for (let made = 0; made < requestsMade; made += 1) await endpoint.send(route, { body });
    return valuesIn(
      filters,
      group,
      log.lines.map((message) => ({ message })),
    );
  };

  test('is how many there are, and for how many phones a push was taken', async () => {
    expect(await measuredOf()).toEqual({ [requests]: [1], PushesTaken: [2] });
  });

  test('is one, too, where the brake refuses it: no call, and nobody’s phone', async () => {
    expect(await measuredOf(undefined, { requestsMade: 2 })).toEqual({
      [requests]: [1, 1],
      PushesTaken: [2],
    });
  });

  test.each([
    ['application-disabled', 'ApplicationDisabled'],
    ['not-authorized', 'DeploymentFaults'],
    ['invalid-notification', 'DeploymentFaults'],
    ['provider-down', 'ProviderDown'],
    ['unavailable', 'ProviderDown'],
  ] as const)('%s sounds %s, as of a call', async (reason, alarm) => {
    expect(await measuredOf(new PushRefusal(reason))).toEqual({
      [requests]: [1],
      PushesTaken: [1],
      [`Failed-${reason}`]: [1],
      'Failed-hms': [1],
      [alarm]: [1],
    });
  });

  test('an app that is not served any more sounds, as of a call', async () => {
    const only = [aRegistration({ token: fcmToken('gone'), app: 'gone' })];
    expect(await measuredOf(undefined, { only })).toMatchObject({ DeploymentFaults: [1], PushesTaken: [0] });
  });

  test('a token that a provider refuses sounds nothing: users remove apps every day', async () => {
    expect(await measuredOf(new PushRefusal('token-refused'))).toEqual({
      [requests]: [1],
      PushesTaken: [1],
      'Failed-token-refused': [1],
      'Failed-hms': [1],
    });
  });
});

test('each failure that SNS is known to report has its metric', () => {
  expect(Object.keys(failureMetricNames).toSorted()).toEqual(
    Object.keys(explanations.failureTypes).toSorted(),
  );
  for (const [type, metric] of Object.entries(failureMetricNames))
    expect(filters).toContainEqual(
      expect.objectContaining({
        group: 'DeliveryFeedbackLog',
        pattern: `{ $.message.failureType = "${type}" }`,
        metric,
      }),
    );
});

test('no filter is a term that may stand anywhere in a line: callers choose some of its texts', () => {
  for (const { pattern, metric } of filters) expect(pattern, metric).toMatch(/^\{ [^%*]+ \}$/);
});

test('all metrics are of one namespace', () => {
  expect(new Set(filters.map(({ namespace }) => namespace))).toEqual(new Set(['pns']));
});

test('what functions of several logs learn is measured in each of them', () => {
  const groups = Object.fromEntries(
    [...Map.groupBy(filters, ({ metric }) => metric)].map(([metric, all]) => [
      metric,
      all.map(({ group }) => group),
    ]),
  );
  const pushing = ['PushCall', 'PushCancel', 'PushMessage'];
  const operations = (...names: string[]) => names.map((name) => `Operations${name}Log`);
  expect(groups).toMatchObject({
    PushCallColdStarts: operations('PushCall'),
    AuthorizeColdStarts: operations('Authorize'),
    SpoolOldest: operations('Register', ...pushing, 'Update', 'Delete', 'Devices'),
    DeploymentFaults: operations(...pushing, 'Register', 'Update'),
    ApplicationDisabled: operations(...pushing, 'Register', 'Update'),
    FleetGuard: [...operations(...pushing), 'DeliveryFeedbackLog'],
    ProviderDown: ['DeliveryFeedbackLog', ...operations(...pushing, ...pushing)],
  });
  const report = '{ ($.type = "platform.report") && ($.record.metrics.initDurationMs > 0) }';
  expect(filters.filter(({ pattern }) => pattern === report)).toHaveLength(2);
});

test('no log group has more filters than CloudWatch takes', () => {
  // CloudWatch Logs quotas: metric filters a log group.
  for (const [, all] of Map.groupBy(filters, ({ group }) => group)) expect(all.length).toBeLessThan(100);
});

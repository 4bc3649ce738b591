import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { platforms, pushReasons } from '../../lambda/core/contract.ts';
import { captureLog } from '../http/support/captured-log.ts';
import { createEndpoint } from '../http/support/endpoint.ts';
import { aRegistration, fcmToken } from '../support/builders.ts';
import { resourcesOf, templatesOf } from './synthesized.ts';

type Filter = { group: string; pattern: string; metric: string; value: string };

let filters: Filter[];
beforeAll(() => {
  const { monitoring } = templatesOf();
  filters = Object.values(resourcesOf(monitoring, 'AWS::Logs::MetricFilter')).map(({ Properties }) => {
    const [transformation] = Properties['MetricTransformations'] as Record<string, string>[];
    expect(transformation?.['MetricNamespace']).toBe('pns');
    const [, group = ''] = /OutputRef(\w+Log)/.exec(JSON.stringify(Properties['LogGroupName'])) ?? [];
    return {
      group,
      pattern: String(Properties['FilterPattern']),
      metric: String(transformation?.['MetricName']),
      value: String(transformation?.['MetricValue']),
    };
  });
});

const inLine = (line: unknown, selector: string): unknown =>
  selector
    .split('.')
    .slice(1)
    .reduce((inner: unknown, key) => Object(inner)[key], { message: line });

/** Whether a JSON pattern of the kind used here fits a line (Amazon CloudWatch Logs user guide, "Filter pattern syntax"). */
const fits = (line: unknown, pattern: string): boolean => {
  const operators: Record<string, string> = { '=': '===', '>': '>', '>=': '>=' };
  const source = pattern
    .replace(/^\{|\}$/g, '')
    .replace(/(\$[\w.-]+) NOT EXISTS/g, (_, selector) => `(at("${selector}") === undefined)`)
    .replace(
      /(\$[\w.-]+) (=|>=|>) ("[^"]*"|\d+)/g,
      (_, selector, operator, value) => `(at("${selector}") ${operators[operator]} ${value})`,
    );
  return new Function('at', `return ${source}`)((selector: string) => inLine(line, selector));
};

/** What these lines add to the metrics of a function's log. */
const measured = (group: string, lines: readonly unknown[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const { pattern, metric, value } of filters.filter((filter) => filter.group === group)) {
    if (!pattern.startsWith('{')) continue;
    for (const line of lines.filter((one) => fits(one, pattern))) {
      sums[metric] =
        (sums[metric] ?? 0) + (value.startsWith('$') ? Number(inLine(line, value)) : Number(value));
    }
  }
  return sums;
};

describe('what push_call logs is measured', () => {
  const log = captureLog();
  const dead = { token: fcmToken('dead'), disabledAt: 1, disabledReason: 'token-refused' as const };
  const phone = aRegistration({ token: fcmToken('phone') });
  const expiresAt = Date.now() + 1_000_000;
  let endpoint: ReturnType<typeof createEndpoint>;
  beforeEach(() => {
    endpoint = createEndpoint({
      registrations: [phone, aRegistration(dead)].map((row) => ({ ...row, pbxId: 'pbx-1', expiresAt })),
      calls: 1,
    });
  });
  const calls = async (...bodies: object[]) => {
    for (const body of bodies) await endpoint.send('POST /push_call', { body: { to: '101', ...body } });
    return measured('OperationsPushCallLog', log.lines);
  };

  test('a call, its phones, and why one of them was not woken', async () => {
    expect(await calls({})).toEqual({
      Calls: 1,
      Phones: 1,
      Accepted: 1,
      'Failed-token-refused': 1,
      'Failed-fcm': 1,
    });
  });

  test('a call that wakes nobody, and one that is refused', async () => {
    expect(await calls({ ringSeconds: 1 }, {})).toEqual({
      Calls: 2,
      CallsRefused: 1,
      CallsUnheard: 1,
      Phones: 1,
      Accepted: 0,
      'Failed-token-refused': 1,
      'Failed-expired': 1,
      'Failed-fcm': 2,
    });
  });

  test('no test, and no request that is wrong in itself', async () => {
    expect(await calls({ test: true }, { test: true, ringSeconds: 1 }, { too: 'many' })).toEqual({});
  });
});

test('each reason and each platform has its metric', () => {
  const counted = filters.map(({ metric }) => metric).filter((metric) => metric.startsWith('Failed-'));
  expect(counted).toEqual([...Object.keys(pushReasons), ...platforms].map((key) => `Failed-${key}`));
});

test('what else is measured is in the logs of the functions that learn of it', () => {
  const others = filters.filter(({ pattern }) => !pattern.includes('"push_call"'));
  const found = others.map(({ group, pattern, metric, value }) => [metric, group, pattern, value]);
  const report = '{ ($.type = "platform.report") && ($.record.metrics.initDurationMs > 0) }';
  const started = '$.record.metrics.initDurationMs';
  const age = ['{ $.message.spoolOldestSeconds >= 0 }', '$.message.spoolOldestSeconds'];
  const failure = (type: string) => ['DeliveryFeedbackLog', `{ $.message.failureType = "${type}" }`, '1'];
  expect(found).toEqual([
    ['PushCallColdStarts', 'OperationsPushCallLog', report, started],
    ['AuthorizeColdStarts', 'OperationsAuthorizeLog', report, started],
    ...['Register', 'PushCall', 'Update', 'Delete', 'Devices'].map((name) => [
      'SpoolOldest',
      `Operations${name}Log`,
      ...age,
    ]),
    ...['PushCall', 'Register', 'Update'].map((name) => [
      'DisabledApplications',
      `Operations${name}Log`,
      '"application-disabled"',
      '1',
    ]),
    ['GuardedRefusals', 'OperationsPushCallLog', '"kept-by-guard"', '1'],
    ['GuardedRefusals', 'DeliveryFeedbackLog', '"kept-by-guard"', '1'],
    ['CredentialRefusals', ...failure('InvalidCredentials')],
    ['PushesThrottled', ...failure('Throttled')],
    ['PushRefusals', ...failure('InvalidNotification')],
  ]);
});

test('no log group has more filters than CloudWatch takes', () => {
  // CloudWatch Logs quotas: metric filters a log group.
  const groups = Map.groupBy(filters, ({ group }) => group);
  for (const [, all] of groups) expect(all.length).toBeLessThan(100);
});

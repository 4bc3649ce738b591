import { beforeAll, expect, test } from 'vitest';
import { platforms, pushReasons } from '../../lambda/core/contract.ts';
import { failureMetricNames } from '../../lib/failure-metrics.ts';
import { resourcesOf, templatesOf } from './synthesized.ts';

type Widget = { type: string; properties: { title?: string; metrics?: unknown[][] } };

let widgets: Widget[];
beforeAll(() => {
  const { monitoring } = templatesOf();
  const [dashboard] = Object.values(resourcesOf(monitoring, 'AWS::CloudWatch::Dashboard'));
  expect(dashboard?.Properties['DashboardName']).toBe('pns');
  ({ widgets } = JSON.parse(String(dashboard?.Properties['DashboardBody'])));
});

const shown = (title: string): string => {
  const widget = widgets.find(({ properties }) => properties.title === title);
  if (widget === undefined) throw new Error(`no widget ${title}: ${JSON.stringify(widgets)}`);
  return JSON.stringify(widget.properties.metrics);
};

test('answers first whether calls wake phones', () => {
  const first = 'In the time shown';
  for (const metric of [
    'Calls',
    'Phones',
    'Accepted',
    'CallsSilent',
    'CallsUnheard',
    'CallsFailed',
    'PushesLost',
  ])
    expect(shown(first)).toContain(`["pns","${metric}"`);
  // Else each would show its own latest value, from whenever that was.
  const [widget] = widgets.filter(({ properties }) => properties.title === first);
  expect(widget?.properties).toMatchObject({ setPeriodToTimeRange: true });
});

test('a metric has one label wherever it stands, and that is its name', () => {
  const calls = [...shown('In the time shown').matchAll(/\["pns","(Calls\w*)",\{"label":"(\w+)"/g)];
  expect(calls.length).toBeGreaterThan(3);
  for (const [, metric, label] of [
    ...calls,
    ...shown('Calls').matchAll(/\["pns","(\w+)",\{"label":"(\w+)"/g),
  ])
    expect(label).toBe(metric);
});

test('shows what SNS reports of pushes that it took, by every type', () => {
  for (const [type, metric] of Object.entries(failureMetricNames))
    expect(shown('Failed later, as SNS reports')).toContain(`["pns","${metric}",{"label":"${type}"`);
});

test('says why phones are not reached, by every reason and platform', () => {
  for (const reason of Object.keys(pushReasons))
    expect(shown('Phones not reached, by reason')).toContain(`["pns","Failed-${reason}"`);
  for (const platform of platforms)
    expect(shown('Phones not reached, by platform')).toContain(`["pns","Failed-${platform}"`);
});

test.each(['p50', 'p99'])('shows %s of each function', (statistic) => {
  const duration = shown(`Duration, ${statistic}`);
  for (const label of [
    'push_call',
    'push_cancel',
    'push_message',
    'authorize',
    'register',
    'update',
    'delete',
    'devices',
    'health',
    'release_endpoints',
    'feedback',
  ])
    expect(duration).toContain(`{"label":"${label}","stat":"${statistic}"}`);
});

const rowsOf = (title: string): unknown[][] =>
  widgets.find(({ properties }) => properties.title === title)?.properties.metrics ?? [];

test.each(['Duration, p50', 'Duration, p99', 'Throttles'])('%s is of the function that it says', (title) => {
  const named = rowsOf(title).map((row) => {
    const { label } = Object(row.at(-1));
    const [, construct = ''] = /Ref([A-Za-z]+?)Function[0-9A-F]{8}/.exec(JSON.stringify(row)) ?? [];
    return [label, construct];
  });
  expect(Object.fromEntries(named)).toEqual({
    push_call: 'OperationsPushCall',
    push_cancel: 'OperationsPushCancel',
    push_message: 'OperationsPushMessage',
    authorize: 'OperationsAuthorize',
    register: 'OperationsRegister',
    update: 'OperationsUpdate',
    delete: 'OperationsDelete',
    devices: 'OperationsDevices',
    health: 'OperationsHealth',
    release_endpoints: 'EndpointReleaseReleaseEndpoints',
    feedback: 'DeliveryFeedback',
  });
});

test('the age of the stream is that of the function that reads it', () => {
  expect(shown("Age of the table's stream")).toContain('ReleaseEndpointsFunction');
});

test.each([
  ['Cold starts', 'PushCallColdStarts'],
  ['Throttles', 'Throttles'],
  ['Cancels and messages', 'Cancels'],
  ['Cancels and messages', 'Messages'],
  ['Pushes taken, and lost later', 'PushesTaken'],
  ["Age of the table's stream", 'IteratorAge'],
  ['Age of the oldest spool of a PBX', 'SpoolOldest'],
])('shows %s', (title, metric) => {
  expect(shown(title)).toContain(`"${metric}"`);
});

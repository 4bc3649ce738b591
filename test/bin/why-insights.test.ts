import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { failureQuery, openInsights, pushQuery } from '../../bin/admin/why/insights.ts';
import { pushOperations } from '../../bin/admin/why/lines.ts';
import { listenOnLoopback } from '../../local/loopback.ts';

const groups = {
  push_call: 'push-call',
  push_cancel: 'push-cancel',
  push_message: 'push-message',
  feedback: 'feedback',
};
const allGroups = (group: object = {}) => [
  { logGroups: Object.values(groups).map((logGroupName) => ({ logGroupName, creationTime: 0, ...group })) },
];
const dayMs = 86_400_000;

/** What CloudWatch Logs answers to an action, in the order of the requests; the last one stays. `__type` is an error. */
let script: Record<string, object[]>;
let asked: { action: string; input: Record<string, unknown> }[];
let server: Awaited<ReturnType<typeof listenOnLoopback>>;
beforeEach(async () => {
  asked = [];
  script = {
    DescribeLogGroups: allGroups({ retentionInDays: 30 }),
    StartQuery: [{ queryId: 'q-1' }],
    StopQuery: [{ success: true }],
  };
  server = await listenOnLoopback(
    createServer((request, response) => {
      const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
      void json(request).then((input) => {
        asked.push({ action, input: Object(input) });
        const answers = script[action] ?? [];
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        const status = '__type' in Object(answer) ? 400 : 200;
        response
          .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
          .end(JSON.stringify(answer));
      });
    }),
  );
});
afterEach(() => {
  vi.restoreAllMocks();
  return server.close();
});

const open = () =>
  openInsights(groups, {
    region: 'eu-west-1',
    endpoint: `http://127.0.0.1:${server.port}`,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
const inputsOf = (wanted: string) =>
  asked.filter(({ action }) => action === wanted).map(({ input }) => input);
const row = (line: string) => [
  { field: '@message', value: line },
  { field: '@ptr', value: 'x' },
];
const span = { since: 1_795_348_800_500, until: 1_795_348_900_500 };

const byExtension = { field: 'extension', value: '101', operations: pushOperations } as const;

describe('the queries', () => {
  test('find a call by an indexed field, the latest first', () => {
    expect(pushQuery({ ...byExtension, pbxId: 'pbx-1' }, 100)).toBe(
      'fields @message | filter message.extension = "101" | filter message.pbxId = "pbx-1" | sort @timestamp desc | limit 100',
    );
  });

  test('take a Call-ID for a text, whatever it holds', () => {
    expect(pushQuery({ ...byExtension, field: 'callId', value: 'a"b\\" | limit 1' }, 20)).toBe(
      'fields @message | filter message.callId = "a\\"b\\\\\\" | limit 1" | sort @timestamp desc | limit 20',
    );
  });

  test('find failures by the message ids of SNS', () => {
    expect(failureQuery(['m-1', 'm-2'])).toBe(
      'fields @message | filter message.messageId in ["m-1", "m-2"] | sort @timestamp asc | limit 10000',
    );
  });
});

test('what Insights finds is waited for, and lines that are no JSON are passed over', async () => {
  script['GetQueryResults'] = [
    { status: 'Scheduled' },
    { status: 'Running', results: [row('{"half": true}')] },
    { status: 'Complete', results: [row('{"message":{}}'), row('START RequestId: 1')] },
  ];
  const logs = await open();
  const value = '7c1f3f0a-5f0e-4f7e-9d2b-3a1c5e7f9b0d';
  const wanted = { field: 'uuid', value, operations: ['push_call'] } as const;
  expect(await logs.pushes(wanted, span, 20)).toEqual([{ message: {} }]);
  expect(inputsOf('StartQuery')).toEqual([
    {
      logGroupName: 'push-call',
      queryString: pushQuery(wanted, 20),
      // Whole seconds, and none cut off at either end.
      ...{ startTime: 1_795_348_800, endTime: 1_795_348_901 },
    },
  ]);
});

test('each function’s log is asked by itself, from its own beginning, and one that begins later is not', async () => {
  script['GetQueryResults'] = [{ status: 'Complete', results: [row('{"n":1}')] }];
  const creationTime = { 'push-call': 0, 'push-cancel': span.since + 50_000, 'push-message': span.until };
  script['DescribeLogGroups'] = [
    {
      logGroups: Object.entries(creationTime).map(([logGroupName, at]) => ({
        logGroupName,
        creationTime: at,
      })),
    },
  ];
  const logs = await open();
  expect(await logs.pushes(byExtension, span, 20)).toEqual([{ n: 1 }, { n: 1 }]);
  expect(inputsOf('StartQuery').map(({ logGroupName, startTime }) => [logGroupName, startTime])).toEqual([
    ['push-call', 1_795_348_800],
    ['push-cancel', 1_795_348_850],
  ]);
  expect(logs.begins).toBe(0);
});

test('failures are looked for in the log of feedback, 200 at a time, since a query has an end', async () => {
  script['GetQueryResults'] = [{ status: 'Complete', results: [row('{"n":1}')] }];
  const ids = Array.from({ length: 201 }, (_, n) => `374edf5f-0000-0000-0000-${String(n).padStart(12, '0')}`);
  expect(await (await open()).failures(ids, span)).toEqual([{ n: 1 }, { n: 1 }]);
  const queries = inputsOf('StartQuery');
  expect(queries.map(({ logGroupName }) => logGroupName)).toEqual(['feedback', 'feedback']);
  for (const { queryString } of queries) expect(String(queryString).length).toBeLessThan(10_000);
  expect(String(queries[1]?.['queryString'])).toContain(`["${ids[200]}"]`);
});

describe('how far back it looks', () => {
  test('is as long as the lines are kept', async () => {
    const before = Date.now();
    const { begins } = await open();
    expect(begins).toBeGreaterThanOrEqual(before - 30 * dayMs);
    expect(begins).toBeLessThanOrEqual(Date.now() - 30 * dayMs);
  });

  test('is no further than the log itself: Insights refuses what was before', async () => {
    const creationTime = Date.now() - dayMs;
    const [{ logGroups } = { logGroups: [] }] = allGroups({ creationTime });
    script['DescribeLogGroups'] = [
      { logGroups: [{ logGroupName: 'push-call-2', creationTime: 5 }, ...logGroups] },
    ];
    expect((await open()).begins).toBe(creationTime);
  });
});

describe('it says', () => {
  test('that there is no such log', async () => {
    script['DescribeLogGroups'] = [{ logGroups: [{ logGroupName: 'push-call-2' }] }];
    await expect(open()).rejects.toThrow(/no log group push-call: deploy/);
  });

  test.each(['Failed', 'Cancelled', 'Timeout'])('that the query ended as %s', async (status) => {
    script['GetQueryResults'] = [{ status }];
    const logs = await open();
    await expect(logs.failures(['m-1'], span)).rejects.toThrow(new RegExp(`as ${status}: repeat`));
  });

  test.each([
    ['is stopped', { success: true }],
    [
      'has just ended',
      { __type: 'InvalidParameterException', message: 'The specified query is not running' },
    ],
  ])('what helps where a query took too long, which %s', async (_, stopped) => {
    script['GetQueryResults'] = [{ status: 'Running' }];
    script['StopQuery'] = [stopped];
    const logs = await open();
    const asking = logs.failures(['m-1'], span);
    await vi.waitUntil(() => inputsOf('GetQueryResults').length > 0);
    vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 121_000);
    await expect(asking).rejects.toThrow(/not answered after 120 s: look through less, with --since/);
    expect(inputsOf('StopQuery')).toEqual([{ queryId: 'q-1' }]);
  });
});

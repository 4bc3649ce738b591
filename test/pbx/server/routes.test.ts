import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { appleToken, fcmToken } from '../../support/builders.ts';
import { uuid } from '../calls/support.ts';
import type { Started } from './support.ts';
import { callAnswer, messageAnswer, multipartOf, startServer } from './support.ts';

let pns: Started;
beforeAll(async () => {
  pns = await startServer();
});
afterAll(() => pns.server.close());
beforeEach(() => {
  pns.asked.length = 0;
});

const accept = { accept: 'application/json' };
const token = fcmToken('one');

/** Route, what is sent as text, what the operation is asked for, the answer as text and as JSON. */
const requests: [string, Record<string, string>, [string, object?], string, unknown][] = [
  [
    '/register',
    {
      extension: '101',
      token: appleToken('one'),
      platform: 'apns',
      app: 'acme',
      environment: 'sandbox',
      line: '2',
      deviceId: 'A:1',
      deviceName: 'Anns Ä +1',
      callAlerts: 'yes',
    },
    [
      'register',
      {
        extension: '101',
        token: appleToken('one'),
        platform: 'apns',
        app: 'acme',
        environment: 'sandbox',
        line: 2,
        deviceId: 'A:1',
        deviceName: 'Anns Ä +1',
        callAlerts: true,
      },
    ],
    'OK',
    { id: 7 },
  ],
  [
    '/update',
    { oldToken: token, newToken: 'new' },
    ['update', { oldToken: token, newToken: 'new' }],
    'OK',
    { id: 8 },
  ],
  ['/delete', { token, line: '3' }, ['delete', { token, line: 3 }], 'OK', { id: 9 }],
  [
    '/push_call',
    {
      to: '101@acme',
      from: '+4420',
      fromName: 'Ann & "Bob" 日本',
      uuid,
      callId: '1@pbx',
      ringSeconds: '17.5',
      only: 'A,0a1b2c3d',
      test: '1',
    },
    [
      'pushCall',
      {
        to: '101@acme',
        from: '+4420',
        fromName: 'Ann & "Bob" 日本',
        uuid,
        callId: '1@pbx',
        ringSeconds: 17.5,
        only: ['A', '0a1b2c3d'],
        test: true,
      },
    ],
    '2',
    callAnswer,
  ],
  [
    '/push_cancel',
    { to: '101', uuid, callId: '1@pbx', reason: 'timed_out', from: '+4420', fromName: 'Ann' },
    ['pushCancel', { to: '101', uuid, callId: '1@pbx', reason: 'timed_out', from: '+4420', fromName: 'Ann' }],
    '1',
    { calls: 1, accepted: 4 },
  ],
  [
    '/push_message',
    { to: '101', from: '102', fromName: 'Ann', kind: 'message', text: 'a\nb', messageId: '7', badge: '4' },
    [
      'pushMessage',
      { to: '101', from: '102', fromName: 'Ann', kind: 'message', text: 'a\nb', messageId: '7', badge: 4 },
    ],
    '3',
    messageAnswer,
  ],
  [
    '/registered',
    { extension: '101', deviceId: 'A' },
    ['registered', { extension: '101', deviceId: 'A' }],
    '5',
    { calls: 5 },
  ],
  ['/stop', {}, ['stop'], 'OK', { stopping: true }],
  ['/confreload', {}, ['reload'], 'OK', { reloaded: true }],
];

it.each(requests)('%s takes a query, a form and JSON', async (path, fields, expected, asText, asJson) => {
  const [, parsed = {}] = expected;
  const query = new URLSearchParams(fields).toString();
  const answers = [
    await pns.get(`${path}?${query}`),
    await pns.form(path, query),
    await pns.send(`${path}?${query}`, { method: 'POST' }),
    await pns.multipart(path, multipartOf(fields)),
    await pns.json(path, JSON.stringify(parsed)),
    await pns.json(path, JSON.stringify(parsed), { 'transfer-encoding': 'chunked' }),
  ];
  expect(pns.asked).toEqual(answers.map(() => expected));
  expect(answers.map((answer) => [answer.status, answer.text])).toEqual(answers.map(() => [200, asText]));
  for (const { headers } of answers) {
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=UTF-8',
      'cache-control': 'no-store',
    });
  }

  const read = await pns.json(path, JSON.stringify(parsed), accept);
  expect([read.status, read.headers['content-type']]).toEqual([200, 'application/json']);
  expect(JSON.parse(read.text)).toEqual(asJson);
});

it.each([
  ['a token that is hex is Apple’s', appleToken('two'), {}, { platform: 'apns-voip' }],
  ['any other is Google’s', token, {}, { platform: 'fcm' }],
  [
    'the platform that the settings name',
    appleToken('two'),
    { legacyApplePlatform: 'apns' },
    { platform: 'apns', callAlerts: true },
  ],
  ['the app that the settings name', token, { app: 'acme' }, { platform: 'fcm', app: 'acme' }],
] as const)('/register of token and extension alone: %s', async (_, of, settings, expected) => {
  const own = await startServer({ settings });
  expect(await own.get(`/register?token=${of}&extension=101`)).toMatchObject({ status: 200, text: 'OK' });
  expect(own.asked).toEqual([['register', { extension: '101', token: of, ...expected }]]);
  await own.server.close();
});

it('the app that a register names wins over that of the settings', async () => {
  const own = await startServer({ settings: { app: 'acme' } });
  await own.get(`/register?token=${token}&extension=101&app=other`);
  expect(own.asked).toMatchObject([['register', { app: 'other' }]]);
  await own.server.close();
});

it.each([
  [
    'what a query leaves empty is not there',
    '/push_call?to=101&from=&fromName=&uuid=&callId=&ringSeconds=',
    { to: '101' },
  ],
  ['the + of a number that was not encoded', '/push_call?to=101&from=+4420', { to: '101', from: '+4420' }],
  ['a list in several fields', '/push_call?to=101&only=A&only=B,C', { to: '101', only: ['A', 'B', 'C'] }],
])('/push_call: %s', async (_, path, expected) => {
  await pns.get(path);
  expect(pns.asked).toEqual([['pushCall', expected]]);
});

it('/push_cancel without a reason: the caller has hung up', async () => {
  await pns.get('/push_cancel?to=101');
  expect(pns.asked).toEqual([['pushCancel', { to: '101', reason: 'caller_hung_up' }]]);
});

it('/push_cancel of a caller who withholds number and name, which a script sends empty', async () => {
  expect(await pns.get(`/push_cancel?to=101&uuid=${uuid}&from=&fromName=`)).toMatchObject({ status: 200 });
  expect(pns.asked).toEqual([['pushCancel', { to: '101', uuid, reason: 'caller_hung_up' }]]);
});

it('/push_message of a caller who withholds the number, which a script sends empty', async () => {
  expect(await pns.get('/push_message?to=101&from=&kind=missed_call')).toMatchObject({ status: 200 });
  expect(pns.asked).toEqual([['pushMessage', { to: '101', from: '', kind: 'missed_call' }]]);
});

it.each([
  [{ extension: '101' }],
  [{ extension: '101', deviceId: 'A' }],
  [{ extension: '101', fingerprint: '0a1b2c3d' }],
  [{ token }],
])('/delete of %j', async (fields) => {
  await pns.form('/delete', new URLSearchParams(fields).toString());
  expect(pns.asked).toEqual([['delete', fields]]);
});

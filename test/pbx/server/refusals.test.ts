import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { appleToken, fcmToken } from '../../support/builders.ts';
import type { Started } from './support.ts';
import { multipartOf, startServer } from './support.ts';

let pns: Started;
beforeAll(async () => {
  pns = await startServer();
});
afterAll(() => pns.server.close());
afterEach(() => {
  expect(pns.asked).toEqual([]);
  pns.lines.length = 0;
});

const accept = { accept: 'application/json' };
const token = fcmToken('one');

it.each([
  ['/push_call', 'to', /^error: to: missing; 1 to 64 of A-Z/],
  ['/push_call?to=', 'to', /^error: to: missing; 1 to 64 of/],
  ['/push_call?to=1%2F1', 'to', /^error: to: 1 to 64 of/],
  ['/push_call?to=+4420', 'to', /^error: to: 1 to 64 of .*; in a query or form, \+ is written %2B$/],
  [`/push_call?to=${'1'.repeat(65)}`, 'to', /^error: to: 1 to 64 of/],
  ['/push_call?to=101&to=102', 'to', /^error: to: once$/],
  ['/push_call?to=101&uuid=1234', 'uuid', /^error: uuid: a UUID/],
  [
    '/push_call?to=101&ringSeconds=30s',
    'ringSeconds',
    /^error: ringSeconds: a number of seconds from 0 to 300$/,
  ],
  ['/push_call?to=101&ringSeconds=301', 'ringSeconds', /a number of seconds/],
  ['/push_call?to=101&ringSeconds=-1', 'ringSeconds', /a number of seconds/],
  ['/push_call?to=101&ringSeconds=1e2', 'ringSeconds', /a number of seconds/],
  ['/push_call?to=101&test=maybe', 'test', /^error: test: true or false/],
  ['/push_call?to=101&only=a%20b', 'only', /^error: only: a list of 1 to 20/],
  [`/push_call?to=101&only=${Array(21).fill('A').join()}`, 'only', /^error: only: a list of 1 to 20/],
  [
    '/push_call?to=101&callid=1',
    'callid',
    /^error: callid: no such field; known: to, from, fromName, uuid, callId/,
  ],
  ['/push_call?to=101&__proto__=1', '', /^error: request: no such field; known: to,/],
  [`/push_call?to=101&${token}=1`, '', /^error: request: no such field/],
  [`/push_call?to=101&fromName=${'n'.repeat(1_001)}`, 'fromName', /^error: fromName: a text of at most 1000/],
  ['/push_cancel?to=101&reason=gone', 'reason', /^error: reason: one of answered_elsewhere, caller_hung_up/],
  ['/push_cancel?to=101&uuid=', 'uuid', /^error: uuid: not empty: leave it out$/],
  ['/push_cancel?to=101&callId=', 'callId', /^error: callId: not empty/],
  ['/push_message?to=101&from=102', 'kind', /^error: kind: missing; one of message, voicemail, missed_call$/],
  ['/push_message?to=101&from=102&kind=message&badge=1.5', 'badge', /^error: badge: a whole number/],
  [
    `/register?extension=101&token=${token}&platform=gcm`,
    'platform',
    /^error: platform: one of fcm, apns, apns-voip, hms, webpush$/,
  ],
  ['/register?extension=101', 'token', /^error: token: missing; a push token/],
  [
    '/register?extension=101&token=abc123&platform=fcm',
    'token',
    /^error: token: more than hex digits on fcm, and no subscription: that goes with webpush$/,
  ],
  ['/register?extension=101&token=abc', 'token', /^error: token: 32 to 400 hex digits on an Apple platform$/],
  [`/register?extension=101&token=${token}&platform=apns-voip`, 'token', /on an Apple platform$/],
  [
    `/register?extension=101&token=${appleToken('one')}&platform=apns`,
    'deviceId',
    /or callAlerts that is true$/,
  ],
  [`/register?extension=101&token=${token}&line=0`, 'line', /^error: line: a whole number from 1 to 99$/],
  [`/register?extension=101&token=${token}&app=A`, 'app', /^error: app: 1 to 32 of a-z/],
  ['/update?old=a&new=b', 'oldToken', /oldToken: missing; .*old: no such field; known: oldToken, newToken/],
  ['/delete', 'token', /^error: token: a push token.*; or an extension$/],
  ['/delete?extension=101&deviceId=', 'deviceId', /^error: deviceId: not empty: leave it out$/],
  ['/delete?extension=101&line=1', 'line', /nothing beside extension/],
  [`/delete?extension=101&token=${token}`, 'extension', /nothing beside token/],
  ['/delete?extension=101&deviceId=A&fingerprint=0a1b2c3d', 'fingerprint', /nothing beside deviceId/],
  ['/registered?deviceId=A', 'extension', /^error: extension: missing/],
  ['/stop?now=1', 'now', /^error: now: no such field; known: none$/],
])('400 names field and expectation: %s', async (path, field, message) => {
  const [route, query = ''] = path.split('?');
  for (const { status, text } of [await pns.get(path), await pns.form(`${route}`, query)]) {
    expect({ status, text }).toMatchObject({ status: 400, text: expect.stringMatching(message) });
    expect(text).not.toContain(token);
  }
  const { status, text, headers } = await pns.get(path, { headers: accept });
  expect([status, headers['content-type']]).toEqual([400, 'application/problem+json']);
  expect(JSON.parse(text)).toMatchObject({
    type: 'urn:pns-proxy:error:invalid-request',
    title: 'The request is not valid',
    status: 400,
    code: 'invalid-request',
    retryable: false,
    errors: expect.arrayContaining([{ path: field, expected: expect.any(String) }]),
  });
  expect(pns.lines.at(-1)).toMatchObject({
    event: 'request_refused',
    level: 'warn',
    route,
    fields: expect.arrayContaining([field]),
  });
  expect(JSON.stringify(pns.lines)).not.toContain(token);
});

it('the log tells whose request was refused, where that can be told', async () => {
  await pns.get('/register?extension=101&token=a+b');
  expect(pns.lines.at(-1)).toMatchObject({ event: 'request_refused', extension: '101' });
  await pns.get('/push_call?to=102&uuid=no');
  expect(pns.lines.at(-1)).toMatchObject({ event: 'request_refused', extension: '102' });
  await pns.get('/register?extension=1:1&token=abc');
  expect(pns.lines.at(-1)).not.toHaveProperty('extension', '1:1');
});

it.each([
  [{ to: 101 }, 'to'],
  [{ to: '101', ringSeconds: '30' }, 'ringSeconds'],
  [{ to: '101', only: 'A' }, 'only'],
  [{ to: '101', only: [] }, 'only'],
  [{ to: '101', test: 'yes' }, 'test'],
  [{ to: '101', uuid: '' }, 'uuid'],
  [{ to: '101', from: null }, 'from'],
  [{ to: ['101', '102'] }, 'to'],
])('JSON holds what it means: %j', async (body, field) => {
  const { status, text } = await pns.json('/push_call', JSON.stringify(body));
  expect({ status, text }).toMatchObject({ status: 400, text: expect.stringContaining(`error: ${field}: `) });
});

it('what is empty in JSON does not widen a request either', async () => {
  const { status, text } = await pns.json('/push_cancel', '{"to":"101","callId":""}');
  expect({ status, text }).toEqual({ status: 400, text: 'error: callId: not empty: leave it out' });
});

it('a field in query and body is refused as twice there', async () => {
  expect((await pns.json('/push_call?to=101', '{"to":"102"}')).text).toBe('error: to: once');
});

it.each([
  ['no JSON', '{"to":', 'error: the body is not JSON'],
  ['a list', '[{"to":"101"}]', 'error: the body is no JSON object'],
  ['null', 'null', 'error: the body is no JSON object'],
])('a body that is %s', async (_, body, text) => {
  expect(await pns.json('/push_call', body)).toMatchObject({ status: 400, text });
});

it('bodies of another kind', async () => {
  const plain = { method: 'POST', body: 'to=101', headers: { 'content-type': 'text/plain' } };
  expect(await pns.send('/push_call', plain)).toMatchObject({
    status: 415,
    text: /^error: a body is application/,
  });
  expect(await pns.multipart('/push_call', 'to=101')).toMatchObject({ status: 400 });
  const file = multipartOf({ to: '101' }).replace('name="to"', 'name="to"; filename="a"');
  expect(await pns.multipart('/push_call', file)).toMatchObject({
    status: 400,
    text: 'error: request: fields alone, no files',
  });
});

it.each([{}, { 'transfer-encoding': 'chunked' }])('a body of more than 64 KiB, with %j', async (headers) => {
  const long = JSON.stringify({ to: '101', fromName: 'x'.repeat(65_536) });
  const { status, text } = await pns.json('/push_call', long, headers);
  expect({ status, text }).toEqual({ status: 413, text: 'error: a body has 65536 bytes at most' });
});

it('routes and methods that there are not', async () => {
  expect(await pns.get('/push_calls')).toMatchObject({
    status: 404,
    text: /^error: no such route; known: \/register, /,
  });
  expect(await pns.get('/')).toMatchObject({ status: 404 });
  for (const method of ['PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH']) {
    const { status, headers } = await pns.send('/push_call?to=101', { method });
    expect([method, status, headers.allow]).toEqual([method, 405, 'GET, POST']);
    expect(headers['access-control-allow-origin']).toBeUndefined();
  }
  const { status, text, headers } = await pns.send('/status', { method: 'PUT' });
  expect({ status, text }).toEqual({ status: 405, text: 'error: /status takes GET and HEAD and POST' });
  expect(headers.allow).toBe('GET, HEAD, POST');
});

it('what is no HTTP is told so, and a request line that is not ASCII', async () => {
  for (const bytes of [
    'hello\r\n\r\n',
    'GET /push_call?to=101&fromName=Jürgen HTTP/1.1\r\nhost: x\r\n\r\n',
  ]) {
    expect(await pns.raw(bytes)).toMatch(
      /^HTTP\/1.1 400 Bad Request\r\n[\s\S]*error: no HTTP request that can be read/,
    );
  }
  const long = `GET / HTTP/1.1\r\nhost: x\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`;
  expect(await pns.raw(long)).toMatch(/^HTTP\/1.1 431 /);
});

it('does not wait for ever for a request that does not come', async () => {
  const halves = [
    'GET /status HTTP/1.1\r\nhost:',
    'POST /register HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\nto',
  ];
  for (const answer of await Promise.all(halves.map(pns.raw))) expect(answer).toMatch(/^HTTP\/1.1 408 /);
});

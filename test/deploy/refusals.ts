import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../lambda/core/contract.ts';
import { errorCodes } from '../../lambda/core/contract.ts';
import { complaintsAbout, operations } from '../http/support/document.ts';
import { fcmToken } from '../support/builders.ts';
import type { Deployed } from './deployed.ts';
import type { Answer, Pbx } from './pbx.ts';
import { tokenRefused } from './sns-refusals.ts';
import type { World } from './world.ts';

const minutes = 60_000;

let world: World;
/** Its key is good for every app, and API Gateway has seen it. */
let pbx: Pbx;
/** Of the same PBX, but API Gateway has not seen the key. */
let unseen: Pbx;
let limited: Pbx;
let fast: Pbx;

const phone = { extension: '101', token: fcmToken('refusals'), platform: 'fcm', app: 'demo' };
const renewal = { oldToken: phone.token, newToken: fcmToken('refusals-renewed') };
/** What each route would do. */
const requests: Record<string, object | undefined> = {
  'POST /register': phone,
  'POST /push_call': { to: '999' },
  'POST /push_cancel': { to: '999', callId: 'a@b', reason: 'timed_out' },
  'POST /push_message': { to: '999', from: '101', kind: 'message' },
  'POST /update': renewal,
  'POST /delete': { token: fcmToken('nobody') },
  'GET /devices': undefined,
};

const ask = (asking: Pbx, route: string, body: string | object | undefined = requests[route]) => {
  const [method = '', path = ''] = route.split(' ');
  return asking.send(method, method === 'GET' ? `${path}?extension=101` : path, body);
};

/** All that operations do beside looking a key up. */
const writesAndQueries = ['Query', 'UpdateItem', 'DeleteItem', 'PutItem'];
const refuseTable = (status: number, name: string, actions = writesAndQueries) => {
  for (const action of actions) world.tableDoor.refused.set(action, { status, name });
};

/** How each refusal comes about, on any route that documents it. */
const recipes: Record<ErrorCode, (route: string) => Promise<Answer>> = {
  'invalid-json': (route) => ask(pbx, route, '{'),
  'invalid-request': (route) =>
    route.startsWith('GET') ? pbx.get('/devices?extension=') : ask(pbx, route, { too: 'many' }),
  'invalid-token': (route) => {
    world.refusals.set('CreatePlatformEndpoint', tokenRefused);
    const token = fcmToken('refused-by-sns');
    return ask(pbx, route, route === 'POST /update' ? { ...renewal, newToken: token } : { ...phone, token });
  },
  'unknown-app': (route) => ask(pbx, route, { ...phone, app: 'nope' }),
  'platform-not-served': (route) =>
    ask(pbx, route, { ...phone, token: 'ab'.repeat(32), platform: 'apns-voip', app: 'brand' }),
  'app-not-allowed': (route) => ask(limited, route),
  'unknown-token': (route) => ask(pbx, route, { oldToken: 'a', newToken: 'b' }),
  'body-too-large': (route) => ask(pbx, route, { ...requests[route], more: 'x'.repeat(40_000) }),
  'too-many-calls': async (route) => {
    // One after another, so that one copy of the function has them all: each counts for itself.
    let answer = await ask(fast, route);
    for (let n = 0; n < 100 && answer.status === 200; n += 1) answer = await ask(fast, route);
    return answer;
  },
  unavailable: (route) => {
    refuseTable(500, 'InternalServerError');
    return ask(pbx, route);
  },
  internal: (route) => {
    refuseTable(400, 'AccessDeniedException');
    return ask(pbx, route);
  },
};

/** How API Gateway's own answers come about. */
const ofGateway: Record<string, (route: string) => Promise<Answer>> = {
  '401': (route) => ask(pbx.withKey(''), route),
  '403': (route) => ask(pbx.withKey('pns_x'), route),
  '500': (route) => {
    refuseTable(500, 'InternalServerError', ['GetItem']);
    return ask(unseen, route);
  },
};

/** What is documented and cannot be seen here. */
const exceptions: Record<string, string> = {
  '413 gateway': 'MiniStack takes bodies of any length (gaps-around-functions.test.ts)',
  '429 gateway': 'MiniStack counts no requests (gaps-around-functions.test.ts)',
  '503 gateway': 'no function takes 30 s, after which API Gateway gives up: Lambda ends it after 10',
  'GET /health 500 gateway': 'MiniStack answers /health itself (gaps.test.ts)',
};

type Documented = { route: string; status: string; by: ErrorCode | 'gateway' };
const codesOf = (schema: unknown): ErrorCode[] => Object(schema).properties?.code?.enum ?? [];
const documented = Object.entries(operations).flatMap(([route, { responses }]) =>
  Object.entries(responses).flatMap(([status, { content = {} }]): Documented[] => [
    ...codesOf(content['application/problem+json']?.schema).map((by) => ({ route, status, by })),
    ...(Number(status) >= 400 && content['application/json']
      ? [{ route, status, by: 'gateway' as const }]
      : []),
  ]),
);
const exceptionOf = ({ route, status, by }: Documented): string | undefined =>
  [`${status} ${by}`, `${route} ${status} ${by}`].find((name) => name in exceptions);

export const describeRefusals = (deployed: () => Deployed): void => {
  describe('a refusal that is documented comes, as it is documented', () => {
    beforeAll(async () => {
      const { endpoint, addKey } = deployed();
      world = deployed().world;
      pbx = endpoint.withKey(await addKey('--pbx', 'pbx-refused'));
      unseen = endpoint.withKey(await addKey('--pbx', 'pbx-refused'));
      limited = endpoint.withKey(await addKey('--pbx', 'pbx-refused', '--app', 'brand'));
      fast = endpoint.withKey(await addKey('--pbx', 'pbx-fast'));
      expect(await pbx.post('/register', phone)).toMatchObject({ status: 200 });
    });
    afterEach(() => {
      world.refusals.clear();
      world.tableDoor.refused.clear();
    });

    it.each(documented.filter((one) => exceptionOf(one) === undefined))(
      '$route $status $by',
      async ({ route, status, by }) => {
        const answer = await (by === 'gateway' ? ofGateway[status] : recipes[by])?.(route);
        if (answer === undefined) throw new Error('nobody knows how it comes about, and it is no exception');
        const { status: statusCode, type, text: body } = answer;
        expect(answer).toMatchObject({
          status: Number(status),
          body: by === 'gateway' ? { message: expect.any(String) } : { code: by },
        });
        expect(complaintsAbout(route, { statusCode, headers: { 'content-type': type }, body })).toEqual([]);
      },
      minutes,
    );

    it('for every code of the contract, and for no exception that is not needed', () => {
      const seen = new Set(documented.filter((one) => exceptionOf(one) === undefined).map(({ by }) => by));
      expect(errorCodes.filter((code) => !seen.has(code))).toEqual([]);
      const needed = new Set(documented.map(exceptionOf));
      expect(Object.keys(exceptions).filter((name) => !needed.has(name))).toEqual([]);
    });

    it('to a route that there is not', async () => {
      expect(await pbx.post('/nope', {})).toMatchObject({ status: 404, body: { message: 'Not Found' } });
    });
  });
};

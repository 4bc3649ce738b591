import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { HttpResponse } from '../../lambda/http/problem.ts';
import { fcmToken } from '../support/builders.ts';
import { captureLog } from './support/captured-log.ts';
import { complaintsAbout } from './support/document.ts';
import { createEndpoint } from './support/endpoint.ts';
import { anEvent } from './support/events.ts';
import { failingGateway, failingTable } from './support/failing.ts';
import { bodyRoutes, nearValidBody } from './support/near-valid.ts';
import { live } from './support/phones.ts';
import type { ApiRequest } from './support/routes.ts';
import { apiRequests } from './support/routes.ts';
import { held, leaky, refusal, secretEvent, secretTexts } from './support/secrets.ts';

// Seconds alone, and many more while others use the processor.
vi.setConfig({ testTimeout: 120_000 });

const log = captureLog();
const runs = { numRuns: 2_000 };

const expectSoundAnswer = (route: ApiRequest, response: HttpResponse) => {
  expect(Object.keys(response).sort()).toEqual(['body', 'headers', 'statusCode']);
  expect(Object.values(response.headers).every((value) => typeof value === 'string')).toBe(true);
  expect(complaintsAbout(route, response)).toEqual([]);
};

const row = live({ token: fcmToken('a phone') });

/** A sound event with one of its parts, at any depth, replaced or taken away. */
const nearEvent = (route: ApiRequest): fc.Arbitrary<unknown> => {
  const parts = [
    ['body'],
    ['isBase64Encoded'],
    ['queryStringParameters'],
    ['queryStringParameters', 'extension'],
    ['headers'],
    ['requestContext'],
    ['requestContext', 'requestId'],
    ['requestContext', 'timeEpoch'],
    ['requestContext', 'authorizer'],
    ['requestContext', 'authorizer', 'lambda'],
    ['requestContext', 'authorizer', 'lambda', 'pbxId'],
    ['requestContext', 'authorizer', 'lambda', 'keyId'],
    ['requestContext', 'authorizer', 'lambda', 'apps'],
  ];
  const oddValue = fc.oneof(
    fc.jsonValue(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.constant(undefined),
  );
  return fc
    .tuple(fc.constantFrom(...parts), oddValue, fc.constantFrom({ to: '101' }, { token: row.token }))
    .map(([path, value, body]) =>
      replaced(anEvent(route, { body, query: { extension: '101' }, timeEpoch: Date.now() }), path, value),
    );
};

const replaced = (event: object, [name, ...rest]: string[], value: unknown): object => {
  if (name === undefined) return event;
  const inner = rest.length === 0 ? value : replaced(Object(Object(event)[name]), rest, value);
  return { ...event, [name]: inner };
};

const nearRequest = (route: ApiRequest): fc.Arbitrary<unknown> => {
  if (route === 'GET /devices') {
    return fc
      .dictionary(fc.constantFrom('extension', 'app', '__proto__'), fc.string())
      .map((query) => anEvent(route, { query }));
  }
  return fc.oneof(
    nearValidBody(route).map((body) => anEvent(route, { body: JSON.stringify(body) })),
    fc
      .tuple(fc.string({ unit: 'binary' }), fc.boolean())
      .map(([body, isBase64Encoded]) => anEvent(route, { body, isBase64Encoded })),
    nearValidBody(route).map((body) =>
      anEvent(route, { body: Buffer.from(JSON.stringify(body)).toString('base64'), isBase64Encoded: true }),
    ),
  );
};

describe.each(apiRequests)('%s', (route) => {
  test('answers any event at all soundly, and never with a 5xx', async () => {
    const anyEvent = fc.oneof(fc.jsonValue(), nearEvent(route), nearRequest(route));
    await fc.assert(
      fc.asyncProperty(anyEvent, async (event) => {
        log.clear();
        const response = await createEndpoint({ registrations: [row] }).invoke(route, event);
        expect(response.statusCode).toBeLessThan(500);
        expectSoundAnswer(route, response);
        expect(log.lines).toHaveLength(1);
      }),
      runs,
    );
  });
});

/** For each request to a double in turn, the error it ends in, or nothing. */
const failures = (error: fc.Arbitrary<unknown>) =>
  fc.infiniteStream(
    fc.option(
      error.map((thrown) => ({ error: thrown })),
      { freq: 2, nil: undefined },
    ),
  );

describe.each(apiRequests)('%s', (route) => {
  test('neither throws nor tells a secret, whatever the table and SNS do', async () => {
    const seen = new Set<number>();
    const leak = fc.constantFrom(...secretTexts).chain(leaky);
    await fc.assert(
      fc.asyncProperty(
        secretEvent(route),
        failures(leak),
        failures(fc.oneof(refusal, leak)),
        fc.constantFrom(0, 1_000),
        async (sent, tableFailures, snsFailures, calls) => {
          log.clear();
          const endpoint = createEndpoint({
            registrations: held,
            table: (table) => failingTable(table, () => tableFailures.next().value),
            gateway: (gateway) => failingGateway(gateway, () => snsFailures.next().value),
            calls,
          });
          const response = await endpoint.invoke(route, sent);
          seen.add(response.statusCode);
          expectSoundAnswer(route, response);
          expect(log.lines).toHaveLength(1);
          const told =
            route === 'GET /devices' && response.statusCode === 200 ? log.text() : log.text() + response.body;
          for (const secret of secretTexts) expect(told).not.toContain(secret);
          if (response.statusCode >= 500) {
            expect(Object.keys(JSON.parse(response.body)).sort()).toEqual([
              'code',
              'requestId',
              'retryable',
              'status',
              'title',
              'type',
            ]);
          }
        },
      ),
      runs,
    );
    // Else the property would say little.
    expect([...seen]).toEqual(expect.arrayContaining([200, 400, 500, 503]));
  });
});

test('every route with a body is among those tried', () => {
  expect(apiRequests.filter((route) => route.startsWith('POST'))).toEqual([...bodyRoutes]);
});

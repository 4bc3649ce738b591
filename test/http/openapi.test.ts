import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { beforeAll, describe, expect, test } from 'vitest';
import type {
  DeleteResult,
  Device,
  DevicesResult,
  PhoneOutcome,
  Problem,
  PushCallRequest,
  PushCancelRequest,
  PushMessageRequest,
  PushResult,
  RegisterRequest,
  RegisterResult,
  UpdateRequest,
  UpdateResult,
} from '../../lambda/core/contract.ts';
import {
  cancelReasons,
  environments,
  errorCodes,
  messageKinds,
  platforms,
  pushReasons,
} from '../../lambda/core/contract.ts';
import { ServiceError } from '../../lambda/core/errors.ts';
import { handler as health } from '../../lambda/health.ts';
import { problemOf } from '../../lambda/http/problem.ts';
import { resourcesOf, templatesOf } from '../lib/synthesized.ts';
import type { Content } from './support/document.ts';
import { complaintsAbout, operations, schemas, validator, written } from './support/document.ts';
import { openApiStructure } from './support/openapi-structure.ts';
import { apiRequests } from './support/routes.ts';

/** Everything of a value, in depth. */
const within = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null ? [value, ...Object.values(value).flatMap(within)] : [value];

/** The rows of a description's table, each as its cells without marks. */
const rowsOf = (schema: string): string[][] =>
  String(schemas[schema]?.['description'])
    .split('\n')
    .filter((line) => /^\| (`|\d)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );

describe('the document', () => {
  test('has the structure of OpenAPI 3.1', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    formats.default(ajv);
    const validate = ajv.compile(openApiStructure);
    validate(written);
    expect(validate.errors ?? []).toEqual([]);
  });

  test('has something behind every reference, and a reference to every component', () => {
    const references = within(written).flatMap((value) => {
      const reference = Object(value)['$ref'];
      return typeof reference === 'string' ? [reference] : [];
    });
    const components = Object.entries(written.components)
      .filter(([kind]) => kind !== 'securitySchemes')
      .flatMap(([kind, named]) => Object.keys(named).map((name) => `#/components/${kind}/${name}`));
    expect([...new Set(references)].sort()).toEqual(components.sort());
  });

  test.each(Object.keys(schemas))('has a sound schema %s', (name) => {
    expect(() => validator({ $ref: `#/components/schemas/${name}` })).not.toThrow();
  });

  test('has valid examples only, and one of every request and success', () => {
    const contents = Object.entries(operations).flatMap(([route, { requestBody, responses }]) => [
      ...(requestBody ? [{ where: `${route} request`, content: requestBody.content, needed: true }] : []),
      ...Object.entries(responses).map(([status, { content }]) => ({
        where: `${route} ${status}`,
        content: content ?? {},
        needed: status === '200',
      })),
    ]);
    const wrong = contents.flatMap(({ where, content, needed }) =>
      complaintsAboutExamples(where, content, needed),
    );
    expect(wrong).toEqual([]);
  });

  const complaintsAboutExamples = (where: string, content: Content, needed: boolean): string[] =>
    Object.values(content).flatMap(({ schema, examples = {} }) => {
      const validate = validator(schema);
      const wrong = Object.entries(examples).flatMap(([name, { value }]) =>
        validate(value).map((complaint) => `${where}, ${name}: ${complaint}`),
      );
      return needed && Object.keys(examples).length === 0 ? [...wrong, `${where}: no example`] : wrong;
    });
});

describe('the document names the same as the code:', () => {
  let routes: Record<string, string>;
  beforeAll(() => {
    const { service } = templatesOf();
    const found = Object.values(resourcesOf(service, 'AWS::ApiGatewayV2::Route'));
    routes = Object.fromEntries(
      found.map(({ Properties }) => [
        String(Properties['RouteKey']),
        String(Properties['AuthorizationType']),
      ]),
    );
  });

  test('routes, and which of them ask for a key', () => {
    const described = Object.entries(operations).map(([route, { security }]) => [
      route,
      security === undefined ? 'CUSTOM' : 'NONE',
    ]);
    expect(Object.fromEntries(described)).toEqual(routes);
    expect(Object.keys(routes).filter((route) => routes[route] === 'CUSTOM')).toEqual([...apiRequests]);
  });

  test('platforms, environments, push reasons and error codes', () => {
    expect(schemas['Platform']?.['enum']).toEqual(platforms);
    expect(schemas['Environment']?.['enum']).toEqual(environments);
    expect(schemas['PushReason']?.['enum']).toEqual(Object.keys(pushReasons));
    expect(schemas['ErrorCode']?.['enum']).toEqual(errorCodes);
  });

  test('why a call is cancelled, and kinds of messages', () => {
    const enumOf = (schema: string, field: string) => Object(schemas[schema]?.['properties'])[field]?.enum;
    expect(enumOf('PushCancelRequest', 'reason')).toEqual(cancelReasons);
    expect(enumOf('PushMessageRequest', 'kind')).toEqual(messageKinds);
  });

  test('which push reasons are retryable', () => {
    const told = rowsOf('PushReason').map(([reason, retryable]) => [reason, retryable]);
    const meant = Object.entries(pushReasons).map(([reason, { retryable }]) => [
      reason,
      retryable ? 'yes' : 'no',
    ]);
    expect(told).toEqual(meant);
  });

  test('the status of each error code, and which are retryable', () => {
    const told = rowsOf('ErrorCode').map(([code, status, retryable]) => [code, status, retryable]);
    const meant = errorCodes.map((code) => {
      const { status, retryable } = JSON.parse(problemOf(new ServiceError(code, ''), '').response.body);
      return [code, String(status), retryable ? 'yes' : 'no'];
    });
    expect(told.sort()).toEqual(meant.sort());
  });

  test('every error code at some route, under its own status', () => {
    const told = Object.values(operations).flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, { content = {} }]) => {
        const codes = Object(content['application/problem+json']?.schema).properties?.code.enum ?? [];
        return codes.map((code: string) => `${code} ${status}`);
      }),
    );
    const meant = errorCodes.map((code) => {
      const { response } = problemOf(new ServiceError(code, ''), '');
      return `${code} ${response.statusCode}`;
    });
    expect([...new Set(told)].sort()).toEqual(meant.sort());
  });

  test('fields', () => {
    // A field that the contract gains does not compile here until it stands in these, and then not pass until described.
    const outcome: Required<PhoneOutcome> = {
      deviceId: '',
      fingerprint: '',
      platform: 'fcm',
      accepted: false,
      reason: 'expired',
      retryable: false,
    };
    const device: Required<Device> = {
      fingerprint: '',
      deviceId: '',
      deviceName: '',
      platform: 'fcm',
      app: '',
      environment: 'production',
      line: 1,
      callAlerts: false,
      harmonyOs: false,
      registeredAt: '',
      expiresAt: '',
      disabledAt: '',
      disabledReason: 'expired',
    };
    const contract = {
      RegisterRequest: {
        extension: '',
        token: '',
        platform: 'fcm',
        app: '',
        environment: 'production',
        line: 1,
        deviceId: '',
        deviceName: '',
        callAlerts: false,
        harmonyOs: false,
      } satisfies Required<RegisterRequest>,
      RegisterResult: { status: 'created', devices: 1 } satisfies Required<RegisterResult>,
      PushCallRequest: {
        to: '',
        from: '',
        fromName: '',
        uuid: '',
        callId: '',
        ringSeconds: 30,
        only: [],
        test: false,
      } satisfies Required<PushCallRequest>,
      PushCancelRequest: {
        to: '',
        uuid: '',
        callId: '',
        reason: 'declined',
        from: '',
        fromName: '',
        only: [],
        except: [],
      } satisfies Required<PushCancelRequest>,
      PushMessageRequest: {
        to: '',
        from: '',
        fromName: '',
        kind: 'message',
        text: '',
        messageId: '',
        badge: 0,
      } satisfies Required<PushMessageRequest>,
      PushResult: { devices: 0, accepted: 0, uuid: '', phones: [outcome] } satisfies Required<PushResult>,
      PhoneOutcome: outcome,
      UpdateRequest: { oldToken: '', newToken: '' } satisfies Required<UpdateRequest>,
      UpdateResult: { updated: 0 } satisfies Required<UpdateResult>,
      DeleteResult: { deleted: 0 } satisfies Required<DeleteResult>,
      DevicesResult: { extension: '', devices: [device] } satisfies Required<DevicesResult>,
      Device: device,
      Problem: {
        type: '',
        title: '',
        status: 400,
        code: 'internal',
        detail: '',
        retryable: false,
        requestId: '',
        errors: [],
      } satisfies Required<Problem>,
    };
    const described = Object.keys(contract).map((name) => [
      name,
      Object.keys(Object(schemas[name]?.['properties'])).sort(),
    ]);
    expect(described).toEqual(
      Object.entries(contract).map(([name, value]) => [name, Object.keys(value).sort()]),
    );
  });

  test('what /health answers', async () => {
    expect(complaintsAbout('GET /health', await health())).toEqual([]);
  });
});

describe('API Gateway’s own answers', () => {
  test('have a row for each status that a route has one with', () => {
    const statuses = Object.values(operations).flatMap(({ responses }) =>
      Object.entries(responses)
        .filter(([status, { content = {} }]) => status !== '200' && content['application/json'] !== undefined)
        .map(([status]) => status),
    );
    const told = rowsOf('GatewayAnswer').map(([status]) => status);
    // A path that the API does not have has no entry to put its 404 under.
    expect([...new Set([...statuses, '404'])].sort()).toEqual(told);
  });

  test('are described at every route that asks for a key', () => {
    const gateway = { $ref: '#/components/schemas/GatewayAnswer' };
    for (const route of apiRequests) {
      const responses = operations[route]?.responses ?? {};
      for (const status of ['401', '403', '429', '500', '503']) {
        expect(responses[status]?.content?.['application/json']?.schema, `${route} ${status}`).toEqual(
          gateway,
        );
      }
    }
  });
});

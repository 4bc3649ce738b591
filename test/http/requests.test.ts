import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ServiceError } from '../../lambda/core/errors.ts';
import {
  parseDelete,
  parseDevices,
  parsePushCall,
  parsePushCancel,
  parsePushMessage,
  parseRegister,
  parseUpdate,
} from '../../lambda/http/requests.ts';
import { aSubscription } from '../support/builders.ts';
import { operations, validator } from './support/document.ts';
import type { BodyRoute } from './support/near-valid.ts';
import { bodyRoutes, nearValidBody } from './support/near-valid.ts';

const parsers: Record<BodyRoute, (body: unknown) => unknown> = {
  'POST /register': parseRegister,
  'POST /push_call': parsePushCall,
  'POST /push_cancel': parsePushCancel,
  'POST /push_message': parsePushMessage,
  'POST /update': parseUpdate,
  'POST /delete': parseDelete,
};

const verdictOf = (parse: (input: unknown) => unknown, input: unknown): 'taken' | 'refused' => {
  try {
    parse(input);
    return 'taken';
  } catch (error) {
    if (!(error instanceof ServiceError) || error.code !== 'invalid-request') throw error;
    expect(error.complaints.length).toBeGreaterThan(0);
    return 'refused';
  }
};

describe.each(bodyRoutes)('%s', (route) => {
  const schema = operations[route]?.requestBody?.content['application/json']?.schema ?? false;
  const validate = validator(schema);

  test('takes exactly the bodies that the document calls valid', () => {
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(nearValidBody(route), (body) => {
        const verdict = verdictOf(parsers[route], body);
        seen[verdict] += 1;
        expect({ verdict, complaints: validate(body) }).toEqual(
          verdict === 'taken'
            ? { verdict, complaints: [] }
            : { verdict, complaints: expect.arrayContaining([expect.any(String)]) },
        );
      }),
      { numRuns: 5_000 },
    );
    // Else the property would say little.
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(400);
  });

  test('takes every field at its bounds, and hands it on as it came', () => {
    fc.assert(
      fc.property(nearValidBody(route), (body) => {
        if (verdictOf(parsers[route], body) === 'taken') expect(parsers[route](body)).toEqual(body);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('GET /devices', () => {
  const [parameter] = operations['GET /devices']?.parameters ?? [];
  const validate = validator(parameter?.schema ?? false);

  test('takes exactly the extensions that the document calls valid, and nothing beside', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 70 }), (extension) => {
        const verdict = verdictOf(parseDevices, { extension });
        expect(verdict).toBe(validate(extension).length === 0 ? 'taken' : 'refused');
      }),
      { numRuns: 2_000 },
    );
    expect(verdictOf(parseDevices, { extension: '101' })).toBe('taken');
    expect(verdictOf(parseDevices, { extension: '101', page: '2' })).toBe('refused');
    expect(verdictOf(parseDevices, {})).toBe('refused');
  });
});

describe('the sender is told', () => {
  const told = (parse: (input: unknown) => unknown, input: unknown) => {
    try {
      parse(input);
      return [];
    } catch (error) {
      return error instanceof ServiceError ? error.complaints.map(({ path }) => path) : [error];
    }
  };

  test('every field that is wrong at once', () => {
    expect(told(parseRegister, { extension: '', platform: 'huawei', line: 0 })).toEqual([
      'extension',
      'token',
      'platform',
      'line',
    ]);
  });

  test('the name of an unknown field, unless it may be a token', () => {
    expect(told(parsePushCall, { to: '101', badge: 1 })).toEqual(['badge']);
    const token = '0f744707bebcf74f9b7c25d48e3358945f6aa01da5ddb387462c7eaf61bb78ad';
    expect(told(parsePushCall, { to: '101', [token]: 1 })).toEqual(['']);
    expect(told(parsePushCall, { to: '101', 'dXN1:APA91bF0': 1 })).toEqual(['']);
  });

  test.each([[null], [1], ['text'], [true], [[]], [[{ to: '101' }]]])('that %j is no object', (body) => {
    for (const parse of [parseRegister, parsePushCall, parseUpdate, parseDelete])
      expect(told(parse, body)).toEqual(['']);
  });

  test('which fields of a cancel do not go together, and that it must name its call', () => {
    const cancel = { to: '101', reason: 'declined' };
    expect(told(parsePushCancel, cancel)).toEqual(['uuid']);
    expect(told(parsePushCancel, { ...cancel, callId: '' })).toEqual(['uuid']);
    expect(told(parsePushCancel, { ...cancel, callId: 'a@b', only: ['a'], except: ['b'] })).toEqual([
      'except',
    ]);
    expect(told(parsePushCancel, { ...cancel, callId: 'a@b', except: ['b'] })).toEqual([]);
  });

  test('that HarmonyOS goes with Huawei alone', () => {
    const register = { extension: '101', token: 'dXN1:APA91bF0', harmonyOs: true };
    expect(told(parseRegister, { ...register, platform: 'fcm' })).toEqual(['harmonyOs']);
    expect(told(parseRegister, { ...register, platform: 'hms' })).toEqual([]);
    expect(told(parseRegister, { ...register, platform: 'fcm', harmonyOs: false })).toEqual([]);
  });

  test.each([
    ['no JSON', 'https://push.example.com/1'],
    ['no address', '{"keys":{"p256dh":"a","auth":"b"}}'],
    ['no keys', '{"endpoint":"https://push.example.com/1"}'],
    ['plain http', aSubscription('a', 'http://push.example.com')],
    ['a name and password', aSubscription('a', 'https://user:secret@push.example.com')],
    ['a host without a dot', aSubscription('a', 'https://localhost')],
    ['a key that is none on the curve', aSubscription('a').replace(/"p256dh":"B\w/, '"p256dh":"BA')],
    ['a short secret', aSubscription('a').replace(/"auth":"[^"]{4}/, '"auth":"')],
  ])('that the token of a browser is none: %s', (_, token) => {
    expect(told(parseRegister, { extension: '101', token, platform: 'webpush' })).toEqual(['token']);
    expect(told(parseRegister, { extension: '101', token: aSubscription('a'), platform: 'webpush' })).toEqual(
      [],
    );
  });

  test('which fields of a deletion do not go together', () => {
    expect(told(parseDelete, {})).toEqual(['token']);
    expect(
      told(parseDelete, { token: 't', extension: '101', deviceId: 'd', fingerprint: '9f86d081' }),
    ).toEqual(['extension', 'deviceId', 'fingerprint']);
    expect(told(parseDelete, { extension: '101', line: 1 })).toEqual(['line']);
    expect(told(parseDelete, { extension: '101', deviceId: 'd', fingerprint: '9f86d081' })).toEqual([
      'fingerprint',
    ]);
  });
});

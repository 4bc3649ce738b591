import { beforeEach, describe, expect, test } from 'vitest';
import { fcmToken } from '../support/builders.ts';
import { captureLog } from './support/captured-log.ts';
import { createEndpoint } from './support/endpoint.ts';
import { elsewhere, expectNothingDone, here, registrations } from './support/phones.ts';
import type { ApiRequest } from './support/routes.ts';

captureLog();

let endpoint: ReturnType<typeof createEndpoint>;
beforeEach(() => {
  endpoint = createEndpoint({ registrations });
});

const uuid = '0b6f1f0e-6b0b-4c6e-9f0e-0d5a3c1f7a51';
const register = { extension: '101', platform: 'fcm', app: 'demo' };

describe('a key that is limited to another app', () => {
  const apps = 'droid';

  test('sees and rings the phones of its app alone', async () => {
    const { json: listed } = await endpoint.send('GET /devices', { query: { extension: '101' }, apps });
    expect(listed.devices).toMatchObject([{ app: 'droid' }]);
    const { json: rung } = await endpoint.send('POST /push_call', { body: { to: '101' }, apps });
    expect(rung).toMatchObject({ devices: 1, accepted: 1 });
    expect(endpoint.published.map(({ token }) => token)).toEqual([fcmToken('droid')]);
  });

  test('removes the phones of its app alone', async () => {
    const byToken = await endpoint.send('POST /delete', { body: { token: here }, apps });
    expect(byToken.json).toEqual({ deleted: 0 });
    const byExtension = await endpoint.send('POST /delete', { body: { extension: '101' }, apps });
    expect(byExtension.json).toEqual({ deleted: 1 });
    expect(endpoint.rows().map(({ token }) => token)).toEqual([here, elsewhere]);
  });

  test('gets for a token of another app the answer for a token that nobody has', async () => {
    const known = await endpoint.send('POST /update', {
      body: { oldToken: here, newToken: fcmToken('n') },
      apps,
    });
    const unknown = await endpoint.send('POST /update', {
      body: { oldToken: fcmToken('nobody'), newToken: fcmToken('n') },
      apps,
    });
    expect(known).toEqual(unknown);
    expect(known.json).toMatchObject({ code: 'unknown-token' });
    expectNothingDone(endpoint);
  });
});

describe('a token that only another PBX has is answered as one that nobody has:', () => {
  const nobody = fcmToken('nobody-has');
  const withToken: [string, ApiRequest, (token: string) => object][] = [
    ['as the old token', 'POST /update', (token) => ({ oldToken: token, newToken: fcmToken('next') })],
    ['as the new token', 'POST /update', (token) => ({ oldToken: fcmToken('before'), newToken: token })],
    ['as both', 'POST /update', (token) => ({ oldToken: token, newToken: token })],
    ['with all its lines', 'POST /delete', (token) => ({ token })],
    ['with one line', 'POST /delete', (token) => ({ token, line: 1 })],
  ];

  test.each(withToken)('%s, %s', async (_what, route, bodyOf) => {
    const foreign = await endpoint.send(route, { body: bodyOf(elsewhere) });
    const unknown = await endpoint.send(route, { body: bodyOf(nobody) });
    expect(foreign).toEqual(unknown);
    expectNothingDone(endpoint);
  });

  test('POST /register', async () => {
    const foreign = await endpoint.send('POST /register', { body: { ...register, token: elsewhere } });
    const unknown = await createEndpoint({ registrations }).send('POST /register', {
      body: { ...register, token: nobody },
    });
    expect(foreign).toEqual(unknown);
    expect(endpoint.rows()).toEqual(
      expect.arrayContaining(
        registrations.map((row) => expect.objectContaining({ ...row, expiresAt: expect.any(Number) })),
      ),
    );
  });

  test('GET /devices and POST /push_call, by extension', async () => {
    const { json: listed } = await endpoint.send('GET /devices', {
      query: { extension: '101' },
      pbxId: 'pbx-3',
    });
    expect(listed).toEqual({ extension: '101', devices: [] });
    const { json: rung } = await endpoint.send('POST /push_call', {
      body: { to: '101', uuid },
      pbxId: 'pbx-3',
    });
    expect(rung).toEqual({ devices: 0, accepted: 0, uuid, phones: [] });
    expectNothingDone(endpoint);
  });
});

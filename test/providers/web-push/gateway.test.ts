import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Certificate } from '../../../local/certificate.ts';
import { createCertificate } from '../../../local/certificate.ts';
import { createFaults } from '../../../local/faults.ts';
import { createPushLog } from '../../../local/pushes.ts';
import type { WebPushService } from '../../../local/web-push.ts';
import { startWebPush } from '../../../local/web-push.ts';
import { aSubscription, noon } from '../../support/builders.ts';
import { aPush, openGateway, startPushService, vapidKeys } from './support.ts';

let certificate: Certificate;
beforeAll(async () => {
  certificate = await createCertificate();
});

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

describe('to the local push service', () => {
  const pushes = createPushLog();
  const faults = createFaults();
  let service: WebPushService;
  let gateway: ReturnType<typeof openGateway>;

  beforeEach(async () => {
    pushes.clear();
    faults.clear();
    service = await startWebPush({ certificate, pushes, faults, now: () => noon });
    ends.push(service.close);
    gateway = openGateway({ standIn: { certificate, port: service.port } });
  });

  it('a browser reads what was sent, and gets what belongs to it', async () => {
    const token = service.subscribe(vapidKeys.publicKey);

    const id = await gateway.publish(token);

    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(pushes.list()).toEqual([
      {
        provider: 'webpush',
        at: new Date(noon).toISOString(),
        token,
        payload: aPush().body,
        headers: {
          ttl: '30',
          urgency: 'high',
          topic: aPush().topic,
          'content-encoding': 'aes128gcm',
          'content-type': 'application/octet-stream',
          'content-length': expect.stringMatching(/^\d+$/),
          host: `127.0.0.1:${service.port}`,
          connection: 'keep-alive',
        },
      },
    ]);
  });

  it('any flat map up to the limit arrives as it is, in 4,096 bytes at most', async () => {
    const token = service.subscribe(vapidKeys.publicKey);
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 1_000 }),
      fc.string({ unit: 'grapheme', maxLength: 1_000 }),
      fc.constantFrom('\u0000'.repeat(600), '"\\'.repeat(900), '👩‍👩‍👧‍👦'.repeat(140)),
    );
    const flatMap = fc
      .dictionary(fc.string({ minLength: 1, maxLength: 20 }), text, { maxKeys: 8, noNullPrototype: true })
      .filter((body) => Buffer.byteLength(JSON.stringify(body)) <= 3_990);
    await fc.assert(
      fc.asyncProperty(flatMap, async (body) => {
        pushes.clear();
        await gateway.publish(token, aPush({ body }));
        const [push] = pushes.list();
        expect(push?.payload).toEqual(body);
        expect(Number(push?.headers['content-length'])).toBeLessThanOrEqual(4_096);
      }),
      { numRuns: 100 },
    );
  });

  const ofLength = (bytes: number) => ({ t: 'x'.repeat(bytes - '{"t":""}'.length) });

  it('3,993 bytes are the most that are sent', async () => {
    const token = service.subscribe(vapidKeys.publicKey);
    await gateway.publish(token, aPush({ body: ofLength(3_993) }));
    expect(pushes.list()[0]?.headers['content-length']).toBe('4096');

    const all = await startPushService(certificate, (response) => void response.writeHead(201).end());
    ends.push(all.close);
    const { refusal } = openGateway({ standIn: { certificate, port: all.port } });
    const { reason } = await refusal(aSubscription('phone', all.origin), aPush({ body: ofLength(3_994) }));
    expect(reason).toBe('invalid-notification');
    expect(all.connections()).toBe(0);
  });

  it.each([
    ['410', 'token-refused'],
    ['UNREGISTERED', 'token-refused'],
    ['429', 'throttled'],
    ['500', 'unavailable'],
    ['503', 'unavailable'],
    ['reset', 'unavailable'],
    ['hang', 'unavailable'],
  ] as const)('fault %s is %s', async (fault, reason) => {
    const token = service.subscribe(vapidKeys.publicKey);
    faults.set({ token }, fault);
    expect((await gateway.refusal(token)).reason).toBe(reason);
    expect(pushes.list()).toEqual([]);
  });

  it('a subscription of another app is no fault of the token', async () => {
    const token = service.subscribe(aSubscription('stranger'));
    expect((await gateway.refusal(token)).reason).toBe('push-service-refused');
  });

  it('a subscription that nobody has is refused', async () => {
    const token = aSubscription('nobody', `https://127.0.0.1:${service.port}`);
    expect((await gateway.refusal(token)).reason).toBe('token-refused');
  });
});

describe('answers', () => {
  const answering = async (status: number, headers: Record<string, string> = {}) => {
    const service = await startPushService(certificate, (response) => {
      response.writeHead(status, headers).end('{"message":"whatever"}');
    });
    ends.push(service.close);
    const gateway = openGateway({ standIn: { certificate, port: service.port } });
    return { ...service, ...gateway, token: aSubscription('phone', service.origin) };
  };

  it.each([200, 201, 202, 204])('%i is accepted', async (status) => {
    const { publish, token, received } = await answering(status);
    expect(await publish(token)).toMatch(/^[0-9a-f-]{36}$/);
    expect(received).toHaveLength(1);
  });

  it.each([
    [400, 'push-service-refused'],
    [401, 'push-service-refused'],
    [403, 'push-service-refused'],
    [404, 'token-refused'],
    [405, 'push-service-refused'],
    [408, 'unavailable'],
    [410, 'token-refused'],
    [413, 'push-service-refused'],
    [415, 'push-service-refused'],
    [429, 'throttled'],
    [500, 'unavailable'],
    [502, 'unavailable'],
    [503, 'unavailable'],
    [507, 'unavailable'],
  ])('%i is %s, and names neither address nor keys', async (status, reason) => {
    const { refusal, token, received } = await answering(status);
    const refused = await refusal(token);
    expect(refused.reason).toBe(reason);
    const { endpoint, keys } = JSON.parse(token);
    const told = inspect(refused, { depth: 10, showHidden: true });
    for (const secret of [new URL(endpoint).pathname, keys.p256dh, keys.auth]) {
      expect(told).not.toContain(secret);
    }
    expect(received).toHaveLength(1);
  });

  it.each(['/m/abc', 'https://', `/${'m'.repeat(300)}`])(
    'no part of Location (%s) is in the id',
    async (location) => {
      const { pathname } = new URL(JSON.parse(aSubscription('phone')).endpoint);
      for (const told of [location, `/messages${pathname}/1`, `/m/${encodeURIComponent(pathname)}`]) {
        const { publish, token } = await answering(201, { location: told });
        const id = await publish(token);
        expect(id).toMatch(/^[0-9a-f-]{36}$/);
        expect(told).not.toContain(id);
      }
    },
  );
});

it('each message has a salt and a key of its own, and nobody on the way can read it', async () => {
  const service = await startPushService(certificate, (response) => void response.writeHead(201).end());
  ends.push(service.close);
  const { publish } = openGateway({ standIn: { certificate, port: service.port } });
  await publish(aSubscription('phone', service.origin));
  await publish(aSubscription('phone', service.origin));

  const [first = Buffer.of(), second = Buffer.of()] = service.received.map(({ body }) => body);
  expect(first.length).toBe(second.length);
  for (const [start, end] of [
    [0, 16],
    [21, 86],
  ]) {
    expect(first.subarray(start, end)).not.toEqual(second.subarray(start, end));
  }
  expect(first.includes('Ann')).toBe(false);
});

describe('what is not for it', () => {
  it.each([
    ['another app', { app: 'other', token: aSubscription('phone') }],
    ['an endpoint', { endpointArn: 'arn:aws:sns:eu-west-1:123456789012:endpoint/GCM/a/1' }],
  ])('%s is not served', async (_what, to) => {
    const { gateway, readSecret } = openGateway();
    const published = gateway.publish(to, aPush(), new AbortController().signal);
    await expect(published).rejects.toMatchObject({ reason: 'platform-not-served' });
    expect(readSecret).not.toHaveBeenCalled();
  });

  it('a token that is no subscription is refused, and nothing is asked', async () => {
    const { refusal, readSecret } = openGateway();
    expect((await refusal('{}')).reason).toBe('invalid-token');
    expect(readSecret).not.toHaveBeenCalled();
  });
});

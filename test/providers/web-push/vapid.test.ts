import { inspect } from 'node:util';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { PushRefusal } from '../../../lambda/core/ports.ts';
import { createVapid } from '../../../lambda/providers/web-push/vapid.ts';
import type { Certificate } from '../../../local/certificate.ts';
import { createCertificate } from '../../../local/certificate.ts';
import { aSubscription, noon } from '../../support/builders.ts';
import { createFakeClock } from '../../support/fake-clock.ts';
import { makeVapidKeys, openGateway, settings, startPushService, vapidKeys } from './support.ts';

const hour = 3_600_000;
const origin = 'https://push.example.com';
const other = 'https://push.example.net:8443';

const open = (secret = async () => vapidKeys.secret) => {
  const time = createFakeClock();
  const readSecret = vi.fn(secret);
  return { ...time, readSecret, ...createVapid(settings, readSecret, time.clock) };
};

const tokenIn = (authorization: string) => {
  const [, t = '', k] = /^vapid t=([\w-]+\.[\w-]+\.[\w-]+), k=([\w-]+)$/.exec(authorization) ?? [];
  return { header: decodeProtectedHeader(t), claims: decodeJwt(t), k };
};

describe('the token', () => {
  it('names the push service and whom it may write to, and lives for half a day', async () => {
    const { authorizationFor } = open();
    expect(tokenIn(await authorizationFor(other))).toEqual({
      header: { typ: 'JWT', alg: 'ES256' },
      claims: { aud: other, sub: 'mailto:ops@example.com', exp: (noon + 12 * hour) / 1_000 },
      k: vapidKeys.publicKey,
    });
  });

  it('is signed once for each push service, also where several ask at once', async () => {
    const { authorizationFor, readSecret } = open();
    const [first, ...same] = await Promise.all([origin, origin, origin].map(authorizationFor));
    expect(new Set([first, ...same]).size).toBe(1);
    expect(await authorizationFor(other)).not.toBe(first);
    expect(await authorizationFor(origin)).toBe(first);
    expect(readSecret).toHaveBeenCalledTimes(1);
  });

  it('is signed anew after six hours, when it is good for six more', async () => {
    const { authorizationFor, pass } = open();
    const first = await authorizationFor(origin);
    pass(6 * hour - 1);
    expect(await authorizationFor(origin)).toBe(first);
    pass(1);
    const second = await authorizationFor(origin);
    expect(tokenIn(second).claims.exp).toBe((noon + 18 * hour) / 1_000);
  });

  it('is signed anew once it was refused, for that push service alone', async () => {
    const { authorizationFor, forget } = open();
    const [first, others] = [await authorizationFor(origin), await authorizationFor(other)];
    forget(origin, first);
    const second = await authorizationFor(origin);
    expect(second).not.toBe(first);
    expect(await authorizationFor(other)).toBe(others);
    // Whoever was refused with the first one as well comes late.
    forget(origin, first);
    expect(await authorizationFor(origin)).toBe(second);
  });

  it('is kept for a hundred push services: the one asked longest ago makes room', async () => {
    const { authorizationFor } = open();
    const first = await authorizationFor(origin);
    const second = await authorizationFor(other);
    for (let service = 0; service < 98; service += 1)
      await authorizationFor(`https://${service}.example.com`);
    expect(await authorizationFor(origin)).toBe(first);
    await authorizationFor('https://one-more.example.com');
    expect(await authorizationFor(origin)).toBe(first);
    expect(await authorizationFor(other)).not.toBe(second);
  });
});

describe('the secret', () => {
  it('that cannot be read again is as good as ever: Secrets Manager is down, and a phone is to ring', async () => {
    let fails = false;
    const { authorizationFor, pass, readSecret } = open(async () => {
      if (fails) throw new PushRefusal('unavailable');
      return vapidKeys.secret;
    });
    await authorizationFor(origin);
    fails = true;
    for (let minute = 0; minute < 60; minute += 5) {
      pass(300_000);
      await authorizationFor(origin);
    }
    expect(readSecret.mock.calls.length).toBeGreaterThan(10);
  });

  it('is read again after five minutes', async () => {
    const { authorizationFor, pass, readSecret } = open();
    await authorizationFor(origin);
    pass(300_000 - 1);
    await authorizationFor(other);
    expect(readSecret).toHaveBeenCalledTimes(1);
    expect(readSecret).toHaveBeenCalledWith({ secret: 'demo/web-push', secretVersion: 'AWSCURRENT' });
    pass(1);
    await authorizationFor(origin);
    expect(readSecret).toHaveBeenCalledTimes(2);
  });

  it('that is wrong by now sends nothing more, though there is a token', async () => {
    const secrets = [vapidKeys.secret, makeVapidKeys().secret, vapidKeys.secret];
    const { authorizationFor, pass } = open(async () => secrets.shift() ?? '');
    await authorizationFor(origin);
    pass(300_000);
    await expect(authorizationFor(origin)).rejects.toMatchObject({ reason: 'application-disabled' });
    pass(300_000);
    await authorizationFor(origin);
  });

  it('may have its public key in padded base64url', async () => {
    const { publicKey, privateKey } = vapidKeys;
    const padded = JSON.stringify({ publicKey: `${publicKey}=`, privateKey: `${privateKey}=` });
    const { authorizationFor } = open(async () => padded);
    expect(tokenIn(await authorizationFor(origin)).k).toBe(publicKey);
  });

  const { publicKey, privateKey } = vapidKeys;
  const stranger = makeVapidKeys();
  const wrong: [string, string][] = [
    ['of another pair', stranger.secret],
    ['with a private key of another pair', JSON.stringify({ publicKey, privateKey: stranger.privateKey })],
    ['with a public key of another pair', JSON.stringify({ publicKey: stranger.publicKey, privateKey })],
    ['without a private key', JSON.stringify({ publicKey })],
    ['without a public key', JSON.stringify({ privateKey })],
    ['with a private key of 0', JSON.stringify({ publicKey, privateKey: 'A'.repeat(43) })],
    ['with a private key over the curve', JSON.stringify({ publicKey, privateKey: `${'_'.repeat(42)}8` })],
    ['with a short private key', JSON.stringify({ publicKey, privateKey: privateKey.slice(0, 20) })],
    ['with numbers', JSON.stringify({ publicKey: 1, privateKey: 2 })],
    ['that is no JSON', privateKey],
    ['that is null', 'null'],
    ['that is a list', '[]'],
    ['that is empty', ''],
  ];

  let certificate: Certificate;
  beforeAll(async () => {
    certificate = await createCertificate();
  });
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });

  it.each(wrong)('%s disables the app: nothing is sent, and nothing of it is told', async (_what, secret) => {
    const service = await startPushService(certificate, (response) => void response.writeHead(201).end());
    ends.push(service.close);
    const { refusal, readSecret } = openGateway({
      secret: async () => secret,
      standIn: { certificate, port: service.port },
    });
    const refused = await refusal(aSubscription('phone', service.origin));
    expect(refused.reason).toBe('application-disabled');
    for (const key of [privateKey, stranger.privateKey]) expect(inspect(refused)).not.toContain(key);
    expect(service.connections()).toBe(0);
    await refusal(aSubscription('phone', service.origin));
    expect(readSecret).toHaveBeenCalledTimes(1);
  });
});

describe('a push service that refuses the token', () => {
  let certificate: Certificate;
  beforeAll(async () => {
    certificate = await createCertificate();
  });

  it.each([401, 403])('(%i) gets a new one next time', async (status) => {
    const statuses = [status, 201, 201];
    const service = await startPushService(certificate, (response) => {
      response.writeHead(statuses.shift() ?? 500).end();
    });
    const { publish, refusal } = openGateway({ standIn: { certificate, port: service.port } });
    const token = aSubscription('phone', service.origin);
    expect((await refusal(token)).reason).toBe('push-service-refused');
    await publish(token);
    await publish(token);
    const [first, second, third] = service.received.map(({ headers }) => headers.authorization);
    expect(second).not.toBe(first);
    expect(third).toBe(second);
    await service.close();
  });
});

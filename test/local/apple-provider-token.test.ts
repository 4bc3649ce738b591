import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AppleKey } from '../../local/apple-provider-token.ts';
import type { Claims } from './fake-apple.ts';
import { bearer, demoKey, pair, START, sign, startFakeApple, stranger } from './fake-apple.ts';

let fake: Awaited<ReturnType<typeof startFakeApple>>;
beforeEach(async () => {
  fake = await startFakeApple();
});
afterEach(() => fake.close());

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });

describe('the fake Apple checks the provider token', () => {
  const refused: [string, Claims, typeof pair.privateKey, string][] = [
    ['of another key', {}, stranger.privateKey, 'InvalidProviderToken'],
    ['signed with RSA', { alg: 'RS256' }, rsa.privateKey, 'InvalidProviderToken'],
    ['with an unknown key id', { kid: 'UNKNOWN000' }, pair.privateKey, 'InvalidProviderToken'],
    ['of another team', { iss: 'TEAM000000' }, pair.privateKey, 'InvalidProviderToken'],
    ['of the future', { iat: START + 1 }, pair.privateKey, 'InvalidProviderToken'],
    ['older than an hour', { iat: START - 3601 }, pair.privateKey, 'ExpiredProviderToken'],
  ];
  it.each(refused)('and refuses one %s', async (_, claims, key, reason) => {
    const authorization = await sign(claims, key);
    expect(await fake.post({ headers: { authorization } })).toMatchObject({ status: 403, body: { reason } });
    expect(fake.pushes.list()).toEqual([]);
  });

  it('and takes one that is an hour old', async () => {
    const authorization = await sign({ iat: START - 3600 });
    expect(await fake.post({ headers: { authorization } })).toMatchObject({ status: 200 });
  });

  it('and takes a key that was added later', async () => {
    const added: AppleKey = { ...demoKey, keyId: 'KEY7654321', publicKey: stranger.publicKey };
    const authorization = await sign({ kid: added.keyId }, stranger.privateKey);
    expect(await fake.post({ headers: { authorization } })).toMatchObject({ status: 403 });
    fake.keys.push(added);
    expect(await fake.post({ headers: { authorization } })).toMatchObject({ status: 200 });
  });

  it('and refuses a new one within 20 minutes of the last, but not the one before', async () => {
    expect(await fake.post()).toMatchObject({ status: 200 });
    fake.setTime(START + 1199);
    const authorization = await sign({ iat: START + 1199 });
    expect(await fake.post({ headers: { authorization } })).toMatchObject({
      status: 429,
      body: { reason: 'TooManyProviderTokenUpdates' },
    });
    expect(await fake.post()).toMatchObject({ status: 200 });
    fake.setTime(START + 1200);
    const later = await sign({ iat: START + 1200 });
    expect(await fake.post({ headers: { authorization: later } })).toMatchObject({ status: 200 });
    expect(await fake.post()).toMatchObject({ status: 200 });
    expect(fake.pushes.list()).toHaveLength(4);
  });

  it('and takes those of one team alone over one connection', async () => {
    const foreign: AppleKey = {
      ...demoKey,
      teamId: 'TEAM765432',
      keyId: 'KEY7654321',
      publicKey: stranger.publicKey,
    };
    fake.keys.push(foreign);
    const claims = { iss: foreign.teamId, kid: foreign.keyId };
    const authorization = await sign(claims, stranger.privateKey);
    expect(await fake.post()).toMatchObject({ status: 200 });
    expect(await fake.post({ headers: { authorization } })).toMatchObject({
      status: 403,
      body: { reason: 'InvalidProviderToken' },
    });
    expect(fake.pushes.list()).toHaveLength(1);

    const another = fake.open();
    expect(await fake.post({ headers: { authorization } }, another)).toMatchObject({ status: 200 });
    expect(await fake.post({}, another)).toMatchObject({ status: 403 });
    another.destroy();
    expect(await fake.post()).toMatchObject({ status: 200 });
  });

  it('and refuses two at once', async () => {
    expect(await fake.post({ headers: { authorization: [bearer, bearer] } })).toMatchObject({
      status: 400,
      body: { reason: 'DuplicateHeaders' },
    });
    expect(fake.pushes.list()).toEqual([]);
  });

  it('and counts the 20 minutes from when a token was issued, not from its first use', async () => {
    fake.setTime(START + 1799);
    expect(await fake.post()).toMatchObject({ status: 200 });
    fake.setTime(START + 1800);
    const authorization = await sign({ iat: START + 1800 });
    expect(await fake.post({ headers: { authorization } })).toMatchObject({ status: 200 });
  });

  it('and takes two signings of the same instant as one', async () => {
    expect(await fake.post()).toMatchObject({ status: 200 });
    expect(await fake.post({ headers: { authorization: await sign() } })).toMatchObject({
      status: 200,
    });
  });
});

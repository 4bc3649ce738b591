import { createECDH, generateKeyPairSync } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createSecretReader } from '../../lambda/aws/secret-reader.ts';
import { checkCredentials } from '../../lambda/providers/check-credentials.ts';
import { readClient, readServiceAccount } from '../../lambda/providers/huawei/credentials.ts';
import type { ProviderSettings } from '../../lambda/providers/provider-settings.ts';
import { readVapidKeys } from '../../lambda/providers/web-push/credentials.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';

const pemOf = (key: ReturnType<typeof generateKeyPairSync>['privateKey']) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
const rsaKey = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const ecKey = pemOf(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey);
const vapidKeys = () => {
  const pair = createECDH('prime256v1');
  const publicKey = pair.generateKeys('base64url');
  // A number with a zero in front has fewer digits: 32 bytes all the same (RFC 7518, section 6.2.2.1).
  const privateKey = Buffer.concat([Buffer.alloc(32), pair.getPrivateKey()]).subarray(-32);
  return { publicKey, privateKey: privateKey.toString('base64url') };
};
const vapid = vapidKeys();
const other = vapidKeys();
const client = { clientId: '110012345', clientSecret: 'a-client-secret-of-huawei' };
const account = {
  project_id: '388421841221',
  key_id: '18366af0b4b44dd8',
  private_key: rsaKey,
  sub_account: '101783233',
};

/** Runs of what must never be shown, long enough to be no accident. */
const secretRuns = [rsaKey, ecKey, vapid.privateKey, other.privateKey, client.clientSecret].flatMap((text) =>
  text.split('\n').flatMap((line) => (line.startsWith('-') ? [] : (line.match(/.{16}/g) ?? []))),
);
const expectNoSecret = (...shown: unknown[]) => {
  const all = shown
    .map((one) => (one instanceof Error ? `${one.message} ${one.stack} ${one.cause}` : JSON.stringify(one)))
    .join('\n');
  expect(secretRuns.filter((run) => all.includes(run))).toEqual([]);
};
const thrownBy = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
};

const at = { secret: 'x', secretVersion: 'AWSCURRENT' };
const readers = {
  v2: (secret?: string) => readClient(secret, { ...at, clientId: client.clientId }),
  v3: (secret?: string) => readServiceAccount(secret, { projectId: account.project_id }),
  webPush: (secret?: string) => readVapidKeys(secret, { publicKey: vapid.publicKey }),
};

describe('a credential that is right is given', () => {
  test("Huawei's v2", () => expect(readers.v2(JSON.stringify(client))).toEqual(client));

  test("Huawei's v3: a key that signs, beside what its token names", () => {
    const { privateKey, ...named } = readers.v3(JSON.stringify({ ...account, auth_uri: 'https://x.test' }));
    expect(named).toEqual({ keyId: account.key_id, subAccount: account.sub_account });
    expect(pemOf(privateKey)).toBe(rsaKey);
  });

  test('a VAPID pair, whatever the number is', () => {
    for (let made = 0; made < 50; made += 1) {
      const pair = vapidKeys();
      expect(readVapidKeys(JSON.stringify(pair), pair)).toEqual(pair);
    }
    const one = createECDH('prime256v1');
    one.setPrivateKey(`${'00'.repeat(31)}01`, 'hex');
    const least = {
      publicKey: one.getPublicKey('base64url'),
      privateKey: Buffer.from(`${'00'.repeat(31)}01`, 'hex').toString('base64url'),
    };
    expect(readVapidKeys(JSON.stringify(least), least)).toEqual(least);
  });
});

type Wrong = [reader: keyof typeof readers, what: string, secret: unknown, message: string];
const asText = (secret: unknown) => (typeof secret === 'string' ? secret : JSON.stringify(secret));

describe('one that is wrong is told, and shown nowhere', () => {
  test.each<Wrong>([
    ['v2', 'another client', { ...client, clientId: '999' }, 'clientId: expected "110012345", the client id'],
    ['v2', 'a client id that is a number', { ...client, clientId: 110012345 }, 'clientId: expected'],
    ['v2', 'no secret', { clientId: client.clientId }, 'clientSecret: expected a text'],
    ['v2', 'an empty secret', { ...client, clientSecret: '' }, 'clientSecret: expected a text'],
    ['v2', 'the secret alone', client.clientSecret, 'its text: expected a JSON object'],
    ['v2', 'a list', [client], 'its text: expected a JSON object'],
    [
      'v3',
      'another project',
      { ...account, project_id: '7' },
      'project_id: expected "388421841221", the project',
    ],
    ['v3', 'no key id', { ...account, key_id: undefined }, 'key_id: expected a text'],
    ['v3', 'no sub-account', { ...account, sub_account: 101783233 }, 'sub_account: expected a text'],
    ['v3', 'no key', { ...account, private_key: undefined }, 'private_key: expected an RSA private key'],
    ['v3', 'an EC key', { ...account, private_key: ecKey }, 'private_key: expected an RSA private key'],
    [
      'v3',
      'a key cut short',
      { ...account, private_key: rsaKey.slice(0, 400) },
      'private_key: expected an RSA',
    ],
    [
      'v3',
      'line breaks lost',
      { ...account, private_key: rsaKey.replaceAll('\n', ' ') },
      'private_key: expected an RSA private key in PEM, its line breaks kept',
    ],
    ['v3', 'a client of v2', client, 'project_id: expected "388421841221"'],
    ['v3', 'the key alone', rsaKey, 'its text: expected a JSON object'],
    ['webPush', 'another pair', other, `publicKey: expected "${vapid.publicKey}", the public key`],
    [
      'webPush',
      'halves of two pairs',
      { ...vapid, privateKey: other.privateKey },
      'privateKey: expected the one that belongs to publicKey',
    ],
    ['webPush', 'no private key', { publicKey: vapid.publicKey }, 'privateKey: expected a VAPID private key'],
    ['webPush', 'a PEM', { ...vapid, privateKey: ecKey }, 'privateKey: expected a VAPID private key'],
    [
      'webPush',
      'a key cut short',
      { ...vapid, privateKey: vapid.privateKey.slice(1) },
      'privateKey: expected',
    ],
    // No number of the curve.
    [
      'webPush',
      'a zero',
      { ...vapid, privateKey: 'A'.repeat(43) },
      'privateKey: expected the one that belongs to publicKey',
    ],
    ['webPush', 'not even JSON', vapid.privateKey, 'its text: expected a JSON object'],
  ])('%s: %s', (reader, _, secret, message) => {
    const error = thrownBy(() => readers[reader](asText(secret)));
    expect(error).toMatchObject({ name: 'CredentialError', message: expect.stringContaining(message) });
    expectNoSecret(error);
  });

  test.each(['v2', 'v3', 'webPush'] as const)('%s: bytes', (reader) => {
    expect(() => readers[reader](undefined)).toThrow('its text: expected a JSON object');
  });
});

const providers: ProviderSettings = {
  demo: {
    huawei: {
      projectId: account.project_id,
      v2: { clientId: client.clientId, secret: 'demo-v2', secretVersion: 'AWSCURRENT' },
      v3: { secret: 'demo-v3', secretVersion: 'AWSPENDING' },
    },
    webPush: {
      subject: 'mailto:push@example.com',
      publicKey: vapid.publicKey,
      secret: 'demo-web',
      secretVersion: '11111111-2222-4333-8444-555555555555',
    },
  },
  brand: { huawei: { projectId: '7', v2: { clientId: '8', secret: 'brand', secretVersion: 'AWSCURRENT' } } },
};
const right = () =>
  new Map([
    ['demo-v2', JSON.stringify(client)],
    ['demo-v3', '{}'],
    ['demo-v3#AWSPENDING', JSON.stringify(account)],
    ['demo-web', '{}'],
    ['demo-web#11111111-2222-4333-8444-555555555555', JSON.stringify(vapid)],
    ['brand', JSON.stringify({ clientId: '8', clientSecret: 'another-client-secret' })],
  ]);

describe('the function behind the custom resource', () => {
  let secrets: Map<string, string>;
  let manager: Awaited<ReturnType<typeof startSecretsManager>>;
  let lines: unknown[];
  beforeEach(async () => {
    secrets = right();
    manager = await startSecretsManager({ secrets });
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', manager.url);
    vi.resetModules();
    lines = [];
    for (const level of ['info', 'error'] as const)
      vi.spyOn(console, level).mockImplementation((line: unknown) => void lines.push(line));
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await manager.close();
  });
  const handle = async (RequestType: 'Create' | 'Update' | 'Delete') => {
    const { handler } = await import('../../lambda/provider-credentials.ts');
    return handler({ RequestType, ResourceProperties: { providers: JSON.stringify(providers) } });
  };
  const line = (requestType: string) => ({
    operation: 'provider_credentials',
    requestType,
    durationMs: expect.any(Number),
  });

  test.each(['Create', 'Update'] as const)(
    '%s: reads each version that is named, and no other',
    async (type) => {
      expect(await handle(type)).toEqual({ PhysicalResourceId: 'provider-credentials' });
      expect(lines).toEqual([{ ...line(type), checked: 4 }]);
      expectNoSecret(lines);
    },
  );

  test('Delete: needs no secret', async () => {
    secrets.clear();
    expect(await handle('Delete')).toEqual({ PhysicalResourceId: 'provider-credentials' });
    expect(lines).toEqual([line('Delete')]);
  });

  test('every fault is told by its place, and nothing of what the secrets hold', async () => {
    secrets.set('demo-v2', JSON.stringify({ ...client, clientId: '999' }));
    secrets.set('demo-v3#AWSPENDING', rsaKey);
    secrets.set('demo-web#11111111-2222-4333-8444-555555555555', JSON.stringify(other));
    secrets.delete('brand');
    const error = await handle('Update').catch((thrown: unknown) => thrown);
    const reason = [
      'apps.demo.huawei.v2: secret "demo-v2" (version AWSCURRENT): clientId: expected "110012345", the client id of the settings, as a text',
      'apps.demo.huawei.v3: secret "demo-v3" (version AWSPENDING): its text: expected a JSON object',
      `apps.demo.webPush: secret "demo-web" (version 11111111-2222-4333-8444-555555555555): publicKey: expected "${vapid.publicKey}", the public key of the settings`,
      'apps.brand.huawei.v2: secret "brand": expected to find it, with a version AWSCURRENT, in this account and region',
    ].join('\n');
    expect(error).toMatchObject({ message: reason });
    expect(lines).toEqual([{ ...line('Update'), reason }]);
    expectNoSecret(error, lines);
  });
});

test('what is told fits what CloudFormation takes, however many are wrong', async () => {
  const many: ProviderSettings = Object.fromEntries(
    Array.from({ length: 30 }, (_, n) => [
      `app-${n}`,
      { webPush: { ...providers['demo']?.webPush } as never },
    ]),
  );
  const error = await checkCredentials(many, async () => '{}').catch((thrown: unknown) => thrown);
  const { message } = error as Error;
  expect(message.length).toBeLessThan(2_500);
  const [first, ...others] = message.split('\n');
  expect(first).toMatch(/^apps\.app-0\.webPush: /);
  expect(others.at(-1)).toBe(`and ${30 - others.length} more`);
});

test('what is no fault of a credential is not told as one', async () => {
  const broken = new TypeError('of ours');
  await expect(checkCredentials(providers, () => Promise.reject(broken))).rejects.toBe(broken);
});

describe('while pushing, a secret', () => {
  let manager: Awaited<ReturnType<typeof startSecretsManager>>;
  let client: SecretsManagerClient;
  beforeEach(async () => {
    manager = await startSecretsManager({ secrets: right() });
    client = new SecretsManagerClient({
      endpoint: manager.url,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      maxAttempts: 1,
    });
  });
  afterEach(async () => {
    client.destroy();
    await manager.close();
  });

  test('is read by its version', async () => {
    const read = createSecretReader(client);
    expect(await read({ secret: 'demo-v3', secretVersion: 'AWSPENDING' })).toBe(JSON.stringify(account));
    const secretVersion = '11111111-2222-4333-8444-555555555555';
    expect(await read({ secret: 'demo-web', secretVersion })).toBe(JSON.stringify(vapid));
  });

  test('that is not there is the operator’s to mend', async () => {
    await expect(createSecretReader(client)({ ...at, secret: 'none' })).rejects.toMatchObject({
      name: 'PushRefusal',
      reason: 'application-disabled',
    });
  });
});

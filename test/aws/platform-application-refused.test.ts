import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { SNSClient } from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { listenOnLoopback } from '../../local/loopback.ts';
import {
  account,
  apple,
  appleArn,
  appleKey,
  expectNoSecret,
  google,
  p8,
  p384,
  rsaKey,
  settingsOf,
  startManager,
} from './application-manager.ts';

let manager: Awaited<ReturnType<typeof startManager>>;
beforeEach(async () => {
  manager = await startManager();
});
afterEach(() => manager.close());

const without = (key: keyof typeof account) => ({ ...account, [key]: undefined });

describe('refuses before SNS is asked (invariant 7)', () => {
  test.each([
    ['another project', { ...account, project_id: 'other' }, 'project_id: expected "demo-project"'],
    ['another type', { ...account, type: 'authorized_user' }, 'type: expected "service_account"'],
    ['no address', without('client_email'), 'client_email: expected'],
    ['no key ID', without('private_key_id'), 'private_key_id: expected'],
    ['no token address', without('token_uri'), 'token_uri: expected'],
    ['a token address in clear', { ...account, token_uri: 'http://x.test' }, 'token_uri: expected'],
    ['no key', without('private_key'), 'private_key: expected an RSA'],
    ['an EC key', { ...account, private_key: p8 }, 'private_key: expected an RSA'],
    ['a key cut short', { ...account, private_key: rsaKey.slice(0, 400) }, 'private_key: expected an RSA'],
    ['line breaks lost', { ...account, private_key: rsaKey.replaceAll('\n', ' ') }, 'private_key: expected'],
    ['a list', [account], 'its text: expected a JSON object'],
  ])('a service account with %s', async (_, secret, message) => {
    manager.secrets.set('demo-fcm', JSON.stringify(secret));

    const error = await manager.handle('Create', google).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      message: expect.stringContaining('secret "demo-fcm" (version AWSCURRENT): '),
    });
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(manager.commands()).toEqual([]);
    expectNoSecret(error);
  });

  test.each([
    ['another team', { ...appleKey, teamId: 'OTHER12345' }, 'teamId: expected "TEAM123456"'],
    ['another key', { ...appleKey, keyId: 'OTHER12345' }, 'keyId: expected "KEY1234567"'],
    ['another bundle', { ...appleKey, bundleId: 'com.other' }, 'bundleId: expected "com.example.demo"'],
    ['no key', { ...appleKey, privateKey: undefined }, 'privateKey: expected the text of the .p8'],
    ['an RSA key', { ...appleKey, privateKey: rsaKey }, 'privateKey: expected'],
    ['a key on another curve', { ...appleKey, privateKey: p384 }, 'privateKey: expected'],
    ['a key cut short', { ...appleKey, privateKey: p8.slice(0, 80) }, 'privateKey: expected'],
    ['a service account', account, 'teamId: expected'],
  ])('a signing key with %s', async (_, secret, message) => {
    manager.secrets.set('demo-apple', JSON.stringify(secret));

    const error = await manager
      .handle('Update', apple, { PhysicalResourceId: appleArn })
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      message: expect.stringContaining('secret "demo-apple" (version AWSCURRENT): '),
    });
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(JSON.stringify(error)).not.toContain('OTHER12345');
    expect(manager.commands()).toEqual([]);
    expectNoSecret(error);
  });

  test('what is not JSON, showing none of it', async () => {
    manager.secrets.set('demo-apple', p8);

    const error = await manager.handle('Create', apple).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ message: expect.stringContaining('its text: expected a JSON object') });
    expect(manager.commands()).toEqual([]);
    expectNoSecret(error);
  });

  test.each([
    ['secret', { secret: 'nowhere' }, 'secret "nowhere": expected to find it, with a version AWSCURRENT'],
    [
      'version',
      { secretVersion: '99999999-2222-4333-8444-555555555555' },
      'secret "demo-apple": expected to find it, with a version 99999999-2222-4333-8444-555555555555',
    ],
    ['name', { name: undefined }, 'resource property name: expected a text'],
    ['platform', { platform: 'ADM' }, 'resource property platform: expected GCM or one of APNS,'],
  ])('a %s that is not there', async (_, changed, message) => {
    await expect(manager.handle('Create', { ...apple, ...changed })).rejects.toThrow(message);
    expect(manager.commands()).toEqual([]);
  });

  test('but takes a key that names its bundle', async () => {
    manager.secrets.set('demo-apple', JSON.stringify({ ...appleKey, bundleId: 'com.example.demo' }));
    expect(await manager.handle('Create', apple)).toMatchObject({ outcome: 'created' });
  });
});

describe('when SNS refuses', () => {
  let echoing: SNSClient;
  let closeEchoing: () => Promise<void>;
  afterEach(async () => {
    echoing.destroy();
    await closeEchoing();
  });
  /** Repeats all that it was sent, as an error may. */
  const startEchoing = async (code: string, existing: boolean) => {
    const server = createServer(async (request, response) => {
      const body = decodeURIComponent((await text(request)).replaceAll('+', ' '));
      const reads = body.includes('Action=Get');
      const [status, name] = reads ? [404, 'NotFound'] : [400, code];
      response.writeHead(reads && existing ? 200 : status, { 'content-type': 'text/xml' });
      response.end(
        reads && existing
          ? '<GetPlatformApplicationAttributesResponse><GetPlatformApplicationAttributesResult><Attributes/></GetPlatformApplicationAttributesResult></GetPlatformApplicationAttributesResponse>'
          : `<ErrorResponse><Error><Type>Sender</Type><Code>${name}</Code><Message><![CDATA[${body}]]></Message></Error></ErrorResponse>`,
      );
    });
    const { port, close } = await listenOnLoopback(server);
    echoing = new SNSClient(settingsOf(`http://127.0.0.1:${port}`));
    closeEchoing = close;
  };

  test.each([
    ['InvalidParameter', false, 'expected SNS to take the credential of secret "demo-apple"'],
    ['InvalidParameter', true, 'expected SNS to take the credential of secret "demo-apple"'],
    ['AuthorizationError', false, 'SNS CreatePlatformApplication of'],
    ['AuthorizationError', true, 'SNS SetPlatformApplicationAttributes of'],
  ])(
    '%s (application there: %s), the reason is given, and nothing that was sent',
    async (code, there, message) => {
      await startEchoing(code, there);

      const error = await manager.handle('Create', apple, {}, echoing).catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({
        name: 'PlatformApplicationError',
        message: expect.stringContaining(message),
      });
      expectNoSecret(error);
    },
  );
});

import { generateKeyPairSync } from 'node:crypto';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetPlatformApplicationAttributesCommand, SNSClient } from '@aws-sdk/client-sns';
import { expect } from 'vitest';
import { managePlatformApplication, type OnEventRequest } from '../../lambda/aws/platform-application.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';
import { startSns } from '../../local/sns/server.ts';

export const snsArn = 'arn:aws:sns:eu-west-1:123456789012';
export const failureTopicArn = `${snsArn}:push-failures`;

const pemOf = (key: ReturnType<typeof generateKeyPairSync>['privateKey']) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
const ecKey = (namedCurve = 'P-256') => pemOf(generateKeyPairSync('ec', { namedCurve }).privateKey);
export const rsaKey = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
export const p8 = ecKey();
export const rotatedP8 = ecKey();
export const p384 = ecKey('P-384');

export const account = {
  type: 'service_account',
  project_id: 'demo-project',
  private_key_id: 'abc123',
  private_key: rsaKey,
  client_email: 'push@demo-project.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
};
export const appleKey = { teamId: 'TEAM123456', keyId: 'KEY1234567', privateKey: p8 };

export const google = {
  platform: 'GCM',
  name: 'pns-proxy-demo',
  secret: 'demo-fcm',
  secretVersion: 'AWSCURRENT',
  failureTopicArn,
  projectId: 'demo-project',
};
export const apple = {
  platform: 'APNS_VOIP',
  name: 'pns-proxy-demo',
  secret: 'demo-apple',
  secretVersion: 'AWSCURRENT',
  failureTopicArn,
  teamId: 'TEAM123456',
  keyId: 'KEY1234567',
  bundleId: 'com.example.demo',
};
export const googleArn = `${snsArn}:app/GCM/pns-proxy-demo`;
export const appleArn = `${snsArn}:app/APNS_VOIP/pns-proxy-demo`;

/** Every run of a key's base64 that is long enough to be no accident. */
const secretRuns = [rsaKey, p8, rotatedP8, p384].flatMap((pem) =>
  pem.split('\n').flatMap((line) => (line.startsWith('-') ? [] : (line.match(/.{16}/g) ?? []))),
);
export const expectNoSecret = (...shown: unknown[]) => {
  const all = shown
    .map((each) =>
      each instanceof Error ? `${each.message} ${each.stack} ${each.cause}` : JSON.stringify(each),
    )
    .join('\n');
  expect(secretRuns.length).toBeGreaterThan(50);
  expect(secretRuns.filter((run) => all.includes(run))).toEqual([]);
};

export const settingsOf = (endpoint: string) => ({
  endpoint,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

/** The function that manages an application, between the local Secrets Manager and the local SNS. */
export const startManager = async () => {
  const secrets = new Map([
    ['demo-fcm', JSON.stringify(account)],
    ['demo-apple', JSON.stringify(appleKey)],
  ]);
  const manager = await startSecretsManager({ secrets });
  const nowhere = 'https://127.0.0.1:1';
  const service = await startSns({
    region: 'eu-west-1',
    account: '123456789012',
    apple: { production: nowhere, sandbox: nowhere },
    google: { url: nowhere },
    ca: '',
    onEvent: () => undefined,
  });
  const secretsClient = new SecretsManagerClient(settingsOf(manager.url));
  const sns = new SNSClient(settingsOf(service.url));
  /** What SNS was asked: the command, and its attributes. */
  const sent: [string, Record<string, string> | undefined][] = [];
  sns.middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) => {
        sent.push([
          commandName.replace('Command', ''),
          'Attributes' in args.input ? args.input.Attributes : undefined,
        ]);
        return next(args);
      },
    { step: 'initialize' },
  );
  /** `over` is another SNS than the local one. */
  const handle = (
    RequestType: OnEventRequest['RequestType'],
    ResourceProperties: OnEventRequest['ResourceProperties'],
    more: Partial<OnEventRequest> = {},
    over = sns,
  ) =>
    managePlatformApplication({ sns: over, secrets: secretsClient, snsArn })({
      RequestType,
      ResourceProperties,
      ...more,
    });
  return {
    urls: { sns: service.url, secrets: manager.url },
    secrets,
    sns,
    sent,
    commands: () => sent.map(([command]) => command),
    handle,
    attributesOf: async (PlatformApplicationArn: string) =>
      (await sns.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn }))).Attributes,
    close: async () => {
      sns.destroy();
      secretsClient.destroy();
      await Promise.all([service.close(), manager.close()]);
    },
  };
};

import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  type GetSecretValueCommandInput,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SecretsManager, startSecretsManager } from '../../local/secrets-manager.ts';

const older = '11111111-2222-4333-8444-555555555555';
const missing = '99999999-2222-4333-8444-555555555555';
const secrets = new Map([
  ['demo-fcm', 'current'],
  [`demo-fcm#${older}`, 'older'],
  ['demo-fcm#AWSPREVIOUS', 'previous'],
]);
let manager: SecretsManager;
let client: SecretsManagerClient;

beforeAll(async () => {
  manager = await startSecretsManager({ secrets });
  client = new SecretsManagerClient({
    endpoint: manager.url,
    region: 'eu-west-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
});

afterAll(async () => {
  client.destroy();
  await manager.close();
});

const read = (input: Omit<GetSecretValueCommandInput, 'SecretId'> = {}, name = 'demo-fcm') =>
  client.send(new GetSecretValueCommand({ SecretId: name, ...input }));

test('gives the current version, by default, by its label and by its id', async () => {
  const { SecretString, Name, VersionId = '', VersionStages } = await read();

  expect({ SecretString, Name, VersionStages }).toEqual({
    SecretString: 'current',
    Name: 'demo-fcm',
    VersionStages: ['AWSCURRENT'],
  });
  expect((await read({ VersionStage: 'AWSCURRENT' })).SecretString).toBe('current');
  expect((await read({ VersionId })).SecretString).toBe('current');
});

test('gives another version by its id or label', async () => {
  expect(await read({ VersionId: older })).toMatchObject({ SecretString: 'older', VersionId: older });
  expect((await read({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('previous');
});

test.each([
  ['a secret', {}, 'demo-apple', "Secrets Manager can't find the specified secret."],
  [
    'a version',
    { VersionId: missing },
    'demo-fcm',
    `Secrets Manager can't find the specified secret value for VersionId: ${missing}`,
  ],
  [
    'a label',
    { VersionStage: 'AWSPENDING' },
    'demo-fcm',
    "Secrets Manager can't find the specified secret value for staging label: AWSPENDING",
  ],
])('does not find %s that is not there', async (_, input, name, message) => {
  await expect(read(input, name)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message,
    $metadata: { httpStatusCode: 400 },
  });
});

test('refuses a version id of a wrong length, another operation, and what is not JSON', async () => {
  await expect(read({ VersionId: 'v2' })).rejects.toMatchObject({ name: 'InvalidParameterException' });
  await expect(client.send(new DescribeSecretCommand({ SecretId: 'demo-fcm' }))).rejects.toMatchObject({
    name: 'UnknownOperationException',
  });
  const headers = { 'x-amz-target': 'secretsmanager.GetSecretValue' };
  const notJson = await fetch(manager.url, { method: 'POST', headers, body: '{' });
  expect(notJson.status).toBe(400);
});

test('gives what was changed since it started', async () => {
  secrets.set('demo-new', 'added');
  expect((await read({}, 'demo-new')).SecretString).toBe('added');
});

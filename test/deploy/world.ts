import { generateKeyPairSync } from 'node:crypto';
import { type AttributeValue, DynamoDBClient, PutItemCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { ListEndpointsByPlatformApplicationCommand, PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import type { Settings } from '../../lib/settings.ts';
import { parseSettings } from '../../lib/settings.ts';
import { startApple } from '../../local/apple.ts';
import { createCertificate } from '../../local/certificate.ts';
import { appleKeys, completeKeys, googleAccounts, secretsOf, vapidKeysOf } from '../../local/credentials.ts';
import { createFaults } from '../../local/faults.ts';
import { startGoogle } from '../../local/google.ts';
import type { GoogleAccount } from '../../local/google-oauth.ts';
import { createPushLog } from '../../local/pushes.ts';
import type { SnsError } from '../../local/sns/errors.ts';
import { startSns } from '../../local/sns/server.ts';
import { startMiniStack } from '../emulators/ministack.ts';
import { startPushy } from '../emulators/pushy/pushy.ts';
import { createCdk } from './cdk.ts';
import { startResets } from './resets.ts';
import { createRotations } from './rotations.ts';
import type { TableDoor } from './table-door.ts';
import { startTableDoor } from './table-door.ts';

type Item = Record<string, AttributeValue>;

export const region = 'us-east-1';
export const stack = 'pns';

const demo = {
  fcm: { projectId: 'demo-12345', secret: 'pns/demo/fcm' },
  apple: {
    teamId: 'ABCDE12345',
    keyId: 'FGHIJ67890',
    bundleId: 'com.example.demo',
    secret: 'pns/demo/apple',
  },
};
export type SnsPlatform = 'GCM' | 'APNS_VOIP';
export const applicationArn = (platform: SnsPlatform, app: string): string =>
  `arn:aws:sns:${region}:000000000000:app/${platform}/${stack}-${app}`;
export const voipTopic = `${demo.apple.bundleId}.voip`;
/** An app that comes later. */
const brand = { fcm: { projectId: 'brand-12345', secret: 'pns/brand/fcm' } };

const common = { stack, region, brake: { callsPerSecond: 1, burst: 15 } };
export const demoOnly = { ...common, apps: { demo } };
export const withBrand = { ...common, apps: { demo, brand } };

const { privateKey: vapidKey } = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});
/** Whom functions ask themselves is out of reach: what is shown is that their credentials are looked at, and found. */
const direct = {
  huawei: {
    projectId: '388421841221',
    v2: { clientId: '110012345', secret: 'pns/demo/huawei-v2' },
    v3: { secret: 'pns/demo/huawei-v3' },
  },
  webPush: {
    subject: 'mailto:push@example.com',
    publicKey: vapidKeysOf(vapidKey).publicKey,
    secret: 'pns/demo/web-push',
  },
};
export const withDirect = { ...common, apps: { demo: { ...demo, ...direct }, brand } };

/**
 * All that a deployment rests on: MiniStack in AWS's place, but that SNS is the project's own, which delivers to pushy's
 * Apple (its sandbox is ours) and our Google; and the apps' credentials in Secrets Manager.
 */
export const startWorld = async () => {
  const { apps }: Settings = parseSettings(withDirect);
  const [certificate, privateKeys] = await Promise.all([
    createCertificate(),
    completeKeys(apps, { [direct.webPush.secret]: vapidKey }),
  ]);
  const pushes = createPushLog();
  const faults = createFaults();
  const keys = appleKeys(apps, privateKeys);
  const accounts: GoogleAccount[] = googleAccounts(apps, privateKeys);
  const providers = { certificate, pushes, faults };
  const [pushy, sandbox, google] = await Promise.all([
    startPushy(certificate),
    startApple({ ...providers, keys, environment: 'sandbox' }),
    startGoogle({ ...providers, accounts }),
  ]);
  for (const key of keys) await pushy.addKey(key);

  /** What SNS was asked for, by action. */
  const asked: string[] = [];
  let topics: SNSClient | undefined;
  const refusals = new Map<string, SnsError>();
  const tell = async (event: PublishCommand) => topics?.send(event);
  const telling = new Set<Promise<unknown>>();
  const sns = await startSns({
    region,
    account: '000000000000',
    apple: { production: pushy.url, sandbox: sandbox.url },
    google,
    ca: certificate.cert,
    refuse: (action, query) => {
      asked.push(action);
      const ofApplication = `${action} ${query.optional('PlatformApplicationArn')}`;
      const refusal = refusals.get(action) ?? refusals.get(ofApplication);
      if (refusal !== undefined) throw refusal;
      return undefined;
    },
    // The topic is MiniStack's, and the function's subscription to it.
    onEvent: (TopicArn, { Subject, Message }) => {
      const told = tell(new PublishCommand({ TopicArn, Subject, Message })).finally(() =>
        telling.delete(told),
      );
      telling.add(told);
    },
  });
  let door: TableDoor | undefined;
  const miniStack = await startMiniStack(sns.url, async (url) => {
    door = await startTableDoor(url);
    return door.url;
  });
  if (door === undefined) throw new Error('nobody asked where the table is');
  const tableDoor: TableDoor = door;
  const client = {
    region,
    endpoint: miniStack.url,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  };
  const table = new DynamoDBClient(client);
  topics = new SNSClient(client);
  const mobile = new SNSClient({ ...client, endpoint: sns.url });
  const secrets = new SecretsManagerClient(client);
  for (const [name, value] of secretsOf(apps, privateKeys, google.tokenUri)) {
    if (name.includes('#')) continue;
    await secrets.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  }
  const resets = await startResets(client);
  const cdk = createCdk(miniStack.environment, stack);
  const endpoints = async (platform: SnsPlatform, app = 'demo'): Promise<Record<string, string>> => {
    const PlatformApplicationArn = applicationArn(platform, app);
    const list = new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn });
    const { Endpoints = [] } = await mobile.send(list);
    return Object.fromEntries(
      Endpoints.map(({ Attributes, EndpointArn = '' }) => [Attributes?.['Token'] ?? '', EndpointArn]),
    );
  };

  return {
    cdk,
    client,
    miniStack,
    pushes,
    pushy,
    faults,
    asked,
    /** SNS itself, as functions find it. */
    mobile,
    /** What SNS answers instead of a result, by the action's name, or that and an application's ARN. */
    refusals,
    /** What functions ask of the table goes through it. */
    tableDoor,
    /** APIs whose authorizers' cache was reset. */
    resets: resets.apis,
    /** What `pns-admin` is run with. */
    adminEnvironment: {
      ...miniStack.environment,
      AWS_ENDPOINT_URL_APIGATEWAYV2: resets.url,
      AWS_ENDPOINT_URL_SNS: sns.url,
    },
    /** Every item of a table. */
    itemsOf: async (TableName: string) => (await table.send(new ScanCommand({ TableName }))).Items ?? [],
    putItems: async (TableName: string, items: readonly Item[]): Promise<void> => {
      for (const Item of items) await table.send(new PutItemCommand({ TableName, Item }));
    },
    /** The ARNs of an application's endpoints at SNS, by their tokens. */
    endpoints,
    /** The tokens that have an endpoint at SNS. */
    endpointTokens: async (platform: SnsPlatform, app?: string): Promise<string[]> =>
      Object.keys(await endpoints(platform, app)),
    rotations: createRotations({ secrets, accounts, pushy, tokenUri: google.tokenUri, demo }),
    close: async () => {
      await miniStack.close();
      await Promise.allSettled(telling);
      cdk.remove();
      await Promise.all([
        resets.close(),
        tableDoor.close(),
        sns.close(),
        pushy.close(),
        sandbox.close(),
        google.close(),
      ]);
    },
  };
};
export type World = Awaited<ReturnType<typeof startWorld>>;

import { generateKeyPairSync } from 'node:crypto';
import { SNSClient } from '@aws-sdk/client-sns';
import { startApple } from '../../../local/apple.ts';
import type { AppleKey } from '../../../local/apple-provider-token.ts';
import { createCertificate } from '../../../local/certificate.ts';
import { createFaults, type Faults } from '../../../local/faults.ts';
import { startGoogle } from '../../../local/google.ts';
import type { GoogleAccount } from '../../../local/google-oauth.ts';
import { createPushLog } from '../../../local/pushes.ts';
import type { TopicMessage } from '../../../local/sns/events.ts';
import { type SnsOptions, startSns } from '../../../local/sns/server.ts';

export const region = 'eu-west-1';
export const account = '000000000000';
export const bundleId = 'com.example.phone';
export const failureTopic = `arn:aws:sns:${region}:${account}:failures`;

const pemOf = { type: 'pkcs8', format: 'pem' } as const;
const appleKeys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const googleKeys = generateKeyPairSync('rsa', { modulusLength: 2048 });
/** A key of the right kind that no provider knows. */
export const strangerKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export(pemOf);
export const rsaKey = googleKeys.privateKey.export(pemOf);

const appleKey: AppleKey = {
  teamId: 'TEAM123456',
  keyId: 'KEY1234567',
  publicKey: appleKeys.publicKey,
  bundleIds: [bundleId],
};
const serviceAccount: GoogleAccount = {
  projectId: 'phone-project',
  clientEmail: 'push@phone-project.iam.gserviceaccount.com',
  privateKeyId: 'a1b2c3',
  publicKey: googleKeys.publicKey,
};

export const appleCredential = {
  PlatformPrincipal: appleKey.keyId,
  PlatformCredential: String(appleKeys.privateKey.export(pemOf)),
  ApplePlatformTeamID: appleKey.teamId,
  ApplePlatformBundleID: bundleId,
};

export const googleAccountJson = (tokenUri: string) => ({
  type: 'service_account',
  project_id: serviceAccount.projectId,
  private_key_id: serviceAccount.privateKeyId,
  private_key: googleKeys.privateKey.export(pemOf),
  client_email: serviceAccount.clientEmail,
  token_uri: tokenUri,
});

type Event = { topicArn: string; subject: string; body: Record<string, unknown> };
export type Cloud = Awaited<ReturnType<typeof startCloud>>;

const certificate = await createCertificate();

/**
 * SNS before the fakes of Apple and Google, with the AWS SDK in front; `close` stops all of it.
 * @param providerNow - the clock of Apple and Google; that of SNS unless told otherwise
 */
export const startCloud = async (
  options: Partial<SnsOptions> = {},
  providerNow: () => number = options.now ?? Date.now,
) => {
  const pushes = createPushLog();
  const created = createFaults();
  let requests = 0;
  const faults: Faults = {
    ...created,
    of(provider, token) {
      requests += 1;
      return created.of(provider, token);
    },
  };
  const events: Event[] = [];
  const provider = { certificate, pushes, faults, now: providerNow };
  const [production, sandbox, google] = await Promise.all([
    startApple({ ...provider, keys: [appleKey], environment: 'production' }),
    startApple({ ...provider, keys: [appleKey], environment: 'sandbox' }),
    startGoogle({ ...provider, accounts: [serviceAccount] }),
  ]);
  const onEvent = (topicArn: string, { Subject, Message }: TopicMessage) => {
    events.push({ topicArn, subject: Subject, body: JSON.parse(Message) });
  };
  const sns = await startSns({
    region,
    account,
    apple: { production: production.url, sandbox: sandbox.url },
    google: { url: google.url },
    ca: certificate.cert,
    onEvent,
    ...options,
  });
  const client = new SNSClient({
    endpoint: sns.url,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  });
  return {
    sns,
    client,
    pushes,
    faults,
    /** How often Apple and Google have looked for a fault: at least once a request. */
    requests: () => requests,
    events,
    googleCredential: { PlatformCredential: JSON.stringify(googleAccountJson(google.tokenUri)) },
    tokenUri: google.tokenUri,
    /** Of the DeliveryFailure events, in order. */
    failures: () =>
      events
        .filter(({ body }) => body['EventType'] === 'DeliveryFailure')
        .map(({ body }) => body['FailureType']),
    async close() {
      client.destroy();
      await sns.close();
      await Promise.all([production.close(), sandbox.close(), google.close()]);
    },
  };
};

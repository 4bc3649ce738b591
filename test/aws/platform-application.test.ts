import { generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  GetPlatformApplicationAttributesCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  SetPlatformApplicationAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { managePlatformApplication, type OnEventRequest } from '../../lambda/aws/platform-application.ts';
import { listenOnLoopback } from '../../local/loopback.ts';
import { startSecretsManager } from '../../local/secrets-manager.ts';
import { startSns } from '../../local/sns/server.ts';

const snsArn = 'arn:aws:sns:eu-west-1:123456789012';
const failureTopicArn = `${snsArn}:push-failures`;

const pemOf = (key: ReturnType<typeof generateKeyPairSync>['privateKey']) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString();
const ecKey = (namedCurve = 'P-256') => pemOf(generateKeyPairSync('ec', { namedCurve }).privateKey);
const rsaKey = pemOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
const p8 = ecKey();
const rotatedP8 = ecKey();
const p384 = ecKey('P-384');

const account = {
  type: 'service_account',
  project_id: 'demo-project',
  private_key_id: 'abc123',
  private_key: rsaKey,
  client_email: 'push@demo-project.iam.gserviceaccount.com',
  token_uri: 'https://oauth2.googleapis.com/token',
};
const appleKey = { teamId: 'TEAM123456', keyId: 'KEY1234567', privateKey: p8 };

const google = {
  platform: 'GCM',
  name: 'pns-proxy-demo',
  secret: 'demo-fcm',
  secretVersion: 'AWSCURRENT',
  failureTopicArn,
  projectId: 'demo-project',
};
const apple = {
  platform: 'APNS_VOIP',
  name: 'pns-proxy-demo',
  secret: 'demo-apple',
  secretVersion: 'AWSCURRENT',
  failureTopicArn,
  teamId: 'TEAM123456',
  keyId: 'KEY1234567',
  bundleId: 'com.example.demo',
};
const googleArn = `${snsArn}:app/GCM/pns-proxy-demo`;
const appleArn = `${snsArn}:app/APNS_VOIP/pns-proxy-demo`;

/** Every run of a key's base64 that is long enough to be no accident. */
const secretRuns = [rsaKey, p8, rotatedP8, p384].flatMap((pem) =>
  pem.split('\n').flatMap((line) => (line.startsWith('-') ? [] : (line.match(/.{16}/g) ?? []))),
);
const expectNoSecret = (...shown: unknown[]) => {
  const all = shown
    .map((each) =>
      each instanceof Error ? `${each.message} ${each.stack} ${each.cause}` : JSON.stringify(each),
    )
    .join('\n');
  expect(secretRuns.length).toBeGreaterThan(50);
  expect(secretRuns.filter((run) => all.includes(run))).toEqual([]);
};

let stop: (() => Promise<void> | void)[];
let secrets: Map<string, string>;
let sns: SNSClient;
let secretsClient: SecretsManagerClient;
let urls: { sns: string; secrets: string };
/** What SNS was asked: the command, and its attributes. */
let sent: [string, Record<string, string> | undefined][];

const settingsOf = (endpoint: string) => ({
  endpoint,
  region: 'eu-west-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  maxAttempts: 1,
});

beforeEach(async () => {
  secrets = new Map([
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
  urls = { sns: service.url, secrets: manager.url };
  secretsClient = new SecretsManagerClient(settingsOf(manager.url));
  sns = new SNSClient(settingsOf(service.url));
  sent = [];
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
  stop = [() => sns.destroy(), () => secretsClient.destroy(), service.close, manager.close];
});

afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  for (const each of stop) await each();
});

const handle = (
  RequestType: OnEventRequest['RequestType'],
  ResourceProperties: OnEventRequest['ResourceProperties'],
  more: Partial<OnEventRequest> = {},
) =>
  managePlatformApplication({ sns, secrets: secretsClient, snsArn })({
    RequestType,
    ResourceProperties,
    ...more,
  });

const attributesOf = async (PlatformApplicationArn: string) =>
  (await sns.send(new GetPlatformApplicationAttributesCommand({ PlatformApplicationArn }))).Attributes;

const commands = () => sent.map(([command]) => command);

describe('creates', () => {
  test('an application for Firebase, with the service account as its credential', async () => {
    const outcome = await handle('Create', google);

    expect(outcome).toEqual({ physicalResourceId: googleArn, outcome: 'created' });
    expect(sent).toEqual([
      ['GetPlatformApplicationAttributes', undefined],
      [
        'CreatePlatformApplication',
        { PlatformCredential: JSON.stringify(account), EventDeliveryFailure: failureTopicArn },
      ],
    ]);
    expect(await attributesOf(googleArn)).toMatchObject({
      Enabled: 'true',
      EventDeliveryFailure: failureTopicArn,
    });
  });

  test.each(['APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX'])(
    'an application for %s, with the signing key, its ID, the team and the bundle',
    async (platform) => {
      const { physicalResourceId } = await handle('Create', { ...apple, platform });

      expect(physicalResourceId).toBe(`${snsArn}:app/${platform}/pns-proxy-demo`);
      expect(sent.at(-1)).toEqual([
        'CreatePlatformApplication',
        {
          PlatformPrincipal: 'KEY1234567',
          PlatformCredential: p8,
          ApplePlatformTeamID: 'TEAM123456',
          ApplePlatformBundleID: 'com.example.demo',
          EventDeliveryFailure: failureTopicArn,
        },
      ]);
    },
  );

  test('once, however often it is told', async () => {
    await handle('Create', apple);
    const again = await handle('Create', apple);

    expect(again).toEqual({ physicalResourceId: appleArn, outcome: 'updated' });
    const { PlatformApplications } = await sns.send(new ListPlatformApplicationsCommand());
    expect(PlatformApplications).toHaveLength(1);
  });
});

describe('adopts', () => {
  const existing = () =>
    sns.send(
      new CreatePlatformApplicationCommand({
        Name: 'pns-proxy-demo',
        Platform: 'GCM',
        Attributes: { PlatformCredential: JSON.stringify(account) },
      }),
    );

  test('an application that is there, endpoints and all', async () => {
    await existing();
    const { EndpointArn } = await sns.send(
      new CreatePlatformEndpointCommand({ PlatformApplicationArn: googleArn, Token: 'token' }),
    );

    expect(await handle('Create', google)).toEqual({ physicalResourceId: googleArn, outcome: 'updated' });

    const { Endpoints } = await sns.send(
      new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: googleArn }),
    );
    expect(Endpoints?.map((endpoint) => endpoint.EndpointArn)).toEqual([EndpointArn]);
    expect(await attributesOf(googleArn)).toMatchObject({ EventDeliveryFailure: failureTopicArn });
  });

  test('an application that somebody made in between', async () => {
    let made = false;
    sns.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName === 'CreatePlatformApplicationCommand' && !made) {
            made = true;
            await existing();
          }
          return next(args);
        },
      { step: 'initialize' },
    );

    expect(await handle('Create', google)).toEqual({ physicalResourceId: googleArn, outcome: 'updated' });
    expect(await attributesOf(googleArn)).toMatchObject({ EventDeliveryFailure: failureTopicArn });
  });
});

describe('rotates', () => {
  test('a key in place: no second application, and its endpoints kept', async () => {
    await handle('Create', apple);
    const { EndpointArn } = await sns.send(
      new CreatePlatformEndpointCommand({ PlatformApplicationArn: appleArn, Token: 'ab'.repeat(32) }),
    );
    const secretVersion = '11111111-2222-4333-8444-555555555555';
    const rotated = { ...appleKey, keyId: 'KEY7654321', privateKey: rotatedP8 };
    secrets.set(`demo-apple#${secretVersion}`, JSON.stringify(rotated));
    sent = [];

    const outcome = await handle(
      'Update',
      { ...apple, keyId: 'KEY7654321', secretVersion },
      { PhysicalResourceId: appleArn },
    );

    expect(outcome).toEqual({ physicalResourceId: appleArn, outcome: 'updated' });
    expect(sent).toEqual([
      ['GetPlatformApplicationAttributes', undefined],
      [
        'SetPlatformApplicationAttributes',
        expect.objectContaining({ PlatformPrincipal: 'KEY7654321', PlatformCredential: rotatedP8 }),
      ],
    ]);
    const { PlatformApplications } = await sns.send(new ListPlatformApplicationsCommand());
    expect(PlatformApplications).toHaveLength(1);
    const { Endpoints } = await sns.send(
      new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: appleArn }),
    );
    expect(Endpoints?.map((endpoint) => endpoint.EndpointArn)).toEqual([EndpointArn]);
  });

  test('the version that a staging label names', async () => {
    secrets.set('demo-apple#AWSPENDING', JSON.stringify({ ...appleKey, privateKey: rotatedP8 }));

    await handle('Create', { ...apple, secretVersion: 'AWSPENDING' });

    expect(sent.at(-1)?.[1]).toMatchObject({ PlatformCredential: rotatedP8 });
  });

  test('and enables an application that a wrong credential had disabled', async () => {
    await handle('Create', google);
    await sns.send(
      new SetPlatformApplicationAttributesCommand({
        PlatformApplicationArn: googleArn,
        Attributes: { Enabled: 'false' },
      }),
    );

    await handle('Update', google, { PhysicalResourceId: googleArn });

    expect(await attributesOf(googleArn)).toMatchObject({ Enabled: 'true' });
  });
});

describe('deletes', () => {
  test('nothing: the application and its endpoints outlive the stack, and no secret is needed', async () => {
    await handle('Create', google);
    await sns.send(new CreatePlatformEndpointCommand({ PlatformApplicationArn: googleArn, Token: 'token' }));
    secrets.clear();
    sent = [];

    const outcome = await handle('Delete', google, { PhysicalResourceId: googleArn });

    expect(outcome).toEqual({ physicalResourceId: googleArn, outcome: 'retained' });
    expect(sent).toEqual([]);
    const { Endpoints } = await sns.send(
      new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: googleArn }),
    );
    expect(Endpoints).toHaveLength(1);
  });
});

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
    secrets.set('demo-fcm', JSON.stringify(secret));

    const error = await handle('Create', google).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({
      message: expect.stringContaining('secret "demo-fcm" (version AWSCURRENT): '),
    });
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(commands()).toEqual([]);
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
    secrets.set('demo-apple', JSON.stringify(secret));

    const error = await handle('Update', apple, { PhysicalResourceId: appleArn }).catch(
      (thrown: unknown) => thrown,
    );

    expect(error).toMatchObject({
      message: expect.stringContaining('secret "demo-apple" (version AWSCURRENT): '),
    });
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(JSON.stringify(error)).not.toContain('OTHER12345');
    expect(commands()).toEqual([]);
    expectNoSecret(error);
  });

  test('what is not JSON, showing none of it', async () => {
    secrets.set('demo-apple', p8);

    const error = await handle('Create', apple).catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ message: expect.stringContaining('its text: expected a JSON object') });
    expect(commands()).toEqual([]);
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
    await expect(handle('Create', { ...apple, ...changed })).rejects.toThrow(message);
    expect(commands()).toEqual([]);
  });

  test('but takes a key that names its bundle', async () => {
    secrets.set('demo-apple', JSON.stringify({ ...appleKey, bundleId: 'com.example.demo' }));
    expect(await handle('Create', apple)).toMatchObject({ outcome: 'created' });
  });
});

describe('when SNS refuses', () => {
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
    sns = new SNSClient(settingsOf(`http://127.0.0.1:${port}`));
    stop.unshift(() => sns.destroy(), close);
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

      const error = await handle('Create', apple).catch((thrown: unknown) => thrown);

      expect(error).toMatchObject({
        name: 'PlatformApplicationError',
        message: expect.stringContaining(message),
      });
      expectNoSecret(error);
    },
  );
});

describe('the function', () => {
  const load = async () => {
    vi.stubEnv('SNS_ARN', snsArn);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_ENDPOINT_URL_SNS', urls.sns);
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', urls.secrets);
    vi.resetModules();
    return (await import('../../lambda/platform-application.ts')).handler;
  };

  test('answers with the application and logs one line, neither with a secret', async () => {
    const info = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const handler = await load();

    const answer = await handler({ RequestType: 'Create', ResourceProperties: apple });
    secrets.set('demo-fcm', JSON.stringify({ ...account, project_id: 'other' }));
    const refusal = await handler({ RequestType: 'Create', ResourceProperties: google }).catch(
      (thrown: unknown) => thrown,
    );

    expect(answer).toEqual({ PhysicalResourceId: appleArn });
    const line = { operation: 'platform_application', requestType: 'Create', name: 'pns-proxy-demo' };
    expect(info.mock.calls).toEqual([
      [{ ...line, platform: 'APNS_VOIP', outcome: 'created', durationMs: expect.any(Number) }],
    ]);
    expect(error.mock.calls).toEqual([
      [
        {
          ...line,
          platform: 'GCM',
          outcome: 'failed',
          reason: expect.stringContaining('project_id: expected "demo-project"'),
          durationMs: expect.any(Number),
        },
      ],
    ]);
    expect(refusal).toBeInstanceOf(Error);
    expectNoSecret(answer, info.mock.calls, error.mock.calls, refusal);
  });

  test('does not start without the ARN of SNS', async () => {
    vi.stubEnv('SNS_ARN', '');
    vi.resetModules();
    await expect(import('../../lambda/platform-application.ts')).rejects.toThrow(
      'environment variable SNS_ARN is not set',
    );
  });
});

describe('delivery status', () => {
  const roleArn = 'arn:aws:iam::123456789012:role/pns-delivery-status';
  const asked = { ...google, deliveryStatusRoleArn: roleArn };
  const feedback = async () =>
    Object.fromEntries(
      Object.entries((await attributesOf(googleArn)) ?? {}).filter(
        ([name, value]) => /Feedback.*Arn/.test(name) && value,
      ),
    );
  const on = { SuccessFeedbackRoleArn: roleArn, FailureFeedbackRoleArn: roleArn };

  test.each([['Create'], ['Update']] as const)(
    'is set by %s, on an application that is there too',
    async (type) => {
      if (type === 'Update') await handle('Create', google);
      await handle(type, asked, type === 'Update' ? { PhysicalResourceId: googleArn } : {});
      expect(await feedback()).toEqual(on);
      expect(await attributesOf(googleArn)).toMatchObject({ SuccessFeedbackSampleRate: '100' });
    },
  );

  test('goes off with the setting, and once it is off nothing more is asked for it', async () => {
    await handle('Create', asked);
    await handle('Update', google, { PhysicalResourceId: googleArn });
    expect(await feedback()).toEqual({});
    sent.length = 0;
    await handle('Update', google, { PhysicalResourceId: googleArn });
    expect(commands()).toEqual(['GetPlatformApplicationAttributes', 'SetPlatformApplicationAttributes']);
  });

  test('goes off with the stack, which leaves the application; a repeat, and one that is gone, are no fault', async () => {
    await handle('Create', asked);
    const remove = () => handle('Delete', asked, { PhysicalResourceId: googleArn });
    const left = { physicalResourceId: googleArn, outcome: 'retained' };
    expect(await remove()).toEqual(left);
    expect(await feedback()).toEqual({});
    expect(await remove()).toEqual(left);
    expect(await handle('Delete', asked, { PhysicalResourceId: appleArn })).toMatchObject({
      outcome: 'retained',
    });
  });

  test('of a stack that never had it asks SNS for nothing', async () => {
    await handle('Create', google);
    sent.length = 0;
    await handle('Delete', google, { PhysicalResourceId: googleArn });
    expect(commands()).toEqual([]);
  });
});

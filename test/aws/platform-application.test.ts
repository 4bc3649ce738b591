import {
  CreatePlatformApplicationCommand,
  CreatePlatformEndpointCommand,
  ListEndpointsByPlatformApplicationCommand,
  ListPlatformApplicationsCommand,
  SetPlatformApplicationAttributesCommand,
} from '@aws-sdk/client-sns';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  account,
  apple,
  appleArn,
  appleKey,
  expectNoSecret,
  failureTopicArn,
  google,
  googleArn,
  p8,
  rotatedP8,
  snsArn,
  startManager,
} from './application-manager.ts';

let manager: Awaited<ReturnType<typeof startManager>>;
beforeEach(async () => {
  manager = await startManager();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  await manager.close();
});

describe('creates', () => {
  test('an application for Firebase, with the service account as its credential', async () => {
    const outcome = await manager.handle('Create', google);

    expect(outcome).toEqual({ physicalResourceId: googleArn, outcome: 'created' });
    expect(manager.sent).toEqual([
      ['GetPlatformApplicationAttributes', undefined],
      [
        'CreatePlatformApplication',
        { PlatformCredential: JSON.stringify(account), EventDeliveryFailure: failureTopicArn },
      ],
    ]);
    expect(await manager.attributesOf(googleArn)).toMatchObject({
      Enabled: 'true',
      EventDeliveryFailure: failureTopicArn,
    });
  });

  test.each(['APNS', 'APNS_SANDBOX', 'APNS_VOIP', 'APNS_VOIP_SANDBOX'])(
    'an application for %s, with the signing key, its ID, the team and the bundle',
    async (platform) => {
      const { physicalResourceId } = await manager.handle('Create', { ...apple, platform });

      expect(physicalResourceId).toBe(`${snsArn}:app/${platform}/pns-proxy-demo`);
      expect(manager.sent.at(-1)).toEqual([
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
    await manager.handle('Create', apple);
    const again = await manager.handle('Create', apple);

    expect(again).toEqual({ physicalResourceId: appleArn, outcome: 'updated' });
    const { PlatformApplications } = await manager.sns.send(new ListPlatformApplicationsCommand());
    expect(PlatformApplications).toHaveLength(1);
  });
});

describe('adopts', () => {
  const existing = () =>
    manager.sns.send(
      new CreatePlatformApplicationCommand({
        Name: 'pns-proxy-demo',
        Platform: 'GCM',
        Attributes: { PlatformCredential: JSON.stringify(account) },
      }),
    );

  test('an application that is there, endpoints and all', async () => {
    await existing();
    const { EndpointArn } = await manager.sns.send(
      new CreatePlatformEndpointCommand({ PlatformApplicationArn: googleArn, Token: 'token' }),
    );

    expect(await manager.handle('Create', google)).toEqual({
      physicalResourceId: googleArn,
      outcome: 'updated',
    });

    const { Endpoints } = await manager.sns.send(
      new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: googleArn }),
    );
    expect(Endpoints?.map((endpoint) => endpoint.EndpointArn)).toEqual([EndpointArn]);
    expect(await manager.attributesOf(googleArn)).toMatchObject({ EventDeliveryFailure: failureTopicArn });
  });

  test('an application that somebody made in between', async () => {
    let made = false;
    manager.sns.middlewareStack.add(
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

    expect(await manager.handle('Create', google)).toEqual({
      physicalResourceId: googleArn,
      outcome: 'updated',
    });
    expect(await manager.attributesOf(googleArn)).toMatchObject({ EventDeliveryFailure: failureTopicArn });
  });
});

describe('rotates', () => {
  test('a key in place: no second application, and its endpoints kept', async () => {
    await manager.handle('Create', apple);
    const { EndpointArn } = await manager.sns.send(
      new CreatePlatformEndpointCommand({ PlatformApplicationArn: appleArn, Token: 'ab'.repeat(32) }),
    );
    const secretVersion = '11111111-2222-4333-8444-555555555555';
    const rotated = { ...appleKey, keyId: 'KEY7654321', privateKey: rotatedP8 };
    manager.secrets.set(`demo-apple#${secretVersion}`, JSON.stringify(rotated));
    manager.sent.length = 0;

    const outcome = await manager.handle(
      'Update',
      { ...apple, keyId: 'KEY7654321', secretVersion },
      { PhysicalResourceId: appleArn },
    );

    expect(outcome).toEqual({ physicalResourceId: appleArn, outcome: 'updated' });
    expect(manager.sent).toEqual([
      ['GetPlatformApplicationAttributes', undefined],
      [
        'SetPlatformApplicationAttributes',
        expect.objectContaining({ PlatformPrincipal: 'KEY7654321', PlatformCredential: rotatedP8 }),
      ],
    ]);
    const { PlatformApplications } = await manager.sns.send(new ListPlatformApplicationsCommand());
    expect(PlatformApplications).toHaveLength(1);
    const { Endpoints } = await manager.sns.send(
      new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: appleArn }),
    );
    expect(Endpoints?.map((endpoint) => endpoint.EndpointArn)).toEqual([EndpointArn]);
  });

  test('the version that a staging label names', async () => {
    manager.secrets.set('demo-apple#AWSPENDING', JSON.stringify({ ...appleKey, privateKey: rotatedP8 }));

    await manager.handle('Create', { ...apple, secretVersion: 'AWSPENDING' });

    expect(manager.sent.at(-1)?.[1]).toMatchObject({ PlatformCredential: rotatedP8 });
  });

  test('and enables an application that a wrong credential had disabled', async () => {
    await manager.handle('Create', google);
    await manager.sns.send(
      new SetPlatformApplicationAttributesCommand({
        PlatformApplicationArn: googleArn,
        Attributes: { Enabled: 'false' },
      }),
    );

    await manager.handle('Update', google, { PhysicalResourceId: googleArn });

    expect(await manager.attributesOf(googleArn)).toMatchObject({ Enabled: 'true' });
  });
});

describe('deletes', () => {
  test('nothing: the application and its endpoints outlive the stack, and no secret is needed', async () => {
    await manager.handle('Create', google);
    await manager.sns.send(
      new CreatePlatformEndpointCommand({ PlatformApplicationArn: googleArn, Token: 'token' }),
    );
    manager.secrets.clear();
    manager.sent.length = 0;

    const outcome = await manager.handle('Delete', google, { PhysicalResourceId: googleArn });

    expect(outcome).toEqual({ physicalResourceId: googleArn, outcome: 'retained' });
    expect(manager.sent).toEqual([]);
    const { Endpoints } = await manager.sns.send(
      new ListEndpointsByPlatformApplicationCommand({ PlatformApplicationArn: googleArn }),
    );
    expect(Endpoints).toHaveLength(1);
  });
});

describe('the function', () => {
  const load = async () => {
    vi.stubEnv('SNS_ARN', snsArn);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    vi.stubEnv('AWS_ENDPOINT_URL_SNS', manager.urls.sns);
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', manager.urls.secrets);
    vi.resetModules();
    return (await import('../../lambda/platform-application.ts')).handler;
  };

  test('answers with the application and logs one line, neither with a secret', async () => {
    const info = vi.spyOn(console, 'info').mockImplementation(() => undefined);
    const error = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const handler = await load();

    const answer = await handler({ RequestType: 'Create', ResourceProperties: apple });
    manager.secrets.set('demo-fcm', JSON.stringify({ ...account, project_id: 'other' }));
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
      Object.entries((await manager.attributesOf(googleArn)) ?? {}).filter(
        ([name, value]) => /Feedback.*Arn/.test(name) && value,
      ),
    );
  const on = { SuccessFeedbackRoleArn: roleArn, FailureFeedbackRoleArn: roleArn };

  test.each([['Create'], ['Update']] as const)(
    'is set by %s, on an application that is there too',
    async (type) => {
      if (type === 'Update') await manager.handle('Create', google);
      await manager.handle(type, asked, type === 'Update' ? { PhysicalResourceId: googleArn } : {});
      expect(await feedback()).toEqual(on);
      expect(await manager.attributesOf(googleArn)).toMatchObject({ SuccessFeedbackSampleRate: '100' });
    },
  );

  test('goes off with the setting, and once it is off nothing more is asked for it', async () => {
    await manager.handle('Create', asked);
    await manager.handle('Update', google, { PhysicalResourceId: googleArn });
    expect(await feedback()).toEqual({});
    manager.sent.length = 0;
    await manager.handle('Update', google, { PhysicalResourceId: googleArn });
    expect(manager.commands()).toEqual([
      'GetPlatformApplicationAttributes',
      'SetPlatformApplicationAttributes',
    ]);
  });

  test('goes off with the stack, which leaves the application; a repeat, and one that is gone, are no fault', async () => {
    await manager.handle('Create', asked);
    const remove = () => manager.handle('Delete', asked, { PhysicalResourceId: googleArn });
    const left = { physicalResourceId: googleArn, outcome: 'retained' };
    expect(await remove()).toEqual(left);
    expect(await feedback()).toEqual({});
    expect(await remove()).toEqual(left);
    expect(await manager.handle('Delete', asked, { PhysicalResourceId: appleArn })).toMatchObject({
      outcome: 'retained',
    });
  });

  test('of a stack that never had it asks SNS for nothing', async () => {
    await manager.handle('Create', google);
    manager.sent.length = 0;
    await manager.handle('Delete', google, { PhysicalResourceId: googleArn });
    expect(manager.commands()).toEqual([]);
  });
});
